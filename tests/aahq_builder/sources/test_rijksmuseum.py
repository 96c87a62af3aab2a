"""What is made of the Rijksmuseum's search and its documents."""

from typing import Any

import pytest

from aahq_builder.errors import ItemError
from aahq_builder.sources.kinds import read_kinds
from aahq_builder.sources.rijksmuseum import Rijksmuseum, in_language
from aahq_builder.testserver.shapes.rijksmuseum import written
from tests.aahq_builder.sources.answers import Answers

WHERE = "http://rijks.example"
SEARCH = f"{WHERE}/search/collection"
LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
DOCUMENT: dict[str, Any] = {
    "aggregatedCHO": {
        "title": {"nl": "Zelfportret", "en": "Self-portrait"},
        "creator": [{LABEL: [{"@language": "nl", "@value": "Rembrandt"}]}, {"prefLabel": "Ann"}],
        "created": [{"@language": "nl", "@value": "1628"}],
        "medium": [{"@language": "nl", "@value": "paneel"}],
        "dcType": [{"@language": "nl", "@value": "schilderij"}],
    },
    "edmRights": "http://creativecommons.org/publicdomain/mark/1.0/",
    "isShownAt": {"id": "https://www.rijksmuseum.nl/en/collection/SK-A-1"},
    "isShownBy": {"id": "https://iiif.micr.io/abc/full/max/0/default.jpg"},
}


def read(**changes: object) -> Any:
    (found,) = Rijksmuseum(None, WHERE).record(Answers({f"{WHERE}/200": {**DOCUMENT, **changes}}), "200")
    return found


@pytest.mark.parametrize("form", range(4))
def test_a_value_may_be_written_in_four_forms(form: int) -> None:
    assert in_language(written("A lady", form)) == "A lady"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"nl": "Dame"}, "Dame"),
        ({"fr": ["Une dame", "assise"]}, "Une dame; assise"),
        ([{"@value": "A lady"}, {"@value": "seated"}], "A lady; seated"),
        ([{"@language": "nl", "@value": "Dame"}, {"@language": "en", "@value": ["Lady"]}], "Lady"),
        (["A lady", 1889], "A lady; 1889"),
        ({"id": "http://thing.example", "prefLabel": {"en": "painting"}}, "painting"),
        ({"id": "http://thing.example", "type": "Concept"}, None),
        (None, None),
        ([], None),
        ({"@language": "en"}, None),
    ],
)
def test_english_comes_before_dutch_and_dutch_before_the_rest(value: object, words: str | None) -> None:
    assert in_language(value) == words


def test_a_document_with_all_its_fields() -> None:
    found = read()
    assert (found.title, found.artist, found.date) == ("Self-portrait", "Rembrandt; Ann", "1628")
    assert (found.kind, found.license.spdx) == ("painting", "LicenseRef-PDM")
    assert found.page_url == "https://www.rijksmuseum.nl/en/collection/SK-A-1"
    assert [each.url for each in found.candidates] == ["https://iiif.micr.io/abc/full/!2048,2048/0/default.jpg"]


@pytest.mark.parametrize(
    ("rights", "spdx"),
    [
        ({"id": "http://creativecommons.org/publicdomain/zero/1.0/"}, "CC0-1.0"),
        (["https://creativecommons.org/licenses/by/4.0/"], "CC-BY-4.0"),
        ("http://rightsstatements.org/vocab/InC/1.0/", "LicenseRef-rightsstatements.org-inc"),
        (None, None),
        ({}, None),
    ],
)
def test_the_licence_is_what_the_document_states(rights: object, spdx: str | None) -> None:
    found = read(edmRights=rights)
    assert found.license.spdx == spdx
    assert [signal.finding for signal in found.signals] == ([] if spdx else ["unread"])


def test_a_picture_may_be_named_by_the_image_servers_own_address() -> None:
    for stated in ({"@id": "https://iiif.micr.io/abc/"}, ["https://iiif.micr.io/abc"]):
        found = read(isShownBy=stated)
        assert [each.url for each in found.candidates] == ["https://iiif.micr.io/abc/full/!2048,2048/0/default.jpg"]
    assert read(isShownBy=None).candidates == []


class Search(Answers):
    """Two pages of paintings and one of drawings; a further kind is unknown."""

    def json(self, url: str, params: Any = None, **_: object) -> object:
        self.asked.append(f"{params.get('type')} {params.get('pageToken', '')}".strip())
        number = {"painting": 1, "painting b": 2, "drawing": 3}[self.asked[-1]]
        page: dict[str, Any] = {"orderedItems": [{"id": f"https://id.rijksmuseum.nl/{number}"}, {"id": "no address"}]}
        if number == 1:
            page["next"] = {"id": "https://elsewhere.example/?type=painting&title=portret&pageToken=b"}
        return {**page, "partOf": {"totalItems": 150 if number < 3 else 7}}


def test_one_search_follows_the_other_by_next_and_their_totals_add_up() -> None:
    web, source = Search(), Rijksmuseum(None, WHERE, read_kinds("drawing,painting"))
    pages = list(source.ids(web, None))
    assert [[listed.work.source_id for listed in page.works] for page in pages] == [["1"], ["2"], ["3"]]
    assert [page.total for page in pages] == [157, None, None]
    assert web.asked == ["painting", "drawing", "painting b"]
    again = list(source.ids(Search(), pages[0].cursor))
    assert [[listed.work.source_id for listed in page.works] for page in again] == [["2"], ["3"]]
    assert [page.cursor for page in again] == [page.cursor for page in pages[1:]]


def test_an_answer_without_works_is_no_empty_listing() -> None:
    with pytest.raises(ItemError, match="orderedItems"):
        list(Rijksmuseum(None, WHERE).ids(Answers({SEARCH: {"detail": "unknown parameter"}}), None))


def test_the_search_speaks_dutch() -> None:
    assert [Rijksmuseum(each).query for each in (None, "Portrait", "vrouw")] == ["portret", "portret", "vrouw"]
