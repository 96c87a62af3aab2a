"""What is made of the records of the Cleveland Museum of Art."""

import pytest

from aahq_builder.sources.cleveland import _found as cleveland_found
from aahq_builder.sources.found import PictureAddress


def test_cleveland_takes_the_print_size_and_only_what_it_calls_cc0() -> None:
    images = {
        "web": {"url": "w", "width": "893", "height": "600"},
        "print": {"url": "p", "width": "3400", "height": "2000"},
    }
    record = {"id": 1, "share_license_status": "CC0", "images": {**images, "full": {"url": "f.tif"}}, "creators": None}
    found = cleveland_found(record)
    assert found.candidates == [PictureAddress("p", 3400, 2000), PictureAddress("w", 893, 600)]
    assert found.license.spdx == "CC0-1.0"
    assert cleveland_found({**record, "share_license_status": "Copyrighted"}).license.spdx == "LicenseRef-Copyrighted"


def test_a_record_without_its_status_says_nothing_about_rights() -> None:
    record = {"id": 1, "images": {"web": {"url": "w"}}}
    for status in (None, "", {"odd": 1}):
        found = cleveland_found({**record, "share_license_status": status})
        assert [(signal.signal, signal.finding) for signal in found.signals] == [("license", "unread")]
    assert list(cleveland_found({**record, "share_license_status": "CC0"}).signals) == []


RECORD = {"id": 1, "share_license_status": "CC0", "images": {"web": {"url": "w"}}}


@pytest.mark.parametrize(
    ("creators", "artist"),
    [
        ([{"description": "Jane Doe (French, 1859-1891)"}, {"description": "John Roe (Dutch, 1853-1890)"}],
         "Jane Doe; John Roe"),
        ([{"description": ""}], None),
        ([{"description": None}, {"role": "artist"}, "odd"], None),
        ([{"description": "Jane Doe"}, {"description": "Jane Doe"}], "Jane Doe"),
        (None, None),
    ],
)  # fmt: skip
def test_several_makers_are_several_names_and_the_anonymous_have_none(creators: object, artist: str | None) -> None:
    assert cleveland_found({**RECORD, "creators": creators}).artist == artist


def test_a_tiff_is_never_taken_and_other_views_are_no_works() -> None:
    sizes = {name: {"url": f"http://c/1_{name}.TIF?x=1"} for name in ("web", "print", "full")}
    assert cleveland_found({**RECORD, "images": sizes}).candidates == []
    sizes["web"]["url"] = "http://c/1_web.jpg"
    found = cleveland_found({**RECORD, "images": sizes, "alternate_images": [{"web": {"url": "http://c/back.jpg"}}]})
    assert found.candidates == [PictureAddress("http://c/1_web.jpg")]


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"type": "Painting", "technique": "oil on canvas"}, "painting"),
        ({"type": "Photograph", "technique": "albumen print"}, "photograph"),
        ({"technique": "etching"}, "print"),
        ({}, None),
    ],
)
def test_the_kind_is_read_from_type_and_technique(facts: dict[str, str], kind: str | None) -> None:
    assert cleveland_found({**RECORD, **facts}).kind == kind
