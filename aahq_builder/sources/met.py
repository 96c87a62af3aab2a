"""The Metropolitan Museum of Art: a search gives all ids at once, each object is one document.

https://metmuseum.github.io (no key). `isPublicDomain` means CC0. Whatever the documentation allows, some thirty
requests in quick succession meet a wall, so that one a second is asked, one at a time.
"""

from collections.abc import Iterator

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Json
from aahq_builder.rights.licenses import CC0, License
from aahq_builder.sources.base import ListedWork, ListingPage, RecordKind, SourceFacts, Web
from aahq_builder.sources.fields import json_object, number, objects_in, text
from aahq_builder.sources.found import FoundArtwork, PictureAddress, credit, public_domain_signals
from aahq_builder.sources.kinds import ANY_KIND, Kinds, kind_of
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://collectionapi.metmuseum.org"
ROOT = "/public/collection/v1"
OBJECTS_PER_PAGE = 32
RECORD = RecordKind("license", may_be_gone=True)
MEDIUMS = {
    "painting": "Paintings",
    "drawing": "Drawings",
    "print": "Prints",
    "photograph": "Photographs",
    "sculpture": "Sculpture",
}
"""What the search calls the kinds; the record decides, since a filter finds too much."""


class Met:
    """Works of the kinds asked for that the search finds, portraits by default."""

    name = "met"
    rate_policy = RatePolicy(rate=1.0, in_flight=1)
    facts = SourceFacts(
        holds="The Metropolitan Museum of Art, New York",
        license="CC0, by record (`isPublicDomain`)",
        known="2025-09",
        by_default=True,
    )

    def __init__(self, query: str | None = None, endpoint: str | None = None, kinds: Kinds = ANY_KIND) -> None:
        self.kinds = kinds
        self.query = query or "portrait"
        self.root = (endpoint or ENDPOINT).rstrip("/") + ROOT

    def listing(self) -> str:
        """`met: portrait`."""
        return f"met: {self.query}{self.kinds.in_words()}"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """Objects in the order of their ids, so that a search that has grown since keeps its place."""
        last = int(cursor["last_id"]) if isinstance(cursor, dict) else -1
        answer = json_object(web.json(f"{self.root}/search", self._params()))
        if "objectIDs" not in answer:
            raise ItemError(ErrorKind.DECODE, "the answer of the search has no 'objectIDs'")
        listed = answer["objectIDs"]
        numbers = map(number, listed) if isinstance(listed, list) else ()
        named = {each for each in numbers if each is not None}
        ids, total = sorted(each for each in named if each > last), len(named)
        for first in range(0, len(ids), OBJECTS_PER_PAGE):
            part = ids[first : first + OBJECTS_PER_PAGE]
            more = first + OBJECTS_PER_PAGE < len(ids)
            works = [ListedWork(FoundArtwork(source_id=str(each)), RECORD) for each in part]
            yield ListingPage(works, {"last_id": part[-1]} if more else None, total=None if first else total)
        if not ids:
            yield ListingPage([], None)

    def _params(self) -> dict[str, str | int]:
        """The search; its filters count only behind `q`."""
        names = self.kinds.names
        mediums = [medium for kind, medium in MEDIUMS.items() if names and kind in names]
        narrowed: dict[str, str | int] = {"medium": "|".join(mediums)} if names and names <= MEDIUMS.keys() else {}
        return {"q": self.query, "hasImages": "true", **narrowed}

    def record(self, web: Web, source_id: str) -> list[FoundArtwork]:
        """The object's record; one of a public-domain object without a picture gives none."""
        record = json_object(web.json(f"{self.root}/objects/{source_id}"))
        urls = [text(record, name) for name in ("primaryImage", "primaryImageSmall")]
        candidates = [PictureAddress(url) for url in dict.fromkeys(urls) if url]
        is_public = record.get("isPublicDomain")
        if is_public is True and not candidates:
            return []
        title, artist = text(record, "title"), text(record, "artistDisplayName")
        license_ = CC0 if is_public is True else License(None)
        found = FoundArtwork(
            source_id=source_id,
            page_url=text(record, "objectURL"),
            candidates=candidates,
            title=title,
            artist=artist,
            date=text(record, "objectDate"),
            kind=kind_of(text(record, "classification"), text(record, "objectName"), text(record, "medium")),
            attribution=credit(title, artist, license_.spdx, "The Metropolitan Museum of Art"),
            license=license_,
            tags=[term for tag in objects_in(record, "tags") if (term := text(tag, "term"))],
            signals=public_domain_signals("isPublicDomain", is_public, text(record, "objectURL")),
        )
        return [found]
