"""Wikimedia Commons: files of a category, or of a search, with their licence from the file page's metadata.

https://www.mediawiki.org/wiki/Wikimedia_APIs/Access_policy: requests in series, an honest User-Agent, `maxlag`.
"""

from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup

from aahq_builder.records import Artwork, Json
from aahq_builder.rights.licenses import License, is_open, read_license
from aahq_builder.sources.base import Candidate, Found, Page, Web, credit, json_object
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://commons.wikimedia.org"
FILES_PER_PAGE = 50
THUMBNAIL_PX = 2048
PICTURES = ("BITMAP",)
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

    def __init__(self, query: str | None = None, endpoint: str | None = None) -> None:
        self.query = query or QUERY
        self.api = (endpoint or ENDPOINT).rstrip("/") + "/w/api.php"

    def listing(self) -> str:
        """`commons: Category:Portrait paintings`."""
        return f"commons: {self.query}"

    def pages(self, web: Web, cursor: Json | None) -> Iterator[Page]:
        """Batches by the API's own `continue` values, which are the cursor."""
        params = {**self._params(), **(dict(cursor) if isinstance(cursor, dict) else {})}
        while True:
            answer = json_object(web.json(self.api, params, is_busy=_lags))
            pages = (answer.get("query") or {}).get("pages") or {}
            following = answer.get("continue")
            found = [_found(page) for page in sorted(pages.values(), key=lambda page: str(page.get("title")))]
            yield Page([each for each in found if each], following or None)
            if not following:
                return
            params = {**self._params(), **following}

    def look(self, web: Web, artwork: Artwork) -> Found | None:
        """The file's metadata by its title."""
        params = {**BASE_PARAMS, "titles": artwork.source_id or ""}
        pages = (json_object(web.json(self.api, params, is_busy=_lags)).get("query") or {}).get("pages") or {}
        return _found(next(iter(pages.values()), {}))

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


def _found(page: dict[str, Any]) -> Found | None:
    info = next(iter(page.get("imageinfo") or []), None)
    if not isinstance(info, dict) or info.get("mediatype") not in PICTURES:
        return None
    facts = {name: _plain(entry.get("value")) for name, entry in (info.get("extmetadata") or {}).items()}
    license_ = _license(facts)
    title = str(page.get("title", "")).removeprefix("File:")
    artist = facts.get("Artist") or facts.get("Credit")
    return Found(
        source_id=str(page.get("title")),
        page_url=info.get("descriptionurl"),
        candidates=_candidates(info),
        title=facts.get("ObjectName") or title,
        artist=artist,
        date=facts.get("DateTimeOriginal"),
        attribution=facts.get("Attribution") or credit(title, artist, license_.spdx, "Wikimedia Commons"),
        license=license_,
        tags=[word for word in (facts.get("Categories") or "").split("|") if word],
    )


def _license(facts: dict[str, str | None]) -> License:
    """The licence by its short name and address; the machine code is the spare."""
    url = facts.get("LicenseUrl")
    by_name = read_license(facts.get("LicenseShortName"), url)
    return by_name if is_open(by_name.spdx) or not facts.get("License") else read_license(facts.get("License"), url)


def _candidates(info: dict[str, Any]) -> list[Candidate]:
    """The original, unless a picture of `THUMBNAIL_PX` does: the site asks to prefer its thumbnails."""
    original = Candidate(str(info["url"]), info.get("width"), info.get("height")) if info.get("url") else None
    thumbnail = (
        Candidate(str(info["thumburl"]), info.get("thumbwidth"), info.get("thumbheight"))
        if info.get("thumburl")
        else None
    )
    is_large = bool(original and (original.width or 0) > THUMBNAIL_PX)
    order = [thumbnail, original] if is_large else [original]
    return [candidate for candidate in order if candidate]


def _plain(value: object) -> str | None:
    """Metadata values are HTML."""
    return BeautifulSoup(f"<p>{value}</p>", "lxml").get_text(" ", strip=True)[:1000] or None if value else None


def _lags(answer: object) -> bool:
    error = answer.get("error") if isinstance(answer, dict) else None
    return isinstance(error, dict) and error.get("code") in ("maxlag", "ratelimited")
