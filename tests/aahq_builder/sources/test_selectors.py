"""CSS from the command line and from the table of sites."""

import pytest
from bs4 import BeautifulSoup

from aahq_builder.errors import UserError
from aahq_builder.sources.selectors import DEFAULT_SELECTORS, SITES, parse_selectors, selectors_for, split_at_commas

PAGE = '<p><a class="tile" href="/1" data-full="/f">One</a><a class="tile" href="/2,b">Two</a><b title="T"></b></p>'


def addresses(css: str) -> list[str]:
    return parse_selectors((f"item={css}",))["item"].addresses(BeautifulSoup(PAGE, "lxml"))


@pytest.mark.parametrize("word", ["titel=.t", "title", "title=", "title= "])
def test_a_wrong_selector_stops_before_any_work(word: str) -> None:
    with pytest.raises(UserError, match="NAME=CSS"):
        parse_selectors((word,))


@pytest.mark.parametrize("css", ["a[href", "a,", ",a", "a@", "a:nonsense", "::before", "a[href='x]", "((", "a > > b"])
def test_css_that_cannot_be_read_is_refused_in_one_sentence(css: str) -> None:
    with pytest.raises(UserError, match="cannot be read as CSS") as caught:
        parse_selectors((f"item={css}",))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("css", "found"),
    [
        ("a.tile", ["/1", "/2,b"]),
        (":is(a.tile, a.card)", ["/1", "/2,b"]),
        ('a[href*="2,"], a.card', ["/2,b"]),
        ("a:not([href='/1'], .card)", ["/2,b"]),
        ("a@data-full", ["/f"]),
        ("b@title, a", ["T", "/1", "/2,b"]),
    ],
)
def test_commas_divide_alternatives_and_nothing_else(css: str, found: list[str]) -> None:
    assert addresses(css) == found


def test_commas_in_brackets_quotes_and_after_a_backslash_stay() -> None:
    assert split_at_commas(r"a[b='x,]'], :is(c, d), e\,f") == ["a[b='x,]']", ":is(c, d)", r"e\,f"]


def test_every_site_of_the_table_can_be_read_and_the_users_words_win() -> None:
    for host in SITES:
        assert selectors_for(host, ()).keys() == DEFAULT_SELECTORS.keys()
    given = selectors_for("commons.wikimedia.org", ("title=.t",))
    assert given["title"].text(BeautifulSoup('<h1 id="firstHeading">No</h1><p class="t">Yes</p>', "lxml")) == "Yes"
