"""Addresses as pages write them."""

from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from aahq_builder.sources.addresses import MAX_LENGTH, absolute, largest_first, without_tracking
from aahq_builder.sources.found import FoundArtwork, PictureAddress

BASE = "http://site.example/a/b?c"


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none_and_reading_it_twice_changes_nothing(link: str) -> None:
    address = absolute(BASE, link)
    if address is not None:
        assert len(address) <= MAX_LENGTH
        assert absolute(BASE, address) == address


@given(st.from_regex(r"\A[a-z/][a-z0-9/._-]{0,20}(\?[a-z=&]{0,10})?\Z"))
def test_plain_links_are_joined_as_the_standard_library_joins_them(link: str) -> None:
    assert absolute(BASE, link) == urljoin(BASE, link)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30))
def test_what_is_asked_for_is_what_was_read(path: str) -> None:
    """The client must not escape an address once more, or a stray `%` means another one."""
    address = absolute(BASE, "/x" + path)
    if address and urlsplit(address).netloc == "site.example":
        asked = requests.Request("GET", address).prepare().url
        assert asked is not None
        assert "%25" not in asked.replace("%25", "", address.count("%25"))


@given(st.text(max_size=80))
def test_no_srcset_trips_the_reader(srcset: str) -> None:
    assert all(largest_first(srcset))


def test_the_largest_comes_first_and_what_has_no_size_counts_once() -> None:
    assert largest_first("a 1x, b 3x, c 2x") == ["b", "c", "a"]
    assert largest_first("a, b 1.5x") == ["b", "a"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("http://a/1.jpg?utm_source=x&utm_campaign=y", "http://a/1.jpg"),
        ("http://a/1.jpg?size=2&utm_source=x", "http://a/1.jpg?size=2"),
        ("http://a/1.jpg?utm_source=x&size=2", "http://a/1.jpg?size=2"),
        ("http://a/1.jpg?a=1&UTM_Medium&b=2#utm_source=x", "http://a/1.jpg?a=1&b=2#utm_source=x"),
        ("http://a/utm_source=x/1.jpg", "http://a/utm_source=x/1.jpg"),
        ("http://a/1.jpg?my_utm_source=x", "http://a/1.jpg?my_utm_source=x"),
        ("http://a/1.jpg?", "http://a/1.jpg?"),
        ("", ""),
    ],
)
def test_what_only_tracks_is_no_part_of_an_address(written: str, meant: str) -> None:
    assert without_tracking(written) == meant


NAMES = st.sampled_from(["utm_source", "utm_x", "utm", "a", "b"])


@given(st.lists(st.tuples(NAMES, st.text("ab &=?#", max_size=4)), max_size=5))
def test_all_other_parameters_stay_as_they_are_and_in_their_order(parameters: list[tuple[str, str]]) -> None:
    kept = [(name, value) for name, value in parameters if not name.startswith("utm_")]
    cleaned = urlsplit(without_tracking(f"http://a/1.jpg?{urlencode(parameters)}"))
    assert parse_qsl(cleaned.query, keep_blank_values=True) == kept


def test_links_of_pages_and_addresses_of_works_are_cleaned_where_they_enter() -> None:
    assert absolute(BASE, "/works/1?utm_source=list") == "http://site.example/works/1"
    found = FoundArtwork(
        source_id="1", page_url=f"{BASE}&utm_source=x", candidates=[PictureAddress("http://a/1.jpg?utm_medium=y")]
    )
    assert (found.page_url, found.candidates[0].url) == (BASE, "http://a/1.jpg")
