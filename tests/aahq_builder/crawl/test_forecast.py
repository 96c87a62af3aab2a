"""How a limit is shared, and what a listing's length means at its rate."""

import pytest

from aahq_builder.crawl.forecast import listed_in_words, shares


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 400])
def test_a_limit_is_shared_to_the_last_work_and_no_share_is_more_than_one_larger(limit: int) -> None:
    parts = [part for part in shares(limit, ["met", "smk", "nga"]).values() if part is not None]
    assert sum(parts) == limit
    assert max(parts) - min(parts) <= 1


def test_without_a_limit_nobody_has_one() -> None:
    assert shares(None, ["met", "smk"]) == {"met": None, "smk": None}


@pytest.mark.parametrize(
    ("total", "share", "rate", "words"),
    [
        (5000, None, 1.0, "met lists 5,000 works: some 1 h 24 min at 1 request a second"),
        (5000, None, 0.5, "met lists 5,000 works: some 2 h 47 min at 0.5 requests a second"),
        (5000, 67, 1.0, "met lists 5,000 works, of which --limit takes 67: some 2 min at 1 request a second"),
        (1, 67, 1.0, "met lists 1 work: some 1 min at 1 request a second"),
        (1_000_000, None, 1.0, "met lists 1,000,000 works: some 12 days at 1 request a second"),
        (5000, None, 0.0, "met lists 5,000 works"),
        (0, None, 1.0, "met lists 0 works"),
    ],
)
def test_a_listing_says_how_long_it_takes(total: int, share: int | None, rate: float, words: str) -> None:
    assert listed_in_words("met", total, share, rate) == words
