"""SMK, the National Gallery of Denmark: a search whose items are whole records, pictures by IIIF.

https://api.smk.dk/api/v1/docs: no key, at most 2,000 items a page. The licence of each work is the address in `rights`.
"""

from collections.abc import Iterator

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Json
from aahq_builder.rights.licenses import License, read_license
from aahq_builder.rights.rules import Signal
from aahq_builder.sources.base import ListingPage, SourceFacts, Web, in_its_words, until_fruitless, whole
from aahq_builder.sources.fields import Document, as_text, json_object, listed_objects, number, text, texts_in
from aahq_builder.sources.found import FoundArtwork, PictureAddress, credit, license_unread, states_no_license
from aahq_builder.sources.kinds import ANY_KIND, Kinds, kind_of
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://api.smk.dk"
ROOT = "/api/v1/art"
ITEMS_PER_PAGE = 100
SIZE = "/full/!2048,/0/default.jpg"
OBJECT_NAMES = {frozenset({"painting"}): "maleri", frozenset({"drawing"}): "tegning"}
"""The filters combine by "and", so that only a single kind can be asked for; otherwise the records decide."""
PAGE = "https://open.smk.dk/en/artwork/image/"


class Smk:
    """Works in the public domain with a picture, portraits by default."""

    name = "smk"
    rate_policy = RatePolicy(rate=1.0, in_flight=1)
    facts = SourceFacts(
        holds="SMK, the National Gallery of Denmark, Copenhagen: paintings, drawings, prints",
        license="CC0 or public domain mark, by record (`rights`)",
        known="2026-05",
        by_default=True,
    )

    def __init__(self, query: str | None = None, endpoint: str | None = None, kinds: Kinds = ANY_KIND) -> None:
        self.query = in_its_words(query, "portræt")
        self.root = (endpoint or ENDPOINT).rstrip("/") + ROOT
        self.kinds = kinds

    def listing(self) -> str:
        """`smk: portræt`."""
        return f"smk: {self.query}{self.kinds.in_words()}"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """Pages by offset, of whole records."""
        return until_fruitless(self._pages(web, int(cursor["offset"]) if isinstance(cursor, dict) else 0))

    def _pages(self, web: Web, offset: int) -> Iterator[ListingPage]:
        is_first = True
        while True:
            params: dict[str, str | int] = {"keys": self.query, "filters": self._filters(), "lang": "en"}
            params |= {"offset": offset, "rows": ITEMS_PER_PAGE}
            answer = json_object(web.json(f"{self.root}/search/", params))
            items = listed_objects(answer, "items")
            total = number(answer.get("found")) or 0
            offset += ITEMS_PER_PAGE
            cursor = {"offset": offset} if items and offset < total else None
            found = [_found(item) for item in items if _has_picture(item)]
            yield whole(found, cursor, total if is_first else None)
            is_first = False
            if cursor is None:
                return

    def record(self, web: Web, source_id: str) -> list[FoundArtwork]:
        """The item of an object number; the interface says that a work is gone by finding none."""
        answer = json_object(web.json(f"{self.root}/", {"object_number": source_id, "lang": "en"}))
        items = [item for item in listed_objects(answer, "items") if text(item, "object_number") == source_id]
        if not items and number(answer.get("found")) == 0:
            raise ItemError(ErrorKind.HTTP_404, f"the interface finds no '{source_id}'")
        return [_found(item) for item in items]

    def _filters(self) -> str:
        name = OBJECT_NAMES.get(self.kinds.names or frozenset())
        return "[has_image:true],[public_domain:true]" + (f",[object_names:{name}]" if name else "")


def _has_picture(item: Document) -> bool:
    return bool(text(item, "object_number") and (text(item, "image_iiif_id") or text(item, "image_native")))


def _found(item: Document) -> FoundArtwork:
    object_number = text(item, "object_number") or ""
    title, artist = _parts(item, "titles", "title"), _parts(item, "production", "creator")
    page_url = PAGE + object_number
    license_, signals = _license(item, page_url)
    return FoundArtwork(
        source_id=object_number,
        page_url=page_url,
        candidates=_candidates(item),
        title=title,
        artist=artist,
        date=_parts(item, "production_date", "period"),
        kind=kind_of(_parts(item, "object_names", "name"), text(item, "techniques")),
        attribution=credit(title, artist, license_.spdx, "SMK, National Gallery of Denmark"),
        license=license_,
        tags=texts_in(item, "content_subject"),
        signals=signals,
    )


def _license(item: Document, where: str) -> tuple[License, list[Signal]]:
    """What `rights` states, unless the record denies that the work is in the public domain."""
    if item.get("public_domain") is False:
        return License(None), [states_no_license("public_domain: false", where)]
    license_ = read_license(url=text(item, "rights"))
    return license_, [] if license_.spdx else [license_unread("no rights in the record", where)]


def _candidates(item: Document) -> list[PictureAddress]:
    """2048 px by IIIF, then the museum's own file, which may be very large."""
    iiif, native = text(item, "image_iiif_id"), text(item, "image_native")
    sizes = number(item.get("image_width")), number(item.get("image_height"))
    scaled = [PictureAddress(iiif.rstrip("/") + SIZE)] if iiif else []
    return scaled + ([PictureAddress(native, *sizes)] if native else [])


def _parts(item: Document, name: str, part: str) -> str | None:
    """The texts of a list whose entries are texts, or objects that hold one under the name `part`."""
    value = item.get(name)
    entries = value if isinstance(value, list) else [value]
    return as_text([text(entry, part) if isinstance(entry, dict) else as_text(entry) for entry in entries])
