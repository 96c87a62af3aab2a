"""The National Gallery of Art, Washington: three CSV files of its open data, which are the listing and the records.

https://github.com/NationalGalleryOfArt/opendata (CC0). A picture with `openaccess` 1 is in the public domain (CC0).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Json
from aahq_builder.rights.licenses import CC0, License
from aahq_builder.sources.base import ListingPage, SourceFacts, Web, in_its_words, whole
from aahq_builder.sources.fields import as_text, number
from aahq_builder.sources.found import FoundArtwork, PictureAddress, credit, public_domain_signals
from aahq_builder.sources.kinds import ANY_KIND, Kinds, kind_of
from aahq_builder.web.csv_tables import CsvTable
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://raw.githubusercontent.com"
FOLDER = "/NationalGalleryOfArt/opendata/main/data"
PICTURES = "https://api.nga.gov/iiif/"
PAGE = "https://www.nga.gov/collection/art-object-page.{}.html"
WORKS_PER_PAGE = 100
LONGEST_SIDE = 2048
"""The server gives up to 4,096 px, and less where a picture's `maxpixels` says so."""
IMAGE_COLUMNS = ("uuid", "iiifurl", "viewtype", "sequence", "width", "height", "maxpixels", "openaccess")
OBJECT_COLUMNS = ("title", "displaydate", "medium", "classification", "attribution", "creditline")
TERM_COLUMNS = ("term", "visualbrowsertheme")

Row = dict[str, str]


@dataclass(frozen=True)
class OpenData:
    """The three files."""

    images: CsvTable
    objects: CsvTable
    terms: CsvTable


class Nga:
    """Open-access works whose title or themes hold the query, portraits by default."""

    name = "nga"
    rate_policy = RatePolicy(rate=1.0, in_flight=1)
    facts = SourceFacts(
        holds="National Gallery of Art, Washington: paintings, drawings, prints, photographs, sculpture",
        license="CC0, by picture (`openaccess`)",
        known="2026-11",
        by_default=True,
    )

    def __init__(self, query: str | None = None, endpoint: str | None = None, kinds: Kinds = ANY_KIND) -> None:
        self.query = in_its_words(query, "portrait")
        self.folder = (endpoint or ENDPOINT).rstrip("/") + FOLDER
        self.kinds = kinds

    def listing(self) -> str:
        """`nga: portrait`."""
        return f"nga: {self.query}{self.kinds.in_words()}"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """Works in the order of their ids, so that files that have grown since keep their place."""
        last = int(cursor["last_id"]) if isinstance(cursor, dict) else -1
        tables = self._tables(web)
        listed = [number for number in tables.objects.keys() if self._is_asked_for(tables, number)]  # noqa: SIM118
        left = [number for number in listed if number > last]
        for first in range(0, max(len(left), 1), WORKS_PER_PAGE):
            part = left[first : first + WORKS_PER_PAGE]
            found = [_found(number, _picture(tables, number), tables.objects.of(number)[0]) for number in part]
            more = first + WORKS_PER_PAGE < len(left)
            yield whole(found, {"last_id": part[-1]} if more else None, None if first else len(listed))

    def record(self, web: Web, source_id: str) -> list[FoundArtwork]:
        """The work's lines; a work without one is no longer published."""
        tables, key = self._tables(web), number(source_id) or 0
        picture, described = _picture(tables, key), tables.objects.of(key)
        if picture is None or not described:
            raise ItemError(ErrorKind.HTTP_404, f"the open data no longer hold '{source_id}'")
        return [_found(key, picture, described[0])]

    def _tables(self, web: Web) -> OpenData:
        return OpenData(
            web.table(f"{self.folder}/published_images.csv", "depictstmsobjectid", IMAGE_COLUMNS),
            web.table(f"{self.folder}/objects.csv", "objectid", OBJECT_COLUMNS),
            web.table(f"{self.folder}/objects_terms.csv", "objectid", TERM_COLUMNS),
        )

    def _is_asked_for(self, tables: OpenData, key: int) -> bool:
        picture = _picture(tables, key)
        if picture is None or picture["openaccess"].strip() != "1":
            return False
        words = [row["title"] for row in tables.objects.of(key)]
        words += [row[column] for row in tables.terms.of(key) for column in TERM_COLUMNS]
        return self.query.casefold() in "\n".join(words).casefold()


def _picture(tables: OpenData, key: int) -> Row | None:
    """The line of the work's primary picture, the first where there are several."""
    primary = [row for row in tables.images.of(key) if row["viewtype"].strip() == "primary" and row["uuid"].strip()]
    return min(primary, key=lambda row: number(row["sequence"].strip()) or 0, default=None)


def _found(key: int, picture: Row | None, described: Row) -> FoundArtwork:
    assert picture
    is_open = {"1": True, "0": False}.get(picture["openaccess"].strip())
    title, artist, page_url = as_text(described["title"]), as_text(described["attribution"]), PAGE.format(key)
    license_ = CC0 if is_open else License(None)
    return FoundArtwork(
        source_id=str(key),
        page_url=page_url,
        candidates=[_address(picture)],
        title=title,
        artist=artist,
        date=as_text(described["displaydate"]),
        kind=kind_of(as_text(described["classification"]), as_text(described["medium"])),
        attribution=credit(
            title, artist, license_.spdx, f"National Gallery of Art, Washington. {described['creditline']}"
        ),
        license=license_,
        signals=public_domain_signals("openaccess", is_open, page_url),
    )


def _address(picture: Row) -> PictureAddress:
    """The largest size that the server gives of a picture, up to `LONGEST_SIDE`."""
    side = min(LONGEST_SIDE, number(picture["maxpixels"].strip()) or LONGEST_SIDE)
    width, height = number(picture["width"].strip()), number(picture["height"].strip())
    base = picture["iiifurl"].strip().rstrip("/") or PICTURES + picture["uuid"].strip()
    address = f"{base}/full/!{side},{side}/0/default.jpg"
    if not (width and height):
        return PictureAddress(address)
    scale = min(1.0, side / max(width, height))
    return PictureAddress(address, round(width * scale), round(height * scale))
