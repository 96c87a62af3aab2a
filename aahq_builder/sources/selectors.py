"""What is where on a page, told by CSS: `CSS[@attribute], …`, the preferred alternative first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import soupsieve
from bs4 import BeautifulSoup, Tag

from aahq_builder.errors import UserError

DEFAULT_SELECTORS = {
    "item": "a.artwork, article h2 a, li.artwork a",
    "next": "a[rel~=next], link[rel~=next]",
    "image": "a[rel~=original], link[rel~=image_src], figure img, meta[property='og:image']@content",
    "title": "h1, meta[property='og:title']@content, title",
    "artist": "[rel~=author], .artist, meta[name=author]@content",
    "date": "time, .date",
    "license": "a[rel~=license], link[rel~=license]",
    "tags": "a[rel~=tag]",
}
SITES: dict[str, dict[str, str]] = {
    "commons.wikimedia.org": {
        "item": "li.gallerybox a.galleryfilename, li.gallerybox .thumb a",
        "next": "#mw-category-media > a:-soup-contains('next page')",
        "image": ".fullImageLink a, .fullMedia a",
        "title": "#firstHeading",
        "artist": "#fileinfotpl_aut + td",
        "date": "#fileinfotpl_date + td time",
        "license": ".licensetpl_short",
    },
}
"""Selectors of sites that need others than the defaults."""
OF_LISTINGS = ("item", "next")
BESIDE_THE_WORK = frozenset({"aside", "nav"})
"""Parts of a work's page that are about other works: the defaults pass over them."""
ADDRESS_ATTRIBUTES = ("href", "src", "content")
_ATTRIBUTE = re.compile(r"(?P<css>.*\S)\s*@(?P<name>[A-Za-z_][\w:.-]*)", re.DOTALL)


@dataclass(frozen=True)
class Alternative:
    """One part of a selector."""

    css: soupsieve.SoupSieve
    attribute: str
    """Which attribute of the element is meant; empty for its text, or for whichever holds an address."""


@dataclass(frozen=True)
class Selector:
    """Finds elements, those of the first alternative first."""

    alternatives: tuple[Alternative, ...]
    skips: frozenset[str] = frozenset()
    """Elements within these are passed over."""

    def matches(self, soup: BeautifulSoup) -> Iterator[tuple[Tag, str]]:
        """The elements with the attribute that is meant."""
        for alternative in self.alternatives:
            for element in alternative.css.select(soup):
                if not self.skips or element.find_parent(self.skips) is None:
                    yield element, alternative.attribute

    def addresses(self, soup: BeautifulSoup) -> list[str]:
        """The addresses that the elements hold, as they are written."""
        found = (address_of(element, attribute) for element, attribute in self.matches(soup))
        return [address for address in found if address]

    def text(self, soup: BeautifulSoup) -> str | None:
        """The first text that is found; entities are decoded, markup is gone."""
        for element, attribute in self.matches(soup):
            text = str(element.get(attribute) or "") if attribute else element.get_text(" ", strip=True)
            if text.strip():
                return text.strip()[:500]
        return None


def address_of(element: Tag, attribute: str = "") -> str:
    """The address in an attribute, by default the first of `ADDRESS_ATTRIBUTES` that the element has."""
    names = [attribute] if attribute else ADDRESS_ATTRIBUTES
    return next((str(element[name]).strip() for name in names if element.get(name)), "")


def selectors_for(host: str, given: tuple[str, ...]) -> dict[str, Selector]:
    """All selectors for a site; what the user has given counts as it stands."""
    chosen = parse_selectors(given)
    defaults = {**DEFAULT_SELECTORS, **SITES.get(host, {})}
    return {name: chosen.get(name) or _default(name, words) for name, words in defaults.items()}


def parse_selectors(words: tuple[str, ...]) -> dict[str, Selector]:
    """`NAME=CSS` words as a table; `UserError` for a name that means nothing or CSS that cannot be read."""
    selectors = {}
    for word in words:
        name, _, css = word.partition("=")
        if name not in DEFAULT_SELECTORS or not css.strip():
            raise UserError(f"--select '{word}' is not NAME=CSS with a name of {', '.join(DEFAULT_SELECTORS)}")
        try:
            selectors[name] = Selector(_alternatives(css))
        except (soupsieve.SelectorSyntaxError, NotImplementedError) as error:
            reason = str(error).partition("\n")[0]
            raise UserError(f"--select '{word}': '{css}' cannot be read as CSS ({reason})") from error
    return selectors


def _default(name: str, words: str) -> Selector:
    if name in OF_LISTINGS:
        return Selector(_alternatives(words))
    return Selector(_alternatives(words), BESIDE_THE_WORK | {"footer"} if name == "image" else BESIDE_THE_WORK)


def _alternatives(words: str) -> tuple[Alternative, ...]:
    found = []
    for part in split_at_commas(words):
        named = _ATTRIBUTE.fullmatch(part)
        css, attribute = (named["css"], named["name"]) if named else (part, "")
        found.append(Alternative(soupsieve.compile(css), attribute))
    return tuple(found)


def split_at_commas(words: str) -> list[str]:
    """The parts of a list of selectors; commas within brackets and quotes, or after a backslash, divide nothing."""
    parts, depth, quote, escaped = [""], 0, "", False
    for letter in words:
        if letter == "," and not (depth or quote or escaped):
            parts.append("")
            continue
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += (letter in "([") - (letter in ")]")
        parts[-1] += letter
    return [part.strip() for part in parts]
