"""What is made of the answers of the Commons API."""

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.sources.commons import Commons
from aahq_builder.sources.commons import _found as commons_found
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
        "thumbwidth": 2048, "thumbheight": 2048, "extmetadata": facts, "descriptionurl": "https://c/wiki/File:A.jpg",
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
