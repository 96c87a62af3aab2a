"""Text from outside as a Markdown page may show it: no tags, no links, no new lines or columns."""

import html
from urllib.parse import quote

LONGEST = 200
"""Characters of one piece of text; titles of museums stay below, and nobody's title fills the page."""
MARKS = frozenset("\\|[]*_`~$<>#")
SAFE_IN_ADDRESS = "%/:?=&#@;+,!'*-._"


def cell(value: object) -> str:
    """Text, harmless in a paragraph or table."""
    words = " ".join(str(value).split())
    words = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
    # an address would become a link without being asked: the invisible joiner ends what looks like one
    words = words.replace("://", ":\u2060//").replace("www.", "www\u2060.")
    escaped = "".join(f"\\{letter}" if letter in MARKS - {"<", ">"} else letter for letter in words)
    return html.escape(escaped, quote=False)


def plain(value: object) -> str:
    """Text between backticks."""
    return " ".join(str(value).replace("`", "'").replace("|", "/").split())[:LONGEST]


def link(words: str, address: str | None) -> str:
    """Words of our own that lead to an address from outside; the words alone where there is none."""
    return f"[{words}]({quote(address, safe=SAFE_IN_ADDRESS)})" if address else words


def percent(share: float) -> str:
    """A share in [0, 1] in words."""
    return f"{100 * share:.1f} %" if 0 < share < 1 else f"{round(100 * share)} %"
