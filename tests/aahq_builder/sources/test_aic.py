"""The Art Institute of Chicago: hits are whole records."""

import pytest

from aahq_builder.errors import ItemError
from aahq_builder.sources.aic import HITS_PER_PAGE, Aic
from tests.aahq_builder.sources.answers import Answers

API = "http://aic.example/api/v1/artworks"
HIT = {"id": 7, "image_id": "ab-cd", "title": "T", "artist_title": "Ann", "is_public_domain": True}


def aic() -> Aic:
    return Aic(None, "http://aic.example")


def test_hits_come_whole_page_by_page_and_those_without_a_picture_not_at_all() -> None:
    answer = {"data": [HIT, {**HIT, "id": 8, "image_id": None}, "odd"], "pagination": {"total_pages": 3}}
    web = Answers({f"{API}/search": answer})
    pages = list(aic().ids(web, {"page": 2}))
    assert [[listed.work.source_id for listed in page.works] for page in pages] == [["7"], ["7"]]
    assert [page.cursor for page in pages] == [{"page": 3}, None]
    assert all(listed.record is None for page in pages for listed in page.works)


def test_no_more_is_asked_for_than_the_interface_gives() -> None:
    web = Answers({f"{API}/search": {"data": [HIT], "pagination": {"total_pages": 10**9}}})
    assert len(list(aic().ids(web, None))) == 10_000 // HITS_PER_PAGE


@pytest.mark.parametrize(
    ("stated", "spdx", "findings"),
    [(True, "CC0-1.0", []), (False, None, ["silent"]), (None, None, ["unread"]), ("true", None, ["unread"])],
)
def test_only_a_plain_yes_or_no_is_a_statement(stated: object, spdx: str | None, findings: list[str]) -> None:
    (found,) = aic().record(Answers({f"{API}/7": {"data": {**HIT, "is_public_domain": stated}}}), "7")
    assert found.license.spdx == spdx
    assert [signal.finding for signal in found.signals] == findings


@pytest.mark.parametrize("answer", [{"data": None}, {"status": 500, "error": "x"}, [], None])
def test_an_error_with_status_200_is_neither_a_record_nor_an_empty_listing(answer: object) -> None:
    with pytest.raises(ItemError):
        aic().record(Answers({f"{API}/7": answer}), "7")
    with pytest.raises(ItemError):
        list(aic().ids(Answers({f"{API}/search": answer}), None))
