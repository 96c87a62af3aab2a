"""ArtStation's portraits channel, or a search there, for works that the user holds permissions or a legal basis for.

The site's terms forbid scraping and mark every work NoAI by default: nothing is asked for without `--permissions` or
`--i-have-a-legal-basis`, a mark that the artist has set wins over both, and a challenge is reported, not worked around.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Json
from aahq_builder.rights.rules import Signal
from aahq_builder.sources.base import ListedWork, ListingPage, RecordKind, SourceFacts, Web
from aahq_builder.sources.fields import (
    Document,
    fields_of,
    json_object,
    listed_objects,
    number,
    objects_in,
    text,
    texts_in,
)
from aahq_builder.sources.found import FoundArtwork, PictureAddress
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://www.artstation.com"
CHANNEL = "portraits"
RECORD = RecordKind("page", holds_several=True)
MAX_PAGES = 100
"""The site lists no further: 100 pages of 100."""
CHANNEL_CARDS, SEARCH_CARDS = 100, 75
SIZE_LIMITS = {
    "large": (1920, None),
    "4k": (3840, 3840),
    "8k": (7680, 7680),
    "medium": (1024, None),
    "small": (400, None),
}
"""Largest width and height, px, of what the site serves under each name; those that always exist come first."""
SIZE_IN_URL = re.compile(r"/(8k|4k|large|medium|small)/")

Covers = Callable[[str | None, str | None], bool]
"""Whether the user's permissions or legal basis cover an artist and a page."""


class ArtStation:
    """Projects of the portraits channel in their newest order, or of a search."""

    name = "artstation"
    rate_policy = RatePolicy(rate=1.0, in_flight=1)
    facts = SourceFacts(
        holds="ArtStation: the portraits channel, or a search",
        license="none by default; the artist's written permission (`--permissions`)",
        known="2026-11",
        obstacle="its terms forbid scraping; only works that your permissions or legal basis cover are asked for",
    )

    def __init__(self, covers: Covers, query: str | None = None, endpoint: str | None = None) -> None:
        self.covers, self.query = covers, query
        self.endpoint = (endpoint or ENDPOINT).rstrip("/")

    def listing(self) -> str:
        """`artstation: portraits`."""
        return f"artstation: {self.query or CHANNEL}"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """Pages of projects by number; works that move between pages meanwhile are known by their ids."""
        page = int(cursor["page"]) if isinstance(cursor, dict) else 1
        address, params = self._route(web)
        while True:
            answer = json_object(web.json(address, {**params, "page": page}))
            cards = listed_objects(answer, "data")
            more = bool(cards) and page < MAX_PAGES
            works = [self._listed(card) for card in cards if text(card, "hash_id")]
            yield ListingPage(works, {"page": page + 1} if more else None)
            if not more:
                return
            page += 1

    def _route(self, web: Web) -> tuple[str, dict[str, str | int]]:
        if self.query:
            route = f"{self.endpoint}/api/v2/search/projects.json"
            return route, {"query": self.query, "per_page": SEARCH_CARDS, "sorting": "relevance", "pro_first": 0}
        channels = f"{self.endpoint}/api/v2/community/channels"
        listed = listed_objects(json_object(web.json(f"{channels}/channels.json")), "data")
        ids = [number(entry.get("id")) for entry in listed if CHANNEL in (entry.get("uri"), _folded(entry, "name"))]
        if not ids or ids[0] is None:
            raise ItemError(ErrorKind.HTTP_404, f"no channel is named '{CHANNEL}'")
        return f"{channels}/projects.json", {
            "channel_id": ids[0], "sorting": "latest", "dimension": "all", "per_page": CHANNEL_CARDS,
        }  # fmt: skip

    def _listed(self, card: Document) -> ListedWork:
        """A project; only its card is taken of one that nothing covers."""
        work = self._described(card, text(card, "hash_id") or "")
        return ListedWork(work, RECORD if self.covers(work.artist, work.page_url) else None)

    def _described(self, document: Document, hash_id: str) -> FoundArtwork:
        user = fields_of(document, "user")
        return FoundArtwork(
            source_id=hash_id,
            page_url=f"{self.endpoint}/artwork/{hash_id}",
            title=html.unescape(text(document, "title") or ""),
            artist=text(user, "full_name") or text(user, "username"),
        )

    def record(self, web: Web, source_id: str) -> list[FoundArtwork]:
        """The pictures of a project, from its record and its page; of `PROJECT/PICTURE` that picture alone."""
        hash_id, _, picture_id = source_id.partition("/")
        project = json_object(web.json(f"{self.endpoint}/projects/{hash_id}.json"))
        work = self._described(project, hash_id)
        _, signals = web.html(work.page_url or "")
        pictures = _pictures(project, replace(work, signals=[_as_default(signal) for signal in signals]))
        if not picture_id:
            return pictures
        wanted = [picture for picture in pictures if picture.source_id == source_id]
        if pictures and not wanted:
            raise ItemError(ErrorKind.HTTP_404, f"the project shows other pictures, no longer '{picture_id}'")
        return wanted


def _folded(document: Document, name: str) -> str:
    return (text(document, name) or "").casefold()


def _pictures(project: Document, work: FoundArtwork) -> list[FoundArtwork]:
    tags = texts_in(project, "tags") or texts_in(project, "tag_list")
    adult = any(project.get(name) for name in ("adult_content", "admin_adult_content", "hide_as_adult"))
    return [
        replace(
            work,
            source_id=f"{work.source_id}/{text(asset, 'id')}",
            candidates=candidates(url, number(asset.get("width")), number(asset.get("height"))),
            date=text(project, "published_at"),
            attribution=f'"{work.title}" by {work.artist}, {work.page_url}',
            tags=[*tags, *(["adult content"] if adult else [])],
        )
        for asset in objects_in(project, "assets")
        if (url := text(asset, "image_url")) and _is_picture(asset)
    ]


def _is_picture(asset: Document) -> bool:
    """Videos, models, panoramas and covers (which are cuts of the pictures) are none."""
    is_image = asset.get("asset_type", "image") == "image" and bool(asset.get("has_image"))
    return is_image and not asset.get("has_embedded_player") and bool(text(asset, "id"))


def candidates(url: str, width: int | None, height: int | None) -> list[PictureAddress]:
    """All sizes of a picture, the largest first. `width` and `height` are the upload's, which is never served."""
    if not SIZE_IN_URL.search(url):
        return [PictureAddress(url, width, height)]
    sizes = [
        PictureAddress(SIZE_IN_URL.sub(f"/{name}/", url, count=1), *_served(width, height, *limits))
        for name, limits in SIZE_LIMITS.items()
    ]
    # for tall pictures `4k` is smaller than `large`, whose height is not limited
    return sorted(sizes, key=lambda size: -(size.width or 0) * (size.height or 0))


def _served(
    width: int | None, height: int | None, max_width: int, max_height: int | None
) -> tuple[int | None, int | None]:
    if not width or not height:
        return None, None
    scale = min(1.0, max_width / width, max_height / height if max_height else 1.0)
    return round(width * scale), round(height * scale)


def _as_default(signal: Signal) -> Signal:
    """A mark on a page may be the site's default, which a written permission covers; the artist's own mark is a tag."""
    return replace(signal, finding="platform_default") if signal.finding == "opt_out" else signal
