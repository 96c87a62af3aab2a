"""Reading the listings: one thread per source, which asks the main thread at every step what is still wanted.

A page of names comes first; the main thread, which alone knows the journal, answers with the works that it lacks, and
only their records are read. Records are handed over in portions, so that pictures begin to come while a long page is
still being read; the cursor moves on with the last of them.
"""

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from aahq_builder.errors import ErrorKind, ItemError, UserError
from aahq_builder.records import Json
from aahq_builder.sources.base import (
    WITHDRAWN,
    ArtworkSource,
    EndlessListingError,
    ListedWork,
    ListingPage,
    RecordSource,
    Web,
)
from aahq_builder.sources.found import FoundArtwork, unread
from aahq_builder.web.failures import unexpected
from aahq_builder.web.parallel import side_by_side

RECORDS_PER_PORTION = 32


@dataclass(frozen=True)
class Wanted:
    """What the crawl lacks of a page of names."""

    works: Sequence[ListedWork]
    room: int | None
    """How many artworks the limit still lets in; None without a limit."""


@dataclass(frozen=True)
class PageNamed:
    """A listing has named works; wants a `Wanted` for an answer."""

    source: ArtworkSource
    page: ListingPage
    answer: "queue.SimpleQueue[Wanted]" = field(default_factory=queue.SimpleQueue)


@dataclass(frozen=True)
class WorkRead:
    """A work with the artworks that its record has given."""

    listed: ListedWork
    found: Sequence[FoundArtwork]


@dataclass(frozen=True)
class PortionRead:
    """Records of a page were read; wants the room that is left for an answer: None without a limit, 0 to stop."""

    source: ArtworkSource
    works: Sequence[WorkRead]
    cursor: Json | None
    """Where the listing goes on after this page; None at its end."""
    is_last: bool
    """Nothing of the page is left to be read."""
    answer: "queue.SimpleQueue[int | None]" = field(default_factory=queue.SimpleQueue)


@dataclass(frozen=True)
class ListingEnded:
    """A listing thread has ended; it wants no answer."""

    source: ArtworkSource
    stopped: str = ""
    """Why before the listing's end; empty at its end."""


ListingEvent = PageNamed | PortionRead | ListingEnded


def read_listing(source: ArtworkSource, web: Web, cursor: Json | None, events: "queue.SimpleQueue[object]") -> None:
    """Start a daemon thread that puts a listing's events into `events`, and always ends with `ListingEnded`.

    When the limit is reached it ends without: the main thread has said so itself.
    """

    def read() -> None:
        try:
            for page in source.ids(web, cursor):
                if not _read_page(source, web, page, events):
                    return
        except (ItemError, EndlessListingError, UserError) as error:
            events.put(ListingEnded(source, str(error)))
        except BaseException as error:  # noqa: BLE001 - the thread's boundary: whatever comes is the listing's end
            events.put(ListingEnded(source, str(unexpected(error))))
        else:
            events.put(ListingEnded(source))

    threading.Thread(target=read, daemon=True, name=f"listing {source.name}").start()


def _read_page(source: ArtworkSource, web: Web, page: ListingPage, events: "queue.SimpleQueue[object]") -> bool:
    """Have the wanted works of a page stored; gives whether the listing goes on."""
    named = PageNamed(source, page)
    events.put(named)
    wanted = named.answer.get()
    left, room = list(wanted.works), wanted.room
    while True:
        size = _portion_size(left, room, source.rate_policy.in_flight)
        part, left = left[:size], left[size:]
        works = side_by_side(partial(_read_work, source, web), part, source.rate_policy.in_flight)
        read = [work for work in works if isinstance(work, WorkRead)]
        stopped = next((work for work in works if isinstance(work, ItemError)), None)
        portion = PortionRead(source, read, page.cursor, is_last=not left and stopped is None)
        events.put(portion)
        room = portion.answer.get()
        if stopped and room != 0:
            raise stopped  # its host is given up: the listing ends here, with what was read before
        if room == 0 or not left:
            return room != 0


def _portion_size(works: Sequence[ListedWork], room: int | None, in_flight: int) -> int:
    """How many works to read before the next commit; near the limit only what it has room for.

    Works whose listing carries their records cost nothing: of them all are taken.
    """
    if not any(listed.record for listed in works):
        return len(works)
    size = RECORDS_PER_PORTION if room is None or room > RECORDS_PER_PORTION else room
    return max(size, 1)


def _read_work(source: ArtworkSource, web: Web, listed: ListedWork) -> WorkRead:
    """Read the record of a work; one that cannot be read leaves that as its signal."""
    if listed.record is None:
        return WorkRead(listed, [listed.work])
    assert isinstance(source, RecordSource)
    try:
        found = source.record(web, listed.work.source_id)
    except ItemError as error:
        return WorkRead(listed, _without_record(listed, error))
    except Exception as error:  # noqa: BLE001 - outside text that trips its parser costs this one work
        cause = ItemError(ErrorKind.DECODE, f"{type(error).__name__}: {error}")
        return WorkRead(listed, _without_record(listed, cause))
    return WorkRead(listed, [_with_listed_facts(each, listed.work) for each in found])


def _without_record(listed: ListedWork, error: ItemError) -> list[FoundArtwork]:
    assert listed.record
    if listed.record.may_be_gone and error.kind in WITHDRAWN:
        return []
    return [unread(listed.work, listed.record.signal, error)]


def _with_listed_facts(found: FoundArtwork, listed: FoundArtwork) -> FoundArtwork:
    """The record's facts; what it leaves open is as the listing has it, whose signals count too."""
    title, artist = found.title or listed.title, found.artist or listed.artist
    return replace(found, title=title, artist=artist, signals=[*listed.signals, *found.signals])
