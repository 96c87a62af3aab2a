"""The Met: one search names all objects, each record is asked for by itself."""

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.sources.kinds import read_kinds
from aahq_builder.sources.met import Met
from tests.aahq_builder.sources.answers import Answers

API = "http://met.example/public/collection/v1"
SEARCH, OBJECT = f"{API}/search", f"{API}/objects/7"


def met() -> Met:
    return Met(None, "http://met.example")


def test_the_listing_names_objects_in_the_order_of_their_ids_and_reads_none() -> None:
    web = Answers({SEARCH: {"objectIDs": [40, *range(1, 40), 7]}})
    pages = list(met().ids(web, None))
    assert [listed.work.source_id for page in pages for listed in page.works] == [str(each) for each in range(1, 41)]
    assert [page.cursor for page in pages] == [{"last_id": 32}, None]
    assert web.asked == [SEARCH]


def test_a_search_goes_on_behind_the_last_object_that_was_read() -> None:
    web = Answers({SEARCH: {"objectIDs": [1, 2, 5, 9]}})
    assert [listed.work.source_id for page in met().ids(web, {"last_id": 2}) for listed in page.works] == ["5", "9"]


def test_an_answer_without_a_list_is_no_empty_listing() -> None:
    with pytest.raises(ItemError, match="objectIDs"):
        list(met().ids(Answers({SEARCH: {"message": "maintenance"}}), None))
    assert [list(page.works) for page in met().ids(Answers({SEARCH: {"objectIDs": None}}), None)] == [[]]


def test_fields_of_odd_types_cost_no_more_than_themselves() -> None:
    record = {
        "isPublicDomain": True, "primaryImage": "http://p/1.jpg", "primaryImageSmall": ["odd"], "title": 1889,
        "artistDisplayName": ["Ann", "Bob"], "objectDate": {"from": 1}, "tags": [{"term": "Men"}, "odd", None],
    }  # fmt: skip
    (found,) = met().record(Answers({OBJECT: record}), "7")
    assert (found.title, found.artist, found.date, found.page_url) == ("1889", "Ann; Bob", None, None)
    assert list(found.tags) == ["Men"]
    assert found.candidates[0].url == "http://p/1.jpg"


@pytest.mark.parametrize("record", [None, [], "Not a valid object"])
def test_a_record_that_is_no_object_is_unreadable(record: object) -> None:
    with pytest.raises(ItemError) as caught:
        met().record(Answers({OBJECT: record}), "7")
    assert caught.value.kind is ErrorKind.DECODE


def test_only_the_word_true_makes_a_work_cc0() -> None:
    for stated, spdx in ((True, "CC0-1.0"), ("true", None), (1, None), (False, None)):
        (found,) = met().record(Answers({OBJECT: {"isPublicDomain": stated, "primaryImage": "http://p/1.jpg"}}), "7")
        assert found.license.spdx == spdx


def words(kinds: str) -> list[tuple[str, object]]:
    """The query of a search for these kinds, in its order."""
    return list(Met("portrait", "http://met.example", read_kinds(kinds))._params().items())


def test_the_search_says_q_first_since_filters_before_it_do_not_count() -> None:
    assert words("any") == [("q", "portrait"), ("hasImages", "true")]
    assert words("painting")[0] == ("q", "portrait")
    assert words("painting")[-1] == ("medium", "Paintings")
    assert words("print,drawing,painting")[-1] == ("medium", "Paintings|Drawings|Prints")


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"classification": "Paintings", "objectName": "Painting, miniature"}, "painting"),
        ({"classification": "", "objectName": "Painting"}, "painting"),
        ({"classification": "", "objectName": "", "medium": "Albumen silver print"}, "photograph"),
        (
            {"classification": "Photographs", "objectName": "Carte-de-visite", "medium": "Albumen silver print"},
            "photograph",
        ),
        ({"classification": "Coins"}, "other"),
        ({}, None),
    ],
)
def test_the_kind_is_read_from_classification_or_where_it_is_empty_from_the_next(
    facts: dict[str, str], kind: str | None
) -> None:
    (found,) = met().record(Answers({OBJECT: {"isPublicDomain": True, "primaryImage": "http://p/1.jpg", **facts}}), "7")
    assert found.kind == kind


@pytest.mark.parametrize("empty", ["", None])
def test_the_record_decides_whether_there_is_a_picture(empty: str | None) -> None:
    record = {"isPublicDomain": True, "primaryImage": empty, "primaryImageSmall": empty}
    assert met().record(Answers({OBJECT: {**record, "additionalImages": ["http://p/back.jpg"]}}), "7") == []


def test_other_views_are_no_works() -> None:
    record = {"isPublicDomain": True, "primaryImage": "http://p/1.jpg", "additionalImages": ["http://p/back.jpg"]}
    (found,) = met().record(Answers({OBJECT: record}), "7")
    assert [candidate.url for candidate in found.candidates] == ["http://p/1.jpg"]
