"""Any site of HTML pages: a listing with links to works and to the next page, and one page per work.

What is where on a page is told by CSS selectors: from the table below, or from `--select NAME=CSS` (`CSS@attribute`
reads an attribute). The defaults follow the `rel` attributes and meta elements that well-made pages have.
"""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from aahq_builder.errors import ItemError, UserError
from aahq_builder.records import Artwork, Json
from aahq_builder.rights.licenses import License, read_license
from aahq_builder.rights.rules import Signal
from aahq_builder.sources.base import WITHDRAWN, Candidate, Found, Page, Web, credit, unread
from aahq_builder.web.rate import RatePolicy

DEFAULT_SELECTORS = {
    "item": "a.artwork, article h2 a, li.artwork a",
    "next": "a[rel~=next], link[rel~=next]",
    "image": "a[rel~=original], link[rel~=image_src], figure img@src, meta[property='og:image']@content",
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


class Html:
    """One site, from the listing page that the user names."""

    name = "html"
    rate_policy = RatePolicy()

    def __init__(self, url: str, select: tuple[str, ...] = ()) -> None:
        self.url = url
        site = SITES.get(urlsplit(url).hostname or "", {})
        self.selectors = {**DEFAULT_SELECTORS, **site, **parse_selectors(select)}

    def listing(self) -> str:
        """`html: ADDRESS`."""
        return f"html: {self.url}"

    def pages(self, web: Web, cursor: Json | None) -> Iterator[Page]:
        """Listing pages by their `next` links; a page that was seen before ends the listing."""
        url: str | None = str(cursor["url"]) if isinstance(cursor, dict) else self.url
        seen: set[str] = set()
        while url and url not in seen:
            seen.add(url)
            soup, signals = web.html(url)
            links = dict.fromkeys(urljoin(url, link) for link in _all(soup, self.selectors["item"]))
            found = [self._found(web, link, signals) for link in links]
            following = _first(soup, self.selectors["next"])
            url = urljoin(url, following) if following else None
            yield Page(found, {"url": url} if url and url not in seen else None)

    def look(self, web: Web, artwork: Artwork) -> Found | None:
        """The work's page."""
        try:
            return self._read(web, artwork.page_url or "")
        except ItemError as error:
            if error.kind in WITHDRAWN:
                return None
            raise

    def _found(self, web: Web, page_url: str, listing_signals: list[Signal]) -> Found:
        """Read a work's own page; one that cannot be read leaves that as its signal."""
        opted_out = [signal for signal in listing_signals if signal.finding == "opt_out"]
        try:
            found = self._read(web, page_url)
        except ItemError as error:
            return unread(Found(source_id=page_url, page_url=page_url, signals=opted_out), "page", error)
        return replace(found, signals=[*opted_out, *found.signals])

    def _read(self, web: Web, page_url: str) -> Found:
        soup, signals = web.html(page_url)
        text = {name: _text(soup, self.selectors[name]) for name in ("title", "artist", "date")}
        license_ = _license(soup, self.selectors["license"], page_url)
        images = [urljoin(page_url, url) for url in _all(soup, self.selectors["image"])]
        return Found(
            source_id=page_url,
            page_url=page_url,
            candidates=[Candidate(url) for url in dict.fromkeys(images)],
            title=text["title"],
            artist=text["artist"],
            date=text["date"],
            attribution=credit(text["title"], text["artist"], license_.spdx, page_url),
            license=license_,
            tags=[tag.get_text(" ", strip=True) for tag in soup.select(self.selectors["tags"])],
            signals=signals,
        )


def parse_selectors(words: tuple[str, ...]) -> dict[str, str]:
    """`NAME=CSS` words as a table; `UserError` for a name that means nothing or CSS that cannot be read."""
    selectors = {}
    for word in words:
        name, _, css = word.partition("=")
        if name not in DEFAULT_SELECTORS or not css:
            raise UserError(f"--select '{word}' is not NAME=CSS with a name of {', '.join(DEFAULT_SELECTORS)}")
        selectors[name] = css
    return selectors


def _license(soup: BeautifulSoup, selector: str, page_url: str) -> License:
    for element, address in _matches(soup, selector):
        name = str(element.get("title") or element.get_text(" ", strip=True))
        return read_license(name, urljoin(page_url, address) if address else None)
    return License(None)


def _first(soup: BeautifulSoup, selector: str) -> str | None:
    return next(iter(_all(soup, selector)), None)


def _all(soup: BeautifulSoup, selector: str) -> list[str]:
    """The addresses that the selectors find, in the order of the selectors."""
    return [address for _, address in _matches(soup, selector) if address]


def _matches(soup: BeautifulSoup, selector: str) -> Iterator[tuple[Tag, str]]:
    for part in selector.split(","):
        css, _, attribute = part.strip().partition("@")
        for element in soup.select(css):
            yield element, _attribute(element, attribute)


def _attribute(element: Tag, attribute: str) -> str:
    names = [attribute] if attribute else ["href", "src", "content"]
    return next((str(element[name]).strip() for name in names if element.get(name)), "")


def _text(soup: BeautifulSoup, selector: str) -> str | None:
    """The first text that the selectors find; entities are decoded, markup is gone."""
    for part in selector.split(","):
        css, _, attribute = part.strip().partition("@")
        for element in soup.select(css):
            text = str(element.get(attribute) or "") if attribute else element.get_text(" ", strip=True)
            if text.strip():
                return text.strip()[:500]
    return None
