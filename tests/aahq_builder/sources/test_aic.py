"""The Art Institute of Chicago: hits are whole records."""

from typing import Any

import pytest

from aahq_builder.errors import ItemError
from aahq_builder.sources.aic import HITS_PER_PAGE, Aic
from aahq_builder.web.rate import RatePolicy
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


def test_what_the_interface_keeps_back_is_said_once() -> None:
    pagination = {"total_pages": 120, "total": 12_000}
    pages = list(aic().ids(Answers({f"{API}/search": {"data": [HIT], "pagination": pagination}}), None))
    assert [page.remark for page in pages if page.remark] == [
        "aic: portrait: the interface gives 10,000 of 12,000 works; a narrower --query gives others"
    ]
    assert pages[0].remark
    assert [page.total for page in pages[:2]] == [10_000, None]


class Noting(Answers):
    """Answers that note by which header the source wants to be known."""

    def json(self, url: str, params: Any = None, *_: object, named_in: str = "", **more: object) -> object:
        assert named_in == "AIC-User-Agent"
        assert int((params or {}).get("limit", 1)) <= 100
        return super().json(url, params)


def test_every_request_says_who_asks_in_the_museums_own_header() -> None:
    answers = {f"{API}/search": {"data": [HIT], "pagination": {"total_pages": 2}}, f"{API}/7": {"data": HIT}}
    list(aic().ids(Noting(answers), None))
    aic().record(Noting(answers), "7")
    assert Aic.rate_policy == RatePolicy(rate=1.0, in_flight=1)  # 60 requests a minute


@pytest.mark.parametrize(
    ("facts", "artist"),
    [
        ({"artist_title": "Ann", "artist_display": "Ann Lee (French, 1859-1891)"}, "Ann"),
        ({"artist_title": None, "artist_display": "Georges Seurat (French, 1859-1891)"}, "Georges Seurat"),
        ({"artist_title": None, "artist_display": "Georges Seurat\nFrench, 1859-1891"}, "Georges Seurat"),
        ({"artist_title": None}, None),
    ],
)
def test_the_maker_is_named_without_nation_and_years(facts: dict[str, object], artist: str | None) -> None:
    (found,) = aic().record(Answers({f"{API}/7": {"data": {**HIT, **facts}}}), "7")
    assert found.artist == artist


def test_the_kind_is_the_type_of_the_work() -> None:
    (found,) = aic().record(Answers({f"{API}/7": {"data": {**HIT, "artwork_type_title": "Photograph"}}}), "7")
    assert found.kind == "photograph"
