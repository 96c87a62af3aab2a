"""An artwork as a source describes it, and the row that it becomes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aahq_builder.build import now
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Artwork
from aahq_builder.rights import optout
from aahq_builder.rights.licenses import License
from aahq_builder.rights.rules import Signal, SignalName
from aahq_builder.sources.addresses import without_tracking
from aahq_builder.web.failures import HostGivenUpError
from aahq_builder.web.url_safety import host_key


@dataclass(frozen=True)
class PictureAddress:
    """One address of a picture, without what only tracks; sizes in px where the source tells them."""

    url: str
    width: int | None = None
    height: int | None = None

    def __post_init__(self) -> None:
        """Have one address for one picture."""
        object.__setattr__(self, "url", without_tracking(self.url))

    def as_json(self) -> dict[str, object]:
        """As the row stores it."""
        return {"url": self.url, "width": self.width, "height": self.height}


@dataclass(frozen=True, kw_only=True)
class FoundArtwork:
    """An artwork as a source describes it."""

    source_id: str
    listing: str = ""
    """The listing within which `source_id` is unique; empty where the source's ids are unique everywhere."""
    file_version: str | None = None
    """What changes with the bytes of a file of the user's own; None where nobody can tell before reading them."""
    page_url: str | None = None
    candidates: Sequence[PictureAddress] = ()
    """Addresses of the picture in several sizes, best first."""
    title: str | None = None
    artist: str | None = None
    date: str | None = None
    kind: str | None = None
    """One of `kinds.KINDS`, or `kinds.OTHER`; None where the record does not say."""
    attribution: str | None = None
    license: License = field(default_factory=lambda: License(None))
    tags: Sequence[str] = ()
    sha256: str | None = None
    pixel_sha256: str | None = None
    """Hashes that a published list expects."""
    signals: Sequence[Signal] = ()
    """What was read beyond licence and tags."""

    def __post_init__(self) -> None:
        """Have one address for one page."""
        object.__setattr__(self, "page_url", self.page_url and without_tracking(self.page_url))

    def artwork_id(self, source: str) -> str:
        """The id of its row."""
        return artwork_id(source, self.source_id, self.listing)


def unread(found: FoundArtwork, name: SignalName, error: ItemError) -> FoundArtwork:
    """An artwork whose own page or record could not be read; a host that is given up stops the listing instead."""
    if isinstance(error, HostGivenUpError):
        raise error
    signal = Signal(name, "unread", error.detail, found.page_url or "", now(), str(error.kind))
    return replace(found, signals=[*found.signals, signal])


def described(artwork: Artwork) -> FoundArtwork:
    """An artwork as its row describes it, for sources that have no record to read again."""
    return FoundArtwork(
        source_id=artwork.source_id or "",
        page_url=artwork.page_url,
        artist=artwork.artist,
        license=License(artwork.license, artwork.license_url),
        tags=artwork.tags or (),
    )


def to_artwork(source: str, found: FoundArtwork, policy: str) -> Artwork:
    """The row of a found artwork, before its rights are decided."""
    best = found.candidates[0].url if found.candidates else None
    return Artwork(
        artwork_id=found.artwork_id(source),
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
        etag=found.file_version,
    )


def artwork_id(source: str, source_id: str, listing: str = "") -> str:
    """The id of an artwork, known before anything is downloaded; `listing` where ids are unique within one only."""
    name = f"{listing}\0{source_id}" if listing else source_id
    return f"{source}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def listing_signals(found: FoundArtwork, where: str) -> list[Signal]:
    """The signals that every listing gives: the licence field and the tags."""
    when = now()
    spdx, tag = found.license.spdx, optout.in_tags(found.tags)
    of_license = (
        []
        if any(signal.signal == "license" for signal in found.signals)
        else [Signal("license", "license" if spdx else "silent", spdx or "", where, when)]
    )
    of_tags = Signal("tags", "opt_out" if tag else "silent", tag or "", where, when)
    return [*of_license, of_tags, *found.signals]


def states_no_license(words: str, where: str | None) -> Signal:
    """A record that says that the work is not free, without naming a licence."""
    return Signal("license", "silent", words, where or "", now())


def license_unread(words: str, where: str | None) -> Signal:
    """A record that lacks what every record of its source says about rights: that is no statement."""
    return Signal("license", "unread", words, where or "", now(), str(ErrorKind.SIGNAL_UNREAD))


def public_domain_signals(field: str, value: object, where: str | None) -> list[Signal]:
    """What a yes-or-no field says beyond a licence: true says it all, false is a statement, all else is unread."""
    if value is True:
        return []
    return [states_no_license(f"{field}: false", where) if value is False else license_unread(f"no {field}", where)]


def credit(title: str | None, artist: str | None, license_: str | None, where: str | None) -> str:
    """A line of attribution: title, artist, licence, place."""
    words = [
        f'"{title}"' if title else "",
        f"by {artist}" if artist else "",
        f"({license_})" if license_ else "",
        where or "",
    ]
    return " ".join(word for word in words if word)
