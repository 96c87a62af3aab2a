"""The Metropolitan Museum of Art: a search gives all ids at once, each object is one document.

https://metmuseum.github.io (no key; at most 80 requests per second). `isPublicDomain` means CC0.
"""

from collections.abc import Iterator

from aahq_builder.errors import ItemError
from aahq_builder.records import Artwork, Json
from aahq_builder.rights.licenses import License
from aahq_builder.sources.base import WITHDRAWN, Candidate, Found, Page, Web, credit, json_object, unread
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://collectionapi.metmuseum.org"
ROOT = "/public/collection/v1"
OBJECTS_PER_PAGE = 32
CC0 = License("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")


class Met:
    """Paintings and drawings that the search finds, portraits by default."""

    name = "met"
    rate_policy = RatePolicy(rate=20.0, in_flight=8)

    def __init__(self, query: str | None = None, endpoint: str | None = None) -> None:
        self.query = query or "portrait"
        self.root = (endpoint or ENDPOINT).rstrip("/") + ROOT

    def listing(self) -> str:
        """`met: portrait`."""
        return f"met: {self.query}"

    def pages(self, web: Web, cursor: Json | None) -> Iterator[Page]:
        """Objects in the order of their ids, so that a search that has grown since keeps its place."""
        last = int(cursor["last_id"]) if isinstance(cursor, dict) else -1
        answer = web.json(f"{self.root}/search", {"hasImages": "true", "q": self.query})
        ids = sorted(int(number) for number in json_object(answer).get("objectIDs") or [] if int(number) > last)
        for first in range(0, len(ids), OBJECTS_PER_PAGE):
            part = ids[first : first + OBJECTS_PER_PAGE]
            objects = web.many([f"{self.root}/objects/{number}" for number in part])
            found = [_found(number, each) for number, each in zip(part, objects, strict=True)]
            more = first + OBJECTS_PER_PAGE < len(ids)
            yield Page([one for one in found if one], {"last_id": part[-1]} if more else None)
        if not ids:
            yield Page([], None)

    def look(self, web: Web, artwork: Artwork) -> Found | None:
        """The object's record."""
        number = int(artwork.source_id or 0)
        answer = web.many([f"{self.root}/objects/{number}"])[0]
        if isinstance(answer, ItemError) and answer.kind not in WITHDRAWN:
            raise answer
        return _found(number, answer)


def _found(number: int, answer: object) -> Found | None:
    """The artwork of an object; None for one without a picture, or that is gone since the search."""
    if isinstance(answer, ItemError):
        return None if answer.kind in WITHDRAWN else unread(Found(source_id=str(number)), "license", answer)
    record = json_object(answer)
    urls = [record.get("primaryImage"), record.get("primaryImageSmall")]
    candidates = [Candidate(url) for url in dict.fromkeys(urls) if isinstance(url, str) and url]
    if not candidates and record.get("isPublicDomain"):
        return None
    title, artist = record.get("title") or None, record.get("artistDisplayName") or None
    license_ = CC0 if record.get("isPublicDomain") is True else License(None)
    return Found(
        source_id=str(number),
        page_url=record.get("objectURL") or None,
        candidates=candidates,
        title=title,
        artist=artist,
        date=record.get("objectDate") or None,
        attribution=credit(title, artist, license_.spdx, "The Metropolitan Museum of Art"),
        license=license_,
        tags=[str(tag.get("term")) for tag in record.get("tags") or [] if isinstance(tag, dict)],
    )
