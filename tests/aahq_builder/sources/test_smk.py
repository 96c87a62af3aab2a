"""What is made of SMK's search and its items."""

from typing import Any

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.sources.found import PictureAddress
from aahq_builder.sources.kinds import read_kinds
from aahq_builder.sources.smk import Smk
from tests.aahq_builder.sources.answers import Answers

WHERE = "http://smk.example"
RECORD = f"{WHERE}/api/v1/art/"
MARK = "https://creativecommons.org/publicdomain/mark/1.0/"
ITEM: dict[str, Any] = {
    "object_number": "KMS1",
    "titles": [{"title": "Portræt"}, {"title": "Portrait"}],
    "production": [{"creator": "Hammershøi, Vilhelm (1864-1916)"}],
    "production_date": [{"start": "1884-01-01", "period": "1884"}],
    "object_names": [{"name": "maleri"}],
    "techniques": ["Olie på lærred"],
    "rights": MARK,
    "public_domain": True,
    "image_iiif_id": f"{WHERE}/iiif/jp2/1",
    "image_native": f"{WHERE}/1.jpg",
    "image_width": "5000",
    "image_height": 4000,
}


def read(**changes: object) -> Any:
    item = {name: value for name, value in {**ITEM, **changes}.items() if value != "absent"}
    (found,) = Smk(None, WHERE).record(Answers({RECORD: {"found": 1, "items": [item]}}), "KMS1")
    return found


def test_an_item_with_all_its_fields() -> None:
    found = read()
    assert (found.source_id, found.title, found.date) == ("KMS1", "Portræt; Portrait", "1884")
    assert (found.artist, found.kind) == ("Hammershøi, Vilhelm (1864-1916)", "painting")
    assert found.page_url == "https://open.smk.dk/en/artwork/image/KMS1"
    assert found.candidates == [
        PictureAddress(f"{WHERE}/iiif/jp2/1/full/!2048,/0/default.jpg"),
        PictureAddress(f"{WHERE}/1.jpg", 5000, 4000),
    ]
    assert (found.license.spdx, found.license.url, list(found.signals)) == ("LicenseRef-PDM", MARK, [])


@pytest.mark.parametrize(
    ("rights", "spdx"),
    [
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("https://www.smk.dk/en/article/copyright/", "LicenseRef-https-www.smk.dk-en-article-copyright"),
        (None, None),
        ({"odd": MARK}, None),
    ],
)
def test_the_licence_is_the_address_in_rights_and_is_never_assumed(rights: object, spdx: str | None) -> None:
    found = read(rights=rights)
    assert found.license.spdx == spdx
    assert [signal.finding for signal in found.signals] == ([] if spdx else ["unread"])


def test_a_work_that_is_not_in_the_public_domain_states_it_whatever_its_address() -> None:
    found = read(public_domain=False)
    assert found.license.spdx is None
    assert [(signal.signal, signal.finding, signal.value) for signal in found.signals] == [
        ("license", "silent", "public_domain: false")
    ]


@pytest.mark.parametrize("value", ["absent", None, [], [None], {}, 7, [{"odd": 1}]])
@pytest.mark.parametrize("name", ["titles", "production", "production_date", "techniques", "object_names"])
def test_fields_that_are_missing_or_odd_cost_no_more_than_themselves(name: str, value: object) -> None:
    found = read(**{name: value})
    assert found.candidates
    assert found.license.spdx == "LicenseRef-PDM"
    assert all(isinstance(text, str | None) for text in (found.title, found.artist, found.date, found.kind))


def test_titles_and_makers_may_be_plain_texts() -> None:
    found = read(titles="A title", production=["Ann", {"creator": "Bob"}])
    assert (found.title, found.artist) == ("A title", "Ann; Bob")


def test_a_picture_without_iiif_is_taken_as_it_is() -> None:
    assert [each.url for each in read(image_iiif_id=None).candidates] == [f"{WHERE}/1.jpg"]


def test_a_work_that_is_not_found_is_gone_and_a_broken_answer_says_nothing() -> None:
    with pytest.raises(ItemError) as caught:
        Smk(None, WHERE).record(Answers({RECORD: {"found": 0, "items": []}}), "KMS1")
    assert caught.value.kind is ErrorKind.HTTP_404
    with pytest.raises(ItemError) as caught:
        Smk(None, WHERE).record(Answers({RECORD: {"message": "maintenance"}}), "KMS1")
    assert caught.value.kind is ErrorKind.DECODE


def test_the_search_speaks_danish_and_filters_by_a_single_kind() -> None:
    assert (Smk().query, Smk("portrait").query, Smk("kvinde").query) == ("portræt", "portræt", "kvinde")
    assert Smk(kinds=read_kinds("drawing"))._filters().endswith(",[object_names:tegning]")
    assert "object_names" not in Smk(kinds=read_kinds("painting,drawing"))._filters()


def test_pages_follow_by_offset_and_the_first_tells_how_many_there_are() -> None:
    search = f"{WHERE}/api/v1/art/search/"
    web = Answers({search: {"found": 250, "items": [ITEM, {"no": "number"}]}})
    pages = list(Smk(None, WHERE).ids(web, {"offset": 100}))
    assert [(page.cursor, page.total) for page in pages] == [({"offset": 200}, 250), (None, None)]
    assert [len(page.works) for page in pages] == [1, 1]
