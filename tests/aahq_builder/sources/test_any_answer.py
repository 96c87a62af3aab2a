"""Whatever a site sends, a source gives artworks or an `ItemError`, and nothing that a row cannot hold."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aahq_builder.errors import ItemError
from aahq_builder.journal import to_sql
from aahq_builder.sources.aic import Aic
from aahq_builder.sources.artstation import ArtStation
from aahq_builder.sources.base import EndlessListingError, RecordSource
from aahq_builder.sources.cleveland import Cleveland
from aahq_builder.sources.commons import Commons
from aahq_builder.sources.found import FoundArtwork, listing_signals, to_artwork
from aahq_builder.sources.html import Html
from aahq_builder.sources.met import Met
from aahq_builder.sources.nga import IMAGE_COLUMNS, OBJECT_COLUMNS, TERM_COLUMNS, Nga
from aahq_builder.sources.rijksmuseum import Rijksmuseum
from aahq_builder.sources.smk import Smk
from tests.aahq_builder.sources.answers import Answers

WHERE = "http://site.example"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
EXTRA = {"LicenseShortName": {"value": "CC0"}, "Artist": {"value": "<b>Ann</b>"}, "Categories": {"value": "a|b"}}
INFO = {"mediatype": "BITMAP", "url": f"{WHERE}/o.png", "width": 9, "thumburl": f"{WHERE}/t.png", "extmetadata": EXTRA}
HIT = {"id": 1, "image_id": "x", "title": "T", "is_public_domain": True, "term_titles": ["a"]}
RECORD = {
    "id": 1,
    "share_license_status": "CC0",
    "creators": [{"description": "Ann"}],
    "images": {"web": {"url": f"{WHERE}/1.png", "width": "9"}},
}
CARD = {"hash_id": "1", "id": 7, "uri": "portraits", "user": {"full_name": "Ann"}}
ASSET = {"id": 1, "has_image": True, "image_url": f"{WHERE}/large/1.png", "width": 9, "height": 9}
ITEM = {
    "object_number": "KMS1",
    "titles": [{"title": "T"}],
    "production": [{"creator": "Ann"}],
    "production_date": [{"period": "1889"}],
    "object_names": [{"name": "maleri"}],
    "rights": "https://creativecommons.org/publicdomain/mark/1.0/",
    "image_iiif_id": f"{WHERE}/iiif/1",
    "image_width": 9,
}
DESCRIBED = {
    "title": {"en": ["T"], "nl": "T"},
    "creator": [{"prefLabel": [{"@language": "en", "@value": "Ann"}]}],
    "created": {"@language": "nl", "@value": "1889"},
    "dcType": [{"@value": "painting"}],
}
SOURCES: dict[str, tuple[RecordSource, dict[str, Any]]] = {
    "met": (
        Met(None, WHERE),
        {"objectIDs": [1], "isPublicDomain": True, "primaryImage": "p", "title": "T", "tags": [{"term": "a"}]},
    ),
    "aic": (
        Aic(None, WHERE),
        {"data": HIT, "config": {"iiif_url": WHERE}, "pagination": {"total_pages": 3}},
    ),
    "aic listing": (Aic(None, WHERE), {"data": [HIT], "pagination": {"total_pages": 3}}),
    "cleveland": (Cleveland(None, WHERE), {"data": RECORD, "info": {"total": 300}}),
    "cleveland listing": (Cleveland(None, WHERE), {"data": [RECORD], "info": {"total": 300}}),
    "commons": (
        Commons(None, WHERE),
        {"query": {"pages": {"1": {"title": "File:1", "imageinfo": [INFO]}}}, "continue": {"gcmcontinue": "x"}},
    ),
    "smk": (Smk(None, WHERE), {"items": [{**ITEM, "object_number": "1"}], "found": 300}),
    "rijksmuseum": (
        Rijksmuseum(None, WHERE),
        {
            "aggregatedCHO": DESCRIBED,
            "edmRights": {"id": "http://creativecommons.org/publicdomain/zero/1.0/"},
            "isShownAt": {"id": f"{WHERE}/page"},
            "isShownBy": [{"id": f"{WHERE}/iiif/full/max/0/default.jpg"}],
        },
    ),
    "rijksmuseum listing": (
        Rijksmuseum(None, WHERE),
        {
            "partOf": {"totalItems": 300},
            "orderedItems": [{"id": f"{WHERE}/1"}],
            "next": {"id": f"{WHERE}/search/collection?pageToken=x"},
        },
    ),
    "artstation": (
        ArtStation(lambda artist, page: True, None, WHERE),
        {"data": [CARD], "user": {"username": "ann"}, "assets": [ASSET], "tags": ["a"]},
    ),
}
NGA = f"{WHERE}/NationalGalleryOfArt/opendata/main/data"
PIECES = [
    "<figure>", "</figure>", '<img src="', '"', "srcset=", "<a class='artwork' href='", "'>", "<base href='//[",
    "http://", "<a rel=license href=", "%", "\x00", "<aside>", "x" * 5000, "<meta property='og:image' content='",
    "&#xD800;", "1w, ", "<picture><source srcset='", "data:image/png;base64,", " data-src='",
]  # fmt: skip


class Always(Answers):
    """One document for every address."""

    def json(self, url: str, params: Any = None, **_: object) -> object:
        return self.documents[""]

    def html(self, url: str) -> Any:
        return Answers(pages={url: self.pages.get("", "<p>")}).html(url)


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values within a document."""
    yield path
    names = document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    for name in names:
        yield from places(document[name], (*path, name))


