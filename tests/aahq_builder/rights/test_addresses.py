"""Two addresses of one page are one address."""

import pytest

from aahq_builder.rights.addresses import address_keys, is_same_page, refused_key

PAGE = "https://example.org/Art/~jane/1"


@pytest.mark.parametrize(
    "other",
    [
        "http://example.org/Art/~jane/1",
        "HTTPS://EXAMPLE.org/Art/~jane/1",
        "https://www.example.org/Art/~jane/1/",
        "https://example.org:443/Art/%7Ejane/1",
        "https://example.org/Art/%7ejane/1#comments",
        "https://user:secret@example.org/Art/~jane/1?utm_source=mail",
    ],
)
def test_spellings_of_one_page_are_the_same(other: str) -> None:
    assert is_same_page(PAGE, other)
    assert refused_key(PAGE) in address_keys(other)


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/Art/~jane/2",
        "https://example.org/Art/~jane/1?page=2",
        "https://example.org/art/~jane/1",
        "https://example.org:8443/Art/~jane/1",
        "https://example.com/Art/~jane/1",
        "https://example.org/Art/~jane",
        "ftp://example.org/Art/~jane/1",
        "not an address",
    ],
)
def test_other_pages_are_not(other: str) -> None:
    assert not is_same_page(PAGE, other)


def test_a_fragment_tells_works_apart_only_where_both_have_one() -> None:
    assert is_same_page(f"{PAGE}#1", PAGE)
    assert not is_same_page(f"{PAGE}#1", f"{PAGE}#2")
    assert refused_key(PAGE) in address_keys(f"{PAGE}#2")
    assert refused_key(f"{PAGE}#1") in address_keys(f"{PAGE}#1")
    assert refused_key(f"{PAGE}#1") not in address_keys(f"{PAGE}#2")


def test_queries_are_compared_without_their_order() -> None:
    assert is_same_page(f"{PAGE}?a=1&b=2", f"{PAGE}?b=2&a=1")


def test_names_of_hosts_are_compared_as_the_net_knows_them() -> None:
    assert is_same_page("https://b\u00fccher.example/1", "https://xn--bcher-kva.example/1")
