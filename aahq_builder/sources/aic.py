"""The Art Institute of Chicago: a search whose hits carry all fields, pictures by IIIF.

https://api.artic.edu/docs: at most 100 hits a page and 10,000 a query, one request per second for scrapers.
"""

from collections.abc import Iterator

from aahq_builder.errors import ItemError
from aahq_builder.records import Artwork, Json
from aahq_builder.rights.licenses import License
from aahq_builder.sources.base import WITHDRAWN, Candidate, Found, Page, Web, credit, json_object
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://api.artic.edu"
SEARCH = "/api/v1/artworks/search"
HITS_PER_PAGE = 100
MAX_HITS = 10_000
WIDTHS = (1686, 843)
"""843 px is the size that the museum keeps ready; twice that is served for works in the public domain."""
FIELDS = "id,title,image_id,artist_title,artist_display,date_display,term_titles,is_public_domain,thumbnail"
CC0 = License("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")


class Aic:
    """Public-domain works that the search finds, portraits by default."""

    name = "aic"
    rate_policy = RatePolicy(rate=1.0, in_flight=1)

    def __init__(self, query: str | None = None, endpoint: str | None = None) -> None:
        self.query = query or "portrait"
        self.endpoint = (endpoint or ENDPOINT).rstrip("/")

    def listing(self) -> str:
        """`aic: portrait`."""
        return f"aic: {self.query}"

    def pages(self, web: Web, cursor: Json | None) -> Iterator[Page]:
        """Pages by number, up to the API's cap."""
        number = int(cursor["page"]) if isinstance(cursor, dict) else 1
        while True:
            params = {"q": self.query, "query[term][is_public_domain]": "true", "fields": FIELDS}
            answer = json_object(web.json(self.endpoint + SEARCH, {**params, "limit": HITS_PER_PAGE, "page": number}))
            hits = [hit for hit in answer.get("data") or [] if isinstance(hit, dict)]
            iiif = str((answer.get("config") or {}).get("iiif_url") or f"{self.endpoint}/iiif/2")
            pages = int((answer.get("pagination") or {}).get("total_pages") or 0)
            more = bool(hits) and number < pages and number * HITS_PER_PAGE < MAX_HITS
            yield Page(
                [_found(hit, iiif) for hit in hits if hit.get("image_id")], {"page": number + 1} if more else None
            )
            if not more:
                return
            number += 1

    def look(self, web: Web, artwork: Artwork) -> Found | None:
        """The work's record."""
        url = f"{self.endpoint}/api/v1/artworks/{artwork.source_id}"
        try:
            answer = json_object(web.json(url, {"fields": FIELDS}))
        except ItemError as error:
            if error.kind in WITHDRAWN:
                return None
            raise
        return _found(json_object(answer.get("data")), "")


def _found(hit: dict[str, object], iiif: str) -> Found:
    title, artist = _text(hit, "title"), _text(hit, "artist_title") or _text(hit, "artist_display")
    license_ = CC0 if hit.get("is_public_domain") is True else License(None)
    terms = hit.get("term_titles")
    return Found(
        source_id=str(hit.get("id")),
        page_url=f"https://www.artic.edu/artworks/{hit.get('id')}",
        candidates=[Candidate(f"{iiif}/{hit.get('image_id')}/full/{width},/0/default.jpg", width) for width in WIDTHS],
        title=title,
        artist=artist,
        date=_text(hit, "date_display"),
        attribution=credit(title, artist, license_.spdx, "The Art Institute of Chicago"),
        license=license_,
        tags=[str(term) for term in terms] if isinstance(terms, list) else [],
    )


def _text(record: dict[str, object], name: str) -> str | None:
    value = record.get(name)
    return value if isinstance(value, str) and value else None
