"""The Rijksmuseum, Amsterdam: a search that names objects, one linked-data document for each, pictures by IIIF.

https://data.rijksmuseum.nl/docs: no key, and no published limits. The search knows fields only, and refuses others.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from aahq_builder.records import Json
from aahq_builder.rights.licenses import read_license
from aahq_builder.sources.base import (
    ListedWork,
    ListingPage,
    RecordKind,
    SourceFacts,
    Web,
    in_its_words,
    until_fruitless,
)
from aahq_builder.sources.fields import Document, as_text, fields_of, json_object, listed_objects, number, text
from aahq_builder.sources.found import FoundArtwork, PictureAddress, credit, license_unread
from aahq_builder.sources.kinds import ANY_KIND, KINDS, Kinds, kind_of
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://data.rijksmuseum.nl"
SEARCH = "/search/collection"
RECORD = RecordKind("license")
PROFILE = {"_profile": "edm-framed", "_media_type": "application/ld+json"}
SIZE = "/full/!2048,2048/0/default.jpg"
IIIF_PICTURE = re.compile(r"/full/[^/]+/[^/]+/[^/]+$")
"""What follows the picture's own part of an address: region, size, rotation, format."""
LANGUAGES = ("en", "nl")
_LABEL = ("prefLabel", "http://www.w3.org/2004/02/skos/core#prefLabel")
_ID = re.compile(r"/([A-Za-z0-9_-]+)$")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")


class Rijksmuseum:
    """Works with a picture whose title holds the query, portraits by default; one search for each kind of work."""

    name = "rijksmuseum"
    rate_policy = RatePolicy(rate=1.0, in_flight=1)
    facts = SourceFacts(
        holds="Rijksmuseum, Amsterdam: paintings, drawings, prints, photographs, sculpture",
        license="public domain mark, CC0 or CC BY, by record (`edmRights`)",
        known="2026-07",
        by_default=True,
    )

    def __init__(self, query: str | None = None, endpoint: str | None = None, kinds: Kinds = ANY_KIND) -> None:
        self.query = in_its_words(query, "portret")
        self.endpoint = (endpoint or ENDPOINT).rstrip("/")
        self.kinds = kinds

    def listing(self) -> str:
        """`rijksmuseum: portret`."""
        return f"rijksmuseum: {self.query}{self.kinds.in_words()}"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """One search after the other, each by its `next`: the cursor is the kind and the query that asks for a page."""
        place = cursor if isinstance(cursor, dict) else {}
        return until_fruitless(self._pages(web, str(place.get("type", "")), str(place.get("query", ""))))

    def _pages(self, web: Web, kind: str, query: str) -> Iterator[ListingPage]:
        kinds: list[str] = [each for each in KINDS if self.kinds.names and each in self.kinds.names] or [""]
        firsts = {each: self._search(web, self._params(each)) for each in kinds}
        total: int | None = sum(number(fields_of(page, "partOf").get("totalItems")) or 0 for page in firsts.values())
        left = kinds[kinds.index(kind) if kind in kinds else 0 :]
        while left:
            answer = self._search(web, dict(parse_qsl(query))) if query else firsts[left[0]]
            query = _query_of(text(fields_of(answer, "next"), "id"))
            left = left if query else left[1:]
            works = [_named(item) for item in listed_objects(answer, "orderedItems")]
            goes_on = {"type": left[0], "query": query} if left else None
            yield ListingPage([work for work in works if work], goes_on, total=total)
            total = None

    def _params(self, kind: str) -> dict[str, str]:
        return {"title": self.query, "imageAvailable": "true", **({"type": kind} if kind else {})}

    def _search(self, web: Web, params: dict[str, str]) -> Document:
        return json_object(web.json(self.endpoint + SEARCH, params))

    def record(self, web: Web, source_id: str) -> list[FoundArtwork]:
        """The object's document in the profile of Europeana, which holds all in one."""
        return [_found(json_object(web.json(f"{self.endpoint}/{source_id}", PROFILE)), source_id)]


def in_language(value: object) -> str | None:
    """The text of a value in English, else in Dutch, else in whatever there is.

    It may be a text, `{"@language": "nl", "@value": …}`, a map by language, a labelled thing, or a list of these.
    """
    said = _said(value)
    preferred = [[words for language, words in said if language == each] for each in LANGUAGES]
    return as_text(next((words for words in preferred if words), [words for _, words in said]))


def _said(value: object, language: str = "") -> list[tuple[str, str]]:
    """Every text of a value, with its language where that is known."""
    if isinstance(value, list):
        return [pair for each in value for pair in _said(each, language)]
    if not isinstance(value, dict):
        words = as_text(value)
        return [(language, words)] if words else []
    if "@value" in value:
        return _said(value["@value"], str(value.get("@language") or language))
    if label := next((value[name] for name in _LABEL if name in value), None):
        return _said(label, language)
    by_language = {name: each for name, each in value.items() if _LANGUAGE.fullmatch(name) and name != "id"}
    return [pair for name, each in by_language.items() for pair in _said(each, name)]


def _makers(value: object) -> str | None:
    """All makers, each in one language; a list of language objects is one maker's name."""
    entries = value if isinstance(value, list) else [value]
    names = [entry for entry in entries if isinstance(entry, dict) and "@value" in entry]
    return as_text([in_language(names), *(in_language(entry) for entry in entries if entry not in names)])


def _named(item: Document) -> ListedWork | None:
    """A work that the search names by its address, whose last part is its id."""
    found = _ID.search(text(item, "id") or "")
    return ListedWork(FoundArtwork(source_id=found[1]), RECORD) if found else None


def _found(record: Document, source_id: str) -> FoundArtwork:
    work = fields_of(record, "aggregatedCHO")
    title, artist = in_language(work.get("title")), _makers(work.get("creator"))
    page_url = _address(record.get("isShownAt")) or f"https://id.rijksmuseum.nl/{source_id}"
    license_ = read_license(url=_address(record.get("edmRights")))
    picture = _address(record.get("isShownBy"))
    return FoundArtwork(
        source_id=source_id,
        page_url=page_url,
        candidates=[PictureAddress(IIIF_PICTURE.sub("", picture).rstrip("/") + SIZE)] if picture else [],
        title=title,
        artist=artist,
        date=in_language(work.get("created")),
        kind=kind_of(in_language(work.get("dcType")), in_language(work.get("medium"))),
        attribution=credit(title, artist, license_.spdx, "Rijksmuseum"),
        license=license_,
        signals=[] if license_.spdx else [license_unread("no edmRights", page_url)],
    )


def _address(value: object) -> str | None:
    """An address that is given as it is, as a thing's id, or as the first of a list of these."""
    if isinstance(value, list):
        return next(filter(None, map(_address, value)), None)
    if isinstance(value, dict):
        return _address(value.get("id", value.get("@id")))
    return as_text(value)


def _query_of(address: str | None) -> str:
    try:
        return urlsplit(address or "").query
    except ValueError:
        return ""
