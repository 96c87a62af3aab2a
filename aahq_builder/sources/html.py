"""Any site of HTML pages: a listing with links to works and to the next page, and one page per work.

What is where on a page is told by CSS selectors (`selectors.py`), or by `--select NAME=CSS`. The defaults follow the
`rel` attributes and meta elements that well-made pages have.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from aahq_builder.records import Json
from aahq_builder.rights.licenses import License, is_open, read_license
from aahq_builder.rights.rules import Signal
from aahq_builder.sources.addresses import absolute, largest_first, stands_for_no_work
from aahq_builder.sources.base import ListedWork, ListingPage, RecordKind, SourceFacts, Web, until_fruitless
from aahq_builder.sources.found import FoundArtwork, PictureAddress, credit
from aahq_builder.sources.selectors import Selector, address_of, selectors_for
from aahq_builder.web.rate import RatePolicy

RECORD = RecordKind("page")
LAZY_ATTRIBUTES = ("data-full", "data-large", "data-src", "data-original", "data-lazy-src")
"""Where pages that load pictures late keep their addresses, the largest first; then `src` is a placeholder."""
SET_ATTRIBUTES = ("srcset", "data-srcset", "data-lazy-srcset")


class Html:
    """One site, from the listing page that the user names."""

    name = "html"
    rate_policy = RatePolicy()
    facts = SourceFacts(holds="any site of HTML pages", license="by page (`rel=license`)", needs="--url")

    def __init__(self, url: str, select: tuple[str, ...] = ()) -> None:
        self.url = url
        self.selectors = selectors_for(_host(url), select)

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
            base = _base(soup, signals, url)
            opted_out = [signal for signal in signals if signal.finding == "opt_out"]
            links = dict.fromkeys(absolute(base, link) for link in self.selectors["item"].addresses(soup))
            works = [FoundArtwork(source_id=link, page_url=link, signals=opted_out) for link in links if link]
            following = (absolute(base, link) for link in self.selectors["next"].addresses(soup))
            url = next((link for link in following if link), None)
            goes_on = {"url": url} if url and url not in seen else None
            yield ListingPage([ListedWork(work, RECORD) for work in works], goes_on)

    def record(self, web: Web, source_id: str) -> list[FoundArtwork]:
        """The work's page, whose address is its id."""
        soup, signals = web.html(source_id)
        base = _base(soup, signals, source_id)
        text = {name: self.selectors[name].text(soup) for name in ("title", "artist", "date")}
        license_ = _license(soup, self.selectors["license"], base)
        found = FoundArtwork(
            source_id=source_id,
            page_url=source_id,
            candidates=[PictureAddress(url) for url in _picture(soup, self.selectors["image"], base)],
            title=text["title"],
            artist=text["artist"],
            date=text["date"],
            attribution=credit(text["title"], text["artist"], license_.spdx, source_id),
            license=license_,
            tags=[tag.get_text(" ", strip=True) for tag, _ in self.selectors["tags"].matches(soup)],
            signals=signals,
        )
        return [found]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _base(soup: BeautifulSoup, signals: list[Signal], url: str) -> str:
    """What the links of a page are relative to: its `base` element, else its address after redirects."""
    where = next((signal.where for signal in signals if signal.where), url)
    element = soup.find("base", href=True)
    return absolute(where, address_of(element)) or where if element else where


def _license(soup: BeautifulSoup, selector: Selector, base: str) -> License:
    """The licence that the page states; of several that disagree, one that is not open."""
    stated = []
    for element, attribute in selector.matches(soup):
        words, address = element.get_text(" ", strip=True), address_of(element, attribute)
        url = absolute(base, address) if address else None
        stated.append(read_license(str(element.get("title") or "") or words, url, words))
    return next((one for one in stated if not is_open(one.spdx)), next(iter(stated), License(None)))


def _picture(soup: BeautifulSoup, selector: Selector, base: str) -> list[str]:
    """The addresses of the work's picture in several sizes, best first.

    Only the first element found shows the work. Whatever else the page shows may be another artist's, so that nothing
    of it may stand in when the picture itself is gone.
    """
    for element, attribute in selector.matches(soup):
        written = [address_of(element, attribute)] if attribute else _sizes(element)
        urls = dict.fromkeys(absolute(base, address) for address in written)
        is_certain = element.name not in ("meta", "link")
        found = [url for url in urls if url and (is_certain or not stands_for_no_work(url))]
        if found:
            return found
    return []


def _sizes(element: Tag) -> list[str]:
    """The addresses of one picture: a link's with those of the pictures that it or its figure holds, an `img`'s own."""
    if element.name == "img":
        return _sizes_of_image(element)
    figure = element.find_parent("figure")
    inside = element.find_all("img")
    shown = inside or (figure.find_all("img") if figure else [])
    smaller = _sizes_of_image(shown[0]) if len(shown) == 1 else []
    return [address_of(element), *smaller]


def _sizes_of_image(image: Tag) -> list[str]:
    """`srcset` of the image and of the `source` elements beside it, then its lazy attributes, else `src`."""
    picture = image.find_parent("picture")
    elements = [image, *(picture.find_all("source") if picture else [])]
    sets = [str(element[name]) for element in elements for name in SET_ATTRIBUTES if element.get(name)]
    lazy = [str(image[name]) for name in LAZY_ATTRIBUTES if image.get(name)]
    is_late = lazy or any(image.get(name) for name in SET_ATTRIBUTES[1:])
    return [*largest_first(", ".join(sets)), *(lazy if is_late else [address_of(image)])]
