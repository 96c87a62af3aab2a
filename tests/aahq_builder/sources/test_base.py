"""Listings that lead on for ever."""

from collections.abc import Iterator
from itertools import count, islice

import pytest

from aahq_builder.sources.base import MAX_FRUITLESS_PAGES, EndlessListingError, ListingPage, until_fruitless, whole
from aahq_builder.sources.found import FoundArtwork


def naming(pages: Iterator[list[str]]) -> Iterator[ListingPage]:
    for number, ids in enumerate(pages):
        yield whole([FoundArtwork(source_id=each) for each in ids], {"page": number + 1})


@pytest.mark.parametrize("ids", [[], ["a"], ["a", "b"]])
def test_a_listing_that_repeats_itself_is_left_after_a_bounded_number_of_pages(ids: list[str]) -> None:
    read = []
    with pytest.raises(EndlessListingError, match="name nothing new"):
        read += list(until_fruitless(naming(ids for _ in count())))
    pages = until_fruitless(naming(ids for _ in count()))
    assert len(list(islice(pages, MAX_FRUITLESS_PAGES + bool(ids)))) == MAX_FRUITLESS_PAGES + bool(ids)
    with pytest.raises(EndlessListingError):
        next(pages)


def test_a_listing_that_now_and_then_names_something_new_is_read_to_its_end() -> None:
    rare = [[str(number)] if number % MAX_FRUITLESS_PAGES == 0 else ["same"] for number in range(500)]
    assert len(list(until_fruitless(naming(iter(rare))))) == 500


def test_a_cursor_that_comes_again_is_a_circle() -> None:
    pages = (whole([FoundArtwork(source_id=str(number))], {"offset": number % 3}) for number in count())
    with pytest.raises(EndlessListingError, match="circle"):
        list(until_fruitless(pages))


def test_a_last_page_is_an_end_however_little_came_before_it() -> None:
    pages = [ListingPage([], {"page": number}) for number in range(MAX_FRUITLESS_PAGES - 1)] + [ListingPage([], None)]
    assert len(list(until_fruitless(iter(pages)))) == MAX_FRUITLESS_PAGES
