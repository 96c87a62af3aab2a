"""Wikimedia Commons: files of a category, or of a search, with their licence from the file page's metadata.

https://www.mediawiki.org/wiki/Wikimedia_APIs/Access_policy: requests in series, an honest User-Agent, `maxlag`.
https://www.mediawiki.org/wiki/Common_thumbnail_sizes: thumbnails exist in steps, and only those are given out.
"""

import re
from collections.abc import Iterator, Mapping

from bs4 import BeautifulSoup

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Json
from aahq_builder.rights.licenses import License, read_license
from aahq_builder.sources.base import ListingPage, SourceFacts, Web, until_fruitless, whole
from aahq_builder.sources.fields import Document, as_text, fields_of, json_object, number, objects_in, text
from aahq_builder.sources.found import FoundArtwork, PictureAddress, credit, license_unread
from aahq_builder.sources.kinds import ANY_KIND, Kinds, hinted_kind
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://commons.wikimedia.org"
FILES_PER_PAGE = 50
"""The most for which the API makes thumbnails in one answer."""
THUMBNAIL_STEPS = (20, 40, 60, 120, 250, 330, 500, 960, 1280, 1920, 3840)
THUMBNAIL_PX = 1920
PICTURES = ("BITMAP",)
BUSY = ("maxlag", "ratelimited", "cirrussearch-too-busy-error")
"""Errors after which the API wants to be asked again a little later."""
QUERY = "Category:Portrait paintings"

BASE_PARAMS: dict[str, str | int] = {
    "action": "query",
    "format": "json",
    "prop": "imageinfo",
    "iiprop": "url|size|mime|sha1|user|extmetadata|mediatype",
    "iiurlwidth": THUMBNAIL_PX,
    "maxlag": 5,
}


