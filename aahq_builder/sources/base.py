"""The contract of a source: a cursor goes in, pages of found artworks and the next cursor come out.

A source reads listings and pages through a `Web`, never by itself; it does not decide about rights, it brings the
signals. Cursors are plain JSON: a crawl that was killed goes on from the last page it has committed.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bs4 import BeautifulSoup

from aahq_builder.build import now
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Artwork, Json
from aahq_builder.rights import optout
from aahq_builder.rights.licenses import License
from aahq_builder.rights.rules import Signal, SignalName
from aahq_builder.web.failures import HostGivenUpError
from aahq_builder.web.rate import RatePolicy
from aahq_builder.web.url_safety import host_key

WITHDRAWN = (ErrorKind.HTTP_404, ErrorKind.HTTP_410)
"""How a source says that a work is no longer there."""


@dataclass(frozen=True)
class Candidate:
    """One address of a picture; sizes in px where the source tells them."""

    url: str
    width: int | None = None
    height: int | None = None

    def as_json(self) -> dict[str, object]:
        """As the row stores it."""
        return {"url": self.url, "width": self.width, "height": self.height}


@dataclass(frozen=True, kw_only=True)
class Found:
    """An artwork as a source describes it."""

    source_id: str
    page_url: str | None = None
    candidates: Sequence[Candidate] = ()
    """Best first."""
    title: str | None = None
    artist: str | None = None
    date: str | None = None
    attribution: str | None = None
    license: License = field(default_factory=lambda: License(None))
    tags: Sequence[str] = ()
    sha256: str | None = None
    pixel_sha256: str | None = None
    """Hashes that a published list expects."""
    signals: Sequence[Signal] = ()
    """What was read beyond licence and tags."""


@dataclass(frozen=True)
class Page:
    """A part of a listing."""

    found: Sequence[Found]
    cursor: Json | None
    """Where the listing goes on; None at its end."""


class Web(Protocol):
    """The requests that a source may make: polite, retried, under the robots file."""

    def json(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        is_busy: Callable[[object], bool] = lambda document: False,
    ) -> object:
        """Parse a JSON document; `ItemError` if there is none. One that says `is_busy` is asked for again later."""

    def html(self, url: str) -> tuple[BeautifulSoup, list[Signal]]:
        """A parsed page with what it and its headers say about rights."""

    def many(self, urls: Sequence[str]) -> list[object | ItemError]:
        """Several JSON documents at once, in order; an error stands in the place of its document."""


class Source(Protocol):
    """A place where artworks are found."""

    name: str
    rate_policy: RatePolicy

    def listing(self) -> str:
        """Source and query in words: under this name the cursor is kept."""

    def pages(self, web: Web, cursor: Json | None) -> Iterator[Page]:
        """The listing from `cursor` on."""


class Revisitable(Protocol):
    """A source that can be asked again about one artwork."""

    rate_policy: RatePolicy

    def look(self, web: Web, artwork: Artwork) -> Found | None:
        """What the source says today of an artwork that it gave once; None if it is gone there."""


def unread(found: Found, name: SignalName, error: ItemError) -> Found:
    """An artwork whose own page or record could not be read; a host that is given up stops the listing instead."""
    if isinstance(error, HostGivenUpError):
        raise error
    signal = Signal(name, "unread", error.detail, found.page_url or "", now(), str(error.kind))
    return replace(found, signals=[*found.signals, signal])


def json_object(answer: object) -> dict[str, Any]:
    """An answer that must be a JSON object; an error that stands in its place is raised."""
    if isinstance(answer, ItemError):
        raise answer
    if not isinstance(answer, dict):
        raise ItemError(ErrorKind.DECODE, "the answer is no JSON object")
    return answer


def described(artwork: Artwork) -> Found:
    """An artwork as its row describes it, for sources that have no page to look at again."""
    return Found(
        source_id=artwork.source_id or "",
        page_url=artwork.page_url,
        artist=artwork.artist,
        license=License(artwork.license, artwork.license_url),
        tags=artwork.tags or (),
    )


def to_artwork(source: str, found: Found, policy: str) -> Artwork:
    """The row of a found artwork, before its rights are decided."""
    best = found.candidates[0].url if found.candidates else None
    return Artwork(
        artwork_id=artwork_id(source, found.source_id),
        source=source,
        source_id=found.source_id,
        page_url=found.page_url,
        image_url=best,
        title=found.title,
        artist=found.artist,
        date=found.date,
        tags=list(found.tags),
        candidates=[candidate.as_json() for candidate in found.candidates],
        host=host_key(best) if best else "",
        attribution=found.attribution,
        license=found.license.spdx,
        license_url=found.license.url,
        policy=policy,
        sha256=found.sha256,
        pixel_sha256=found.pixel_sha256,
    )


def artwork_id(source: str, source_id: str) -> str:
    """The id of an artwork, known before anything is downloaded."""
    return f"{source}-{hashlib.sha256(source_id.encode()).hexdigest()[:16]}"


def listing_signals(found: Found, where: str) -> list[Signal]:
    """The signals that every listing gives: the licence field and the tags."""
    when = now()
    license_finding = Signal(
        "license", "license" if found.license.spdx else "silent", found.license.spdx or "", where, when
    )
    tag = optout.in_tags(found.tags)
    return [license_finding, Signal("tags", "opt_out" if tag else "silent", tag or "", where, when), *found.signals]


def credit(title: str | None, artist: str | None, license_: str | None, where: str | None) -> str:
    """A line of attribution: title, artist, licence, place."""
    words = [
        f'"{title}"' if title else "",
        f"by {artist}" if artist else "",
        f"({license_})" if license_ else "",
        where or "",
    ]
    return " ".join(word for word in words if word)