def replaced(document: Any, path: tuple[Any, ...], value: object) -> Any:
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = replaced(document[path[0]], path[1:], value)
    return copy


def check(source: RecordSource, web: Any) -> None:
    found: list[FoundArtwork] = []
    with suppress(ItemError, EndlessListingError):
        found += [listed.work for page in islice(source.ids(web, None), 4) for listed in page.works]
    with suppress(ItemError):
        found += source.record(web, f"{WHERE}/1" if source.name == "html" else "1")
    for each in found:
        row = to_artwork(source.name, each, "open")
        for value in vars(row).values():
            stored = to_sql(value)
            assert stored is None or isinstance(stored, (int, float, bytes)) or stored.encode() is not None
        assert all(isinstance(text, str | None) for text in (each.source_id, each.title, each.artist, each.date))
        assert listing_signals(each, "here")


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_an_interface_may_send_any_value_in_any_place(name: str, data: st.DataObject) -> None:
    source, document = SOURCES[name]
    path = data.draw(st.sampled_from(list(places(document))))
    check(source, Always({"": replaced(document, path, data.draw(JSON))}))


CELLS = st.sampled_from(["1", "0", "primary", " 1 ", '"', "portrait", "9" * 30, "-1", "\r\n", "http://[", "\x00"])


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_table_may_hold_anything_in_any_cell(data: st.DataObject) -> None:
    files = {}
    names = {
        "published_images.csv": ("depictstmsobjectid", *IMAGE_COLUMNS),
        "objects.csv": ("objectid", *OBJECT_COLUMNS),
    }
    names["objects_terms.csv"] = ("objectid", *TERM_COLUMNS)
    for file, columns in names.items():
        lines = data.draw(st.lists(st.lists(CELLS | st.text(max_size=6), max_size=12).map(",".join), max_size=4))
        sound = {"objects.csv": "1,Portrait", "published_images.csv": "1,u,,primary,0,9,9,,1"}.get(file, "")
        files[f"{NGA}/{file}"] = "\n".join([",".join(columns), *lines, sound])
    check(Nga(None, WHERE), Answers(files))


@settings(max_examples=150, deadline=None)
@given(page=st.text(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_a_page_may_hold_anything(page: str) -> None:
    check(Html(f"{WHERE}/"), Always(pages={"": page}))
