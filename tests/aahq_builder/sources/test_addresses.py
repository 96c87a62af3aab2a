"""Addresses as pages write them."""

from urllib.parse import urljoin, urlsplit

import requests
from hypothesis import given
from hypothesis import strategies as st

from aahq_builder.sources.addresses import MAX_LENGTH, absolute, largest_first

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
