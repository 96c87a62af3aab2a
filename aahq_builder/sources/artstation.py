"""ArtStation's portraits channel, or a search there, for works that the user holds permissions or a legal basis for.

The site's terms forbid scraping and mark every work NoAI by default: nothing is asked for without `--permissions` or
`--i-have-a-legal-basis`, a mark that the artist has set wins over both, and a challenge is reported, not worked around.
"""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Artwork, Json
from aahq_builder.rights.rules import Signal
from aahq_builder.sources.base import (
    WITHDRAWN,
    Candidate,
    Found,
    Page,
    Web,
    described,
    json_object,
    unread,
)
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://www.artstation.com"
CHANNEL = "portraits"
MAX_PAGES = 100
"""The site lists no further: 100 pages of 100."""
CHANNEL_CARDS, SEARCH_CARDS = 100, 75
WARNING = (
    "artstation: the site's terms forbid scraping; only works that your permissions or legal basis cover are asked for"
)
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

    def __init__(self, covers: Covers, query: str | None = None, endpoint: str | None = None) -> None:
        self.covers, self.query = covers, query
        self.endpoint = (endpoint or ENDPOINT).rstrip("/")

    def listing(self) -> str:
        """`artstation: portraits`."""
        return f"artstation: {self.query or CHANNEL}"

    def pages(self, web: Web, cursor: Json | None) -> Iterator[Page]:
        """Pages by number; works that move between pages meanwhile are known by their ids."""
        number = int(cursor["page"]) if isinstance(cursor, dict) else 1
        address, params = self._route(web)
        while True:
            answer = json_object(web.json(address, {**params, "page": number}))
            cards = [card for card in answer.get("data") or [] if isinstance(card, dict)]
            found = [artwork for card in cards for artwork in self._artworks(web, card)]
            more = bool(cards) and number < MAX_PAGES
            yield Page(found, {"page": number + 1} if more else None)
            if not more:
                return
            number += 1

    def _route(self, web: Web) -> tuple[str, dict[str, str | int]]:
        if self.query:
            route = f"{self.endpoint}/api/v2/search/projects.json"
            return route, {"query": self.query, "per_page": SEARCH_CARDS, "sorting": "relevance", "pro_first": 0}
        channels = f"{self.endpoint}/api/v2/community/channels"
        listed = json_object(web.json(f"{channels}/channels.json")).get("data") or []
        ids = [
            entry.get("id") for entry in listed if CHANNEL in (str(entry.get("uri")), str(entry.get("name")).casefold())
        ]
        if not ids:
            raise ItemError(ErrorKind.HTTP_404, f"no channel is named '{CHANNEL}'")
        return f"{channels}/projects.json", {
            "channel_id": int(ids[0]), "sorting": "latest", "dimension": "all", "per_page": CHANNEL_CARDS,
        }  # fmt: skip

    def _artworks(self, web: Web, card: dict[str, Any]) -> list[Found]:
        """The pictures of a project; only its card is known of one that nothing covers."""
        hash_id, user = str(card.get("hash_id")), card.get("user") or {}
        artist = user.get("full_name") or user.get("username")
        page_url = f"{self.endpoint}/artwork/{hash_id}"
        bare = Found(
            source_id=hash_id, page_url=page_url, title=html.unescape(str(card.get("title") or "")), artist=artist
        )
        if not self.covers(artist, page_url):
            return [bare]
        try:
            return self._project(web, bare)
        except ItemError as error:
            return [unread(bare, "page", error)]

    def _project(self, web: Web, bare: Found) -> list[Found]:
        """The pictures of a project, from its record and its page."""
        project = json_object(web.json(f"{self.endpoint}/projects/{bare.source_id}.json"))
        _, signals = web.html(bare.page_url or "")
        return _pictures(project, bare, [_as_default(signal) for signal in signals])

    def look(self, web: Web, artwork: Artwork) -> Found | None:
        """The picture in its project, if it is still there."""
        project = described(artwork)
        bare = replace(project, source_id=project.source_id.partition("/")[0])
        try:
            pictures = self._project(web, bare)
        except ItemError as error:
            if error.kind in WITHDRAWN:
                return None
            raise
        return next((picture for picture in pictures if picture.source_id == artwork.source_id), None)


def _pictures(project: dict[str, Any], bare: Found, signals: Sequence[Signal]) -> list[Found]:
    tags = [str(tag) for tag in project.get("tags") or project.get("tag_list") or []]
    adult = any(project.get(name) for name in ("adult_content", "admin_adult_content", "hide_as_adult"))
    assets = [asset for asset in project.get("assets") or [] if _is_picture(asset)]
    return [
        replace(
            bare,
            source_id=f"{bare.source_id}/{asset.get('id')}",
            candidates=candidates(str(asset["image_url"]), asset.get("width"), asset.get("height")),
            date=project.get("published_at"),
            attribution=f'"{bare.title}" by {bare.artist}, {bare.page_url}',
            tags=[*tags, *(["adult content"] if adult else [])],
            signals=signals,
        )
        for asset in assets
    ]


def _is_picture(asset: object) -> bool:
    """Videos, models, panoramas and covers (which are cuts of the pictures) are none."""
    if not isinstance(asset, dict) or not asset.get("image_url") or asset.get("has_embedded_player"):
        return False
    return bool(asset.get("has_image")) and asset.get("asset_type", "image") == "image"


def candidates(url: str, width: int | None, height: int | None) -> list[Candidate]:
    """All sizes of a picture, the largest first. `width` and `height` are the upload's, which is never served."""
    if not SIZE_IN_URL.search(url):
        return [Candidate(url, width, height)]
    sizes = [
        Candidate(SIZE_IN_URL.sub(f"/{name}/", url, count=1), *_served(width, height, *limits))
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
