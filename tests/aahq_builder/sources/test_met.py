"""The Met: one search names all objects, each record is asked for by itself."""

import pytest

from aahq_builder.errors import ErrorKind, ItemError
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