class Commons:
    """Bitmap files of a category (`Category:…`) or of a search."""

    name = "commons"
    # the robots file keeps crawlers off all of /w/, where the API lives; the API's own access policy invites clients
    rate_policy = RatePolicy(rate=1.0, in_flight=1, robots_on_listing=False)
    facts = SourceFacts(
        holds="Wikimedia Commons: files of a category or of a search",
        license="by file: public domain, CC0, CC BY, CC BY-SA and others",
        known="2026-09",
        by_default=True,
    )

    def __init__(self, query: str | None = None, endpoint: str | None = None, kinds: Kinds = ANY_KIND) -> None:
        self.kinds = kinds
        self.query = query or QUERY
        self.api = (endpoint or ENDPOINT).rstrip("/") + "/w/api.php"

    def listing(self) -> str:
        """`commons: Category:Portrait paintings`."""
        return f"commons: {self.query}{self.kinds.in_words()}"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """Batches by the API's own `continue` values, which are the cursor; every file comes with its metadata."""
        return until_fruitless(self._pages(web, cursor))

    def _pages(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        following = dict(cursor) if isinstance(cursor, dict) else {}
        while True:
            answer = self._ask(web, {**self._params(), **following})
            files = sorted(_files(answer), key=lambda file: str(file.get("title")))
            goes_on = fields_of(answer, "continue")
            following = {name: each for name, each in goes_on.items() if isinstance(each, (str, int))}
            found = [_found(file) for file in files]
            yield whole([each for each in found if each], following or None)
            if not following:
                return

    def record(self, web: Web, source_id: str) -> list[FoundArtwork]:
        """The file's metadata by its title."""
        files = _files(self._ask(web, {**BASE_PARAMS, "titles": source_id}))
        if any("missing" in file for file in files):
            raise ItemError(ErrorKind.HTTP_404, f"the API says that '{source_id}' is missing")
        return [found for found in map(_found, files) if found]

    def _ask(self, web: Web, params: Mapping[str, str | int]) -> Document:
        """An answer of the API, which sends its errors with status 200."""
        answer = json_object(web.json(self.api, params, is_busy=lambda document: _error_code(document) in BUSY))
        if code := _error_code(answer):
            raise ItemError(ErrorKind.HTTP_5XX, f"the API answers with the error '{code}'")
        if "query" not in answer and "batchcomplete" not in answer:
            raise ItemError(ErrorKind.DECODE, "the answer of the API holds neither files nor an end")
        return answer

    def _params(self) -> dict[str, str | int]:
        if self.query.startswith("Category:"):
            generator: dict[str, str | int] = {
                "generator": "categorymembers", "gcmtitle": self.query, "gcmtype": "file", "gcmlimit": FILES_PER_PAGE,
            }  # fmt: skip
        else:
            generator = {
                "generator": "search", "gsrsearch": self.query, "gsrnamespace": 6, "gsrlimit": FILES_PER_PAGE,
            }  # fmt: skip
        return {**BASE_PARAMS, **generator}


def _files(answer: Document) -> list[Document]:
    """The file pages of an answer, which are an object by page number, or a list in the newer format."""
    query = fields_of(answer, "query")
    pages = query.get("pages")
    return objects_in({"pages": list(pages.values()) if isinstance(pages, dict) else pages}, "pages")


def _found(page: Document) -> FoundArtwork | None:
    info = next(iter(objects_in(page, "imageinfo")), None)
    if info is None or info.get("mediatype") not in PICTURES or not text(page, "title"):
        return None
    metadata = fields_of(info, "extmetadata")
    facts = {name: _plain(fields_of(metadata, name).get("value")) for name in metadata}
    license_ = _license(facts)
    title = (text(page, "title") or "").removeprefix("File:")
    artist = facts.get("Artist") or facts.get("Credit")
    return FoundArtwork(
        source_id=text(page, "title") or "",
        page_url=text(info, "descriptionurl"),
        candidates=_candidates(info),
        title=facts.get("ObjectName") or title,
        artist=artist,
        date=facts.get("DateTimeOriginal"),
        kind=hinted_kind(facts.get("Categories")),
        attribution=facts.get("Attribution") or credit(title, artist, license_.spdx, "Wikimedia Commons"),
        license=license_,
        tags=[word for word in (facts.get("Categories") or "").split("|") if word],
        signals=[] if license_.spdx else [license_unread("no licence in the metadata", text(info, "descriptionurl"))],
    )


def _license(facts: dict[str, str | None]) -> License:
    """The licence by its short name, its address, and the machine code beside them."""
    return read_license(facts.get("LicenseShortName"), facts.get("LicenseUrl"), facts.get("License"))


def _candidates(info: Document) -> list[PictureAddress]:
    """The original, unless a picture of `THUMBNAIL_PX` does: the site asks to prefer its thumbnails."""
    width, height = number(info.get("width")), number(info.get("height"))
    original = PictureAddress(url, width, height) if (url := text(info, "url")) else None
    is_large = bool(width and width > THUMBNAIL_PX)
    order = [_thumbnail(info, width, height) if is_large else None, original]
    return [candidate for candidate in order if candidate]


def _thumbnail(info: Document, width: int | None, height: int | None) -> PictureAddress | None:
    """The thumbnail with the size that its address names: `thumbwidth` repeats what was asked for.

    None where that is no step, since its address would be refused; an address that names no size is left without.
    """
    url = text(info, "thumburl") or ""
    named = _WIDTH_IN_ADDRESS.search(url)
    step = int(named[1]) if named else None
    if not url or step is None:
        return PictureAddress(url) if url else None
    if step not in THUMBNAIL_STEPS:
        return None
    return PictureAddress(url, step, round(height * step / width) if width and height else None)


_WIDTH_IN_ADDRESS = re.compile(r"/(?:[\w-]+-)?(\d{1,5})px-[^/]*$")
"""`…/thumb/a/ab/Name.jpg/1920px-Name.jpg`, of a page of a document `…/page1-1920px-Name.pdf.jpg`."""


def _plain(value: object) -> str | None:
    """Metadata values are HTML."""
    markup = as_text(value)
    return BeautifulSoup(f"<p>{markup}</p>", "lxml").get_text(" ", strip=True)[:1000] or None if markup else None


def _error_code(answer: object) -> str | None:
    """The code of an error, which comes with status 200, alone or in a list; None without one."""
    if not isinstance(answer, dict):
        return None
    error = answer.get("error") or next(iter(objects_in(answer, "errors")), None)
    return (text(error, "code") or "unnamed") if isinstance(error, dict) else as_text(error)
