"""The contract of a source, in two steps: `ids` gives what a listing names, `record` reads one work.

Where a listing carries whole records, they come with the names and nothing more is asked for. A source reads through a
`Web`, never by itself; it does not decide about rights, it brings the signals. Cursors are plain JSON: a crawl that was
killed goes on from the last page it has committed.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from bs4 import BeautifulSoup

from aahq_builder.errors import ErrorKind
from aahq_builder.records import Json
from aahq_builder.rights.rules import Signal, SignalName
from aahq_builder.sources.found import FoundArtwork
from aahq_builder.web.csv_tables import CsvTable
from aahq_builder.web.rate import RatePolicy

WITHDRAWN = (ErrorKind.HTTP_404, ErrorKind.HTTP_410)
"""How a source says that a work is no longer there."""
MAX_FRUITLESS_PAGES = 20
"""So many pages in a row that name nothing new end a listing: a calendar of empty days has a next page for ever."""


@dataclass(frozen=True)
class SourceFacts:
    """What is known of a site beside its rate: for `aahq-build sources`, for the warnings of a crawl, for the docs."""

    holds: str
    license: str
    """Which licences its works are under, and where it says so."""
    known: str = ""
    """Year and month of this knowledge; empty where it is the user's."""
    obstacle: str = ""
    """Why it is crawled on request only; empty where it works."""
    needs: str = ""
    """What the user has to name."""
    held: bool = False
    """Its pictures cannot be had: it is asked for nothing at all unless the person says so."""
    by_default: bool = False
    """Crawled when no source is named: open, works today, and needs nothing from the user."""

    @property
    def state(self) -> str:
        """`works`, or what stands in the way."""
        return self.obstacle or (f"works with {self.needs}" if self.needs else "works")


@dataclass(frozen=True)
class RecordKind:
    """What the record of a work is to its source."""

    signal: SignalName
    """The signal of rights that it carries, and that is unread when the record cannot be read."""
    may_be_gone: bool = False
    """The listing also names works that no longer exist: one without a record leaves no row."""
    holds_several: bool = False
    """It may hold several pictures, each a row of its own with the work's page address."""


@dataclass(frozen=True)
class ListedWork:
    """A work that a listing names."""

    work: FoundArtwork
    """As far as the listing describes it."""
    record: RecordKind | None = None
    """What more there is to read; None where the listing carries all."""


@dataclass(frozen=True)
class ListingPage:
    """A part of a listing."""

    works: Sequence[ListedWork]
    cursor: Json | None
    """Where the listing goes on; None at its end."""
    remark: str = ""
    """What the person should know of this part, in one sentence."""
    total: int | None = None
    """How many works the whole listing names, on the first page that is read; None where nothing tells."""


class EndlessListingError(Exception):
    """A listing that leads on and on without naming anything new; the words say what was seen."""


class Web(Protocol):
    """The requests that a source may make: polite, retried, under the robots file."""

    def json(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        is_busy: Callable[[object], bool] = lambda document: False,
        named_in: str = "",
    ) -> object:
        """Parse a JSON document; `ItemError` if there is none. One that says `is_busy` is asked for again later.

        `named_in` is another header in which the site asks for our name and contact.
        """

    def html(self, url: str) -> tuple[BeautifulSoup, list[Signal]]:
        """A parsed page with what it and its headers say about rights."""

    def table(self, url: str, key: str, columns: Sequence[str]) -> CsvTable:
        """A CSV file, streamed once a command: its rows by the number in the column `key`, of which `columns` are kept.

        `ItemError` (decode) if it lacks one of them.
        """


class ArtworkSource(Protocol):
    """A place where artworks are found."""

    name: str
    rate_policy: RatePolicy

    def listing(self) -> str:
        """Source and query in words: under this name the cursor is kept."""

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """What the listing names from `cursor` on, page by page; asks for nothing but the listing itself."""


@runtime_checkable
class RecordSource(ArtworkSource, Protocol):
    """A source that can be asked about a single work, while listing or long after."""

    def record(self, web: Web, source_id: str) -> Sequence[FoundArtwork]:
        """Read one work by its id; `ItemError` of a kind in `WITHDRAWN` if the source says that it is gone.

        Most works are one picture; a record without a usable one gives none.
        """


def place_in_words(source: str, path: Path) -> str:
    """`SOURCE: NAME (8 digits)`: two folders or files of one name are two listings, and no path is told to anyone."""
    digits = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:8]
    name = path.resolve().name.encode("utf-8", errors="replace").decode()
    return f"{source}: {name} ({digits})"


def until_fruitless(pages: Iterator[ListingPage]) -> Iterator[ListingPage]:
    """The pages of a listing without a known end.

    `EndlessListingError` after `MAX_FRUITLESS_PAGES` without news, or when a page leads on to where one did before.
    """
    seen: set[int] = set()
    cursors: set[str] = set()
    fruitless = 0
    for page in pages:
        named = {hash(listed.work.source_id) for listed in page.works}
        fruitless = 0 if named - seen else fruitless + 1
        seen |= named
        yield page
        cursor = json.dumps(page.cursor, sort_keys=True)
        if page.cursor is not None and cursor in cursors:
            raise EndlessListingError("its pages lead in a circle")
        cursors.add(cursor)
        if fruitless == MAX_FRUITLESS_PAGES and page.cursor is not None:
            raise EndlessListingError(f"{fruitless} pages in a row name nothing new, though each leads on to another")


def whole(found: Sequence[FoundArtwork], cursor: Json | None, total: int | None = None) -> ListingPage:
    """A page of a listing that carries whole records."""
    return ListingPage([ListedWork(work) for work in found], cursor, total=total)


def in_its_words(query: str | None, portrait: str) -> str:
    """What a source is asked: `portrait`, its own word for them, by default; other words as they are."""
    return portrait if (query or "portrait").strip().lower() == "portrait" else str(query)
