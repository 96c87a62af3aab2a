"""What is made of the records of the Cleveland Museum of Art."""

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
