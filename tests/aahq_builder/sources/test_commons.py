"""What is made of the answers of the Commons API."""

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.sources.commons import THUMBNAIL_STEPS, Commons
from aahq_builder.sources.commons import _found as commons_found
from aahq_builder.sources.found import PictureAddress, to_artwork
from tests.aahq_builder.sources.answers import Answers

API = "http://commons.example/w/api.php"
INFO = {"mediatype": "BITMAP", "url": "https://u/o.jpg", "extmetadata": {"LicenseShortName": {"value": "CC0"}}}
FILE = {"title": "File:A.jpg", "imageinfo": [INFO]}


def commons() -> Commons:
    return Commons(None, "http://commons.example")


def test_a_commons_file_page_becomes_plain_text_and_an_spdx_id() -> None:
    facts = {
        "LicenseShortName": {"value": "CC BY-SA 4.0"},
        "LicenseUrl": {"value": "https://creativecommons.org/licenses/by-sa/4.0"},
        "Artist": {"value": '<a href="//x">Jane <b>Doe</b></a>'},
        "ObjectName": {"value": "A &amp; B"},
    }
    info = {
        "mediatype": "BITMAP", "url": "https://u/o.jpg", "width": 9000, "height": 9000, "thumburl": "https://u/t.jpg",
        "thumbwidth": 1920, "thumbheight": 2048, "extmetadata": facts, "descriptionurl": "https://c/wiki/File:A.jpg",
    }  # fmt: skip
    found = commons_found({"title": "File:A.jpg", "imageinfo": [info]})
    assert found is not None
    assert (found.artist, found.title, found.license.spdx) == ("Jane Doe", "A & B", "CC-BY-SA-4.0")
    assert [candidate.url for candidate in found.candidates] == ["https://u/t.jpg", "https://u/o.jpg"]
    assert commons_found({"title": "File:A.ogg", "imageinfo": [{**info, "mediatype": "AUDIO"}]}) is None


@pytest.mark.parametrize("pages", [{"7": FILE}, [FILE]])
def test_files_are_listed_whole_in_both_formats_of_the_interface(pages: object) -> None:
    (page,) = commons().ids(Answers({API: {"query": {"pages": pages}, "batchcomplete": ""}}), None)
    assert [(listed.work.source_id, listed.record) for listed in page.works] == [("File:A.jpg", None)]
    assert page.cursor is None


def test_a_missing_file_is_gone_and_an_error_is_none() -> None:
    gone = Answers({API: {"query": {"pages": {"-1": {"title": "File:A.jpg", "missing": ""}}}}})
    with pytest.raises(ItemError) as caught:
        commons().record(gone, "File:A.jpg")
    assert caught.value.kind is ErrorKind.HTTP_404
    for answer in ({"error": {"code": "readonly"}}, {"error": "down"}, {}, {"warnings": {}}):
        with pytest.raises(ItemError) as caught:
            commons().record(Answers({API: answer}), "File:A.jpg")
        assert caught.value.kind in (ErrorKind.HTTP_5XX, ErrorKind.DECODE)


def test_an_empty_category_is_no_error() -> None:
    (page,) = commons().ids(Answers({API: {"batchcomplete": ""}}), None)
    assert (list(page.works), page.cursor) == ([], None)


@pytest.mark.parametrize(
    ("facts", "spdx"),
    [
        ({"LicenseShortName": "CC BY 4.0"}, "CC-BY-4.0"),
        ({"LicenseShortName": "Attribution", "License": "cc-by-4.0"}, "CC-BY-4.0"),
        ({"LicenseShortName": "All rights reserved", "License": "cc-by-4.0"}, "LicenseRef-All-rights-reserved"),
        ({"LicenseShortName": "GFDL", "License": "gfdl"}, "LicenseRef-GFDL"),
        ({}, None),
    ],
)
def test_the_short_name_the_address_and_the_code_are_one_statement(facts: dict[str, str], spdx: str | None) -> None:
    metadata = {name: {"value": value} for name, value in facts.items()}
    found = commons_found({**FILE, "imageinfo": [{**INFO, "extmetadata": metadata}]})
    assert found is not None
    assert found.license.spdx == spdx
    assert [signal.finding for signal in found.signals] == ([] if spdx else ["unread"])


LARGE = {**INFO, "width": 6000, "height": 3000, "thumbwidth": 1920, "thumbheight": 960}
THUMB = "https://thumb.wikimedia.org/wikipedia/commons/thumb/a/ab/A.jpg"


@pytest.mark.parametrize(
    ("thumburl", "size"),
    [
        (f"{THUMB}/1920px-A.jpg?utm_source=api", (1920, 960)),
        (f"{THUMB}/3840px-A.jpg", (3840, 1920)),  # the nearest larger step, though `thumbwidth` says what was asked
        (f"{THUMB}/page1-1280px-A.pdf.jpg", (1280, 640)),
        (f"{THUMB}/2048px-A.jpg", None),  # no step: it would be refused
        (None, None),
    ],
)
def test_a_thumbnail_has_the_width_that_its_address_names(thumburl: str | None, size: tuple[int, int] | None) -> None:
    found = commons_found({**FILE, "imageinfo": [{**LARGE, "thumburl": thumburl}]})
    assert found is not None
    original = PictureAddress("https://u/o.jpg", 6000, 3000)
    smaller = [PictureAddress(str(thumburl), *size)] if size else []
    assert list(found.candidates) == [*smaller, original]
    assert "utm_" not in found.candidates[0].url


def test_a_file_that_is_no_larger_than_the_step_comes_as_it_is() -> None:
    info = {**INFO, "width": 1920, "height": 2400, "thumburl": f"{THUMB}/1920px-A.jpg"}
    found = commons_found({**FILE, "imageinfo": [info]})
    assert found is not None
    assert list(found.candidates) == [PictureAddress("https://u/o.jpg", 1920, 2400)]


def test_thumbnails_are_asked_for_at_a_step_and_for_no_more_files_than_the_interface_makes_them() -> None:
    for source in (commons(), Commons("portrait", "http://commons.example")):
        params = source._params()
        assert params["iiurlwidth"] in THUMBNAIL_STEPS
        assert [value for name, value in params.items() if name.endswith("limit")] == [50]


def test_pictures_of_the_thumbnail_host_wait_for_that_host() -> None:
    found = commons_found({**FILE, "imageinfo": [{**LARGE, "thumburl": f"{THUMB}/1920px-A.jpg"}]})
    assert found is not None
    assert to_artwork("commons", found, "open").host == "thumb.wikimedia.org:443"


def test_an_error_may_come_in_a_list_too() -> None:
    with pytest.raises(ItemError, match="toomanyvalues"):
        commons().record(Answers({API: {"errors": [{"code": "toomanyvalues"}]}}), "File:A.jpg")


def test_the_kind_is_hinted_at_by_categories() -> None:
    metadata = {**INFO["extmetadata"], "Categories": {"value": "Oil paintings of men|1889"}}  # type: ignore[dict-item]
    found = commons_found({**FILE, "imageinfo": [{**INFO, "extmetadata": metadata}]})
    assert found is not None
    assert found.kind == "painting"
