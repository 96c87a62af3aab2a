"""The Art Institute of Chicago: a search whose hits carry all fields, pictures by IIIF.

https://api.artic.edu/docs: at most 100 hits a page, 10,000 a query and 60 requests a minute; a header of its own for
who asks. The pictures are behind a challenge that no program passes (since February 2026), and that is left alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from aahq_builder.records import Json
from aahq_builder.rights.licenses import CC0, License
from aahq_builder.sources.base import ListingPage, SourceFacts, Web, whole
from aahq_builder.sources.fields import (
    Document,
    fields_of,
    json_object,
    listed_objects,
    maker_of,
    number,
    text,
    texts_in,
)
from aahq_builder.sources.found import FoundArtwork, PictureAddress, credit, public_domain_signals
from aahq_builder.sources.kinds import ANY_KIND, Kinds, kind_of
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://api.artic.edu"
SEARCH = "/api/v1/artworks/search"
HITS_PER_PAGE = 100
MAX_HITS = 10_000
NAMED_IN = "AIC-User-Agent"
WIDTHS = (1686, 843)
"""843 px is the size that the museum keeps ready; twice that is served for works in the public domain."""
FIELDS = (
    "id,title,image_id,artist_title,artist_display,date_display,artwork_type_title,term_titles,is_public_domain,"
    "thumbnail"
)


class Aic:
    """Public-domain works that the search finds, portraits by default."""

    name = "aic"
    rate_policy = RatePolicy(rate=1.0, in_flight=1)
    facts = SourceFacts(
        holds="The Art Institute of Chicago",
        license="CC0, by record (`is_public_domain`)",
        known="2026-06",
        obstacle="its pictures are behind a challenge that only a browser passes; its listing works",
        held=True,
    )

    def __init__(self, query: str | None = None, endpoint: str | None = None, kinds: Kinds = ANY_KIND) -> None:
        self.kinds = kinds
        self.query = query or "portrait"
        self.endpoint = (endpoint or ENDPOINT).rstrip("/")

    def listing(self) -> str:
        """`aic: portrait`."""
        return f"aic: {self.query}{self.kinds.in_words()}"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """Pages by number, up to the API's cap; every hit is a whole record."""
        page = first = int(cursor["page"]) if isinstance(cursor, dict) else 1
        while True:
            params = {"q": self.query, "query[term][is_public_domain]": "true", "fields": FIELDS}
            answer = self._ask(web, SEARCH, {**params, "limit": HITS_PER_PAGE, "page": page})
            hits = listed_objects(answer, "data")
            iiif = text(fields_of(answer, "config"), "iiif_url") or f"{self.endpoint}/iiif/2"
            pages, total = (number(fields_of(answer, "pagination").get(name)) or 0 for name in ("total_pages", "total"))
            more = bool(hits) and page < pages and page * HITS_PER_PAGE < MAX_HITS
            found = [_found(hit, iiif) for hit in hits if text(hit, "image_id") and text(hit, "id")]
            part = whole(found, {"page": page + 1} if more else None, min(total, MAX_HITS) if page == first else None)
            yield replace(part, remark=self._remark(total) if page == first else "")
            if not more:
                return
            page += 1

    def _remark(self, total: int) -> str:
        """What the interface keeps back, if anything."""
        if total <= MAX_HITS:
            return ""
        return f"{self.listing()}: the interface gives {MAX_HITS:,} of {total:,} works; a narrower --query gives others"

    def _ask(self, web: Web, path: str, params: Mapping[str, str | int]) -> Document:
        return json_object(web.json(self.endpoint + path, params, named_in=NAMED_IN))

    def record(self, web: Web, source_id: str) -> list[FoundArtwork]:
        """The work's record."""
        record = json_object(self._ask(web, f"/api/v1/artworks/{source_id}", {"fields": FIELDS}).get("data"))
        return [_found(record, f"{self.endpoint}/iiif/2")] if text(record, "image_id") and text(record, "id") else []


def _found(hit: Document, iiif: str) -> FoundArtwork:
    title, artist = text(hit, "title"), text(hit, "artist_title") or maker_of(text(hit, "artist_display"))
    is_public, page_url = hit.get("is_public_domain"), f"https://www.artic.edu/artworks/{text(hit, 'id')}"
    license_ = CC0 if is_public is True else License(None)
    picture = f"{iiif}/{text(hit, 'image_id')}/full"
    return FoundArtwork(
        source_id=text(hit, "id") or "",
        page_url=page_url,
        candidates=[PictureAddress(f"{picture}/{width},/0/default.jpg", width) for width in WIDTHS],
        title=title,
        artist=artist,
        date=text(hit, "date_display"),
        kind=kind_of(text(hit, "artwork_type_title")),
        attribution=credit(title, artist, license_.spdx, "The Art Institute of Chicago"),
        license=license_,
        tags=texts_in(hit, "term_titles"),
        signals=public_domain_signals("is_public_domain", is_public, page_url),
    )
