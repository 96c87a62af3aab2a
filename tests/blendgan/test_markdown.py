"""Text from outside, rendered by another library: it stays text, in one cell, and leads nowhere."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from blendgan.markdown import LONGEST, cell, link, percent, plain

PAGE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
TAGS = {"table", "thead", "tbody", "tr", "th", "td", "code", "p"}
HOSTILE = [
    "<script>alert(1)</script>",
    "</td></tr></table><img src=x onerror=alert(1)>",
    "a | b \\| c \\",
    "[x](javascript:alert(1)) ![y](http://evil.example/p.png)",
    "`code` ~~gone~~ **loud** _low_ $x$",
    "line\none\r\n\n# heading\u2028 - item",
    "&lt;b&gt; &amp; &#124;",
    "<http://evil.example> http://evil.example www.evil.example",
]


def cells(value: str) -> list[str]:
    """What a browser shows in the row of a table with this text in its first cell."""
    page = PAGE.render(f"| a | b |\n|---|---|\n| {cell(value)} | `{plain(value)}` |\n")
    assert {tag.lower() for tag in re.findall(r"</?([a-zA-Z]+)", page)} <= TAGS
    assert page.count("<td>") == 2
    return [html.unescape(re.sub("<.*?>", "", found)) for found in re.findall(r"<td>(.*?)</td>", page, re.DOTALL)]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_text_is_shown_as_it_is(value: str):
    shown = cells(value)[0].replace("\u2060", "")
    assert shown == " ".join(value.split())


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1).filter(str.strip))
def test_any_text_stays_in_its_cell(value: str):
    words = " ".join(value.split())
    if len(words) <= LONGEST:
        assert cells(value)[0].replace("\u2060", "") == words.replace("\u2060", "")


def test_long_text_is_cut():
    assert len(cell("x" * 10_000)) == LONGEST


def test_addresses_that_readers_would_make_links_of_are_broken_up():
    for address in ("http://evil.example", "www.evil.example"):
        assert address not in cell(f"see {address}")


def test_a_link_leads_to_its_address_whatever_is_in_it():
    address = "https://museum.example/a (1)/<b>?q=[x]&y=1"
    (href,) = re.findall('href="(.*?)"', PAGE.render(link("page", address)))
    assert html.unescape(href) == "https://museum.example/a%20%281%29/%3Cb%3E?q=%5Bx%5D&y=1"
    assert link("page", None) == "page"


def test_shares_in_words():
    assert [percent(share) for share in (0, 0.1234, 1)] == ["0 %", "12.3 %", "100 %"]
