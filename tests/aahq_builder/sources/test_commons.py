"""What is made of the answers of the Commons API."""

from aahq_builder.sources.commons import _found as commons_found


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
