"""Any site of HTML pages: a listing with links to works and to the next page, and one page per work.

What is where on a page is told by CSS selectors: from the table below, or from `--select NAME=CSS` (`CSS@attribute`
reads an attribute). The defaults follow the `rel` attributes and meta elements that well-made pages have.
"""

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from aahq_builder.errors import UserError
from aahq_builder.records import Json
from aahq_builder.rights.licenses import License, read_license
from aahq_builder.sources.base import ListedWork, ListingPage, RecordKind, Web, until_fruitless
from aahq_builder.sources.found import FoundArtwork, PictureAddress, credit
from aahq_builder.web.rate import RatePolicy

RECORD = RecordKind("page")
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

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """Listing pages by their `next` links; a page that was seen before ends the listing."""
        return until_fruitless(self._pages(web, str(cursor["url"]) if isinstance(cursor, dict) else self.url))

    def _pages(self, web: Web, url: str | None) -> Iterator[ListingPage]:
        seen: set[str] = set()
        while url and url not in seen:
            seen.add(url)
            soup, signals = web.html(url)
            opted_out = [signal for signal in signals if signal.finding == "opt_out"]
            links = dict.fromkeys(urljoin(url, link) for link in _all(soup, self.selectors["item"]))
            works = [FoundArtwork(source_id=link, page_url=link, signals=opted_out) for link in links]
            following = _first(soup, self.selectors["next"])
            url = urljoin(url, following) if following else None
            yield ListingPage(
                [ListedWork(work, RECORD) for work in works], {"url": url} if url and url not in seen else None
            )

    def record(self, web: Web, source_id: str) -> list[FoundArtwork]:
        """The work's page, whose address is its id."""
        soup, signals = web.html(source_id)
        text = {name: _text(soup, self.selectors[name]) for name in ("title", "artist", "date")}
        license_ = _license(soup, self.selectors["license"], source_id)
        images = [urljoin(source_id, url) for url in _all(soup, self.selectors["image"])]
        found = FoundArtwork(
            source_id=source_id,
            page_url=source_id,
            candidates=[PictureAddress(url) for url in dict.fromkeys(images)],
            title=text["title"],
            artist=text["artist"],
            date=text["date"],
            attribution=credit(text["title"], text["artist"], license_.spdx, source_id),
            license=license_,
            tags=[tag.get_text(" ", strip=True) for tag in soup.select(self.selectors["tags"])],
            signals=signals,
        )
        return [found]


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
