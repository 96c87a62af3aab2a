"""What is read from a page, and which address it means."""

import pytest
from bs4 import BeautifulSoup

from aahq_builder.errors import UserError
from aahq_builder.rights.rules import Signal
from aahq_builder.sources.html import Html, parse_selectors

PAGE = """<html><head><meta property="og:image" content="/pics/1.jpg"></head><body><div class="t">Tom &amp; Lis</div>
<span class="by">Jane</span><a class="rights" href="https://creativecommons.org/licenses/by/4.0/">licence</a></body></html>"""


class OnePage:
    """A web of one page."""

    def html(self, url: str) -> tuple[BeautifulSoup, list[Signal]]:
        return BeautifulSoup(PAGE, "lxml"), [Signal("page", "silent")]


def test_selectors_from_the_command_line_read_any_page() -> None:
    selectors = ("title=.t", "artist=.by", "license=.rights", "image=meta[property='og:image']@content")
    source = Html("https://example.org/list", selectors)
    (found,) = source.record(OnePage(), "https://example.org/art/1")  # type: ignore[arg-type]
    assert (found.title, found.artist, found.license.spdx) == ("Tom & Lis", "Jane", "CC-BY-4.0")
    assert [candidate.url for candidate in found.candidates] == ["https://example.org/pics/1.jpg"]


@pytest.mark.parametrize("word", ["titel=.t", "title", "title="])
def test_a_wrong_selector_stops_before_any_work(word: str) -> None:
    with pytest.raises(UserError, match="NAME=CSS"):
        parse_selectors((word,))
