"""The Cleveland Museum of Art: open-access records by offset, each with its pictures in several sizes.

https://openaccess-api.clevelandart.org: no key; `share_license_status` is `CC0` or `Copyrighted`.
"""

from collections.abc import Iterator

from aahq_builder.records import Json
from aahq_builder.rights.licenses import CC0, License, read_license
from aahq_builder.sources.base import ListingPage, SourceFacts, Web, until_fruitless, whole
from aahq_builder.sources.fields import (
    Document,
    fields_of,
    json_object,
    listed_objects,
    maker_of,
    number,
    objects_in,
    text,
)
from aahq_builder.sources.found import FoundArtwork, PictureAddress, credit, license_unread
from aahq_builder.sources.kinds import ANY_KIND, Kinds, kind_of
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://openaccess-api.clevelandart.org"
RECORDS_PER_PAGE = 100
SIZES = ("print", "web")
"""`full` is a TIFF of some 70 MB; `print` has 3400 px."""
TIFF = (".tif", ".tiff")


class Cleveland:
    """CC0 works with pictures that the search finds, portraits by default."""

    name = "cleveland"
    rate_policy = RatePolicy(rate=0.5, in_flight=1)
    facts = SourceFacts(
        holds="The Cleveland Museum of Art",
        license="CC0, by record (`share_license_status`)",
        known="2026-11",
        by_default=True,
    )

    def __init__(self, query: str | None = None, endpoint: str | None = None, kinds: Kinds = ANY_KIND) -> None:
        self.kinds = kinds
        self.query = query or "portrait"
        self.endpoint = (endpoint or ENDPOINT).rstrip("/")

    def listing(self) -> str:
        """`cleveland: portrait`."""
        return f"cleveland: {self.query}{self.kinds.in_words()}"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """Pages by offset, of whole records."""
        return until_fruitless(self._pages(web, int(cursor["skip"]) if isinstance(cursor, dict) else 0))

    def _pages(self, web: Web, skip: int) -> Iterator[ListingPage]:
        first = skip
        while True:
            params: dict[str, str | int] = {"cc0": 1, "has_image": 1, "q": self.query, "limit": RECORDS_PER_PAGE}
            answer = json_object(web.json(f"{self.endpoint}/api/artworks/", {**params, "skip": skip}))
            records = listed_objects(answer, "data")
            total = number(fields_of(answer, "info").get("total")) or 0
            more = bool(records) and skip + RECORDS_PER_PAGE < total
            found = [_found(record) for record in records if text(record, "id")]
            following = {"skip": skip + RECORDS_PER_PAGE} if more else None
            yield whole(found, following, total if skip == first else None)
            if not more:
                return
            skip += RECORDS_PER_PAGE

    def record(self, web: Web, source_id: str) -> list[FoundArtwork]:
        """The work's record."""
        answer = json_object(web.json(f"{self.endpoint}/api/artworks/{source_id}"))
        return [_found(json_object(answer.get("data")))]


def _found(record: Document) -> FoundArtwork:
    makers = [maker_of(text(maker, "description")) for maker in objects_in(record, "creators")]
    artist = "; ".join(dict.fromkeys(maker for maker in makers if maker)) or None
    status, title, page_url = (text(record, name) for name in ("share_license_status", "title", "url"))
    license_ = read_license(status)
    return FoundArtwork(
        source_id=text(record, "id") or "",
        page_url=page_url,
        candidates=_candidates(fields_of(record, "images")),
        title=title,
        artist=artist,
        date=text(record, "creation_date"),
        kind=kind_of(text(record, "type"), text(record, "technique")),
        attribution=text(record, "tombstone") or credit(title, artist, license_.spdx, "The Cleveland Museum of Art"),
        license=CC0 if license_.spdx == CC0.spdx else License(license_.spdx),
        tags=[tag for tag in (text(record, "type"), text(record, "technique")) if tag],
        signals=[] if status else [license_unread("no share_license_status", page_url)],
    )


def _candidates(images: Document) -> list[PictureAddress]:
    """The sizes that browsers can show; the API writes widths and heights as text.

    `alternate_images` are other views, as a back or a frame: they are no works.
    """
    sizes = [fields_of(images, size) for size in SIZES]
    urls = [(text(size, "url"), number(size.get("width")), number(size.get("height"))) for size in sizes]
    return [PictureAddress(url, width, height) for url, width, height in urls if url and not _is_tiff(url)]


def _is_tiff(url: str) -> bool:
    return url.partition("?")[0].lower().endswith(TIFF)
