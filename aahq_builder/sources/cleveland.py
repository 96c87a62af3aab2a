"""The Cleveland Museum of Art: open-access records by offset, each with its pictures in several sizes.

https://openaccess-api.clevelandart.org: no key; `share_license_status` is `CC0` or `Copyrighted`.
"""

from collections.abc import Iterator
from typing import Any

from aahq_builder.errors import ItemError
from aahq_builder.records import Artwork, Json
from aahq_builder.rights.licenses import License, read_license
from aahq_builder.sources.base import WITHDRAWN, Candidate, Found, Page, Web, credit, json_object
from aahq_builder.web.rate import RatePolicy

ENDPOINT = "https://openaccess-api.clevelandart.org"
RECORDS_PER_PAGE = 100
SIZES = ("print", "web")
"""`full` is a TIFF of hundreds of megabytes; `print` has 3400 px."""


class Cleveland:
    """CC0 works with pictures that the search finds, portraits by default."""

    name = "cleveland"
    rate_policy = RatePolicy(rate=0.5, in_flight=1)

    def __init__(self, query: str | None = None, endpoint: str | None = None) -> None:
        self.query = query or "portrait"
        self.endpoint = (endpoint or ENDPOINT).rstrip("/")

    def listing(self) -> str:
        """`cleveland: portrait`."""
        return f"cleveland: {self.query}"

    def pages(self, web: Web, cursor: Json | None) -> Iterator[Page]:
        """Pages by offset."""
        skip = int(cursor["skip"]) if isinstance(cursor, dict) else 0
        while True:
            params: dict[str, str | int] = {
                "cc0": 1,
                "has_image": 1,
                "q": self.query,
                "limit": RECORDS_PER_PAGE,
                "skip": skip,
            }
            answer = json_object(web.json(f"{self.endpoint}/api/artworks/", params))
            records = [record for record in answer.get("data") or [] if isinstance(record, dict)]
            skip += RECORDS_PER_PAGE
            more = bool(records) and skip < int((answer.get("info") or {}).get("total") or 0)
            yield Page([_found(record) for record in records], {"skip": skip} if more else None)
            if not more:
                return

    def look(self, web: Web, artwork: Artwork) -> Found | None:
        """The work's record."""
        try:
            answer = json_object(web.json(f"{self.endpoint}/api/artworks/{artwork.source_id}"))
        except ItemError as error:
            if error.kind in WITHDRAWN:
                return None
            raise
        return _found(json_object(answer.get("data")))


def _found(record: dict[str, Any]) -> Found:
    makers = [maker.get("description") for maker in record.get("creators") or [] if isinstance(maker, dict)]
    artist = "; ".join(str(maker) for maker in makers if maker) or None
    license_ = read_license(str(record.get("share_license_status") or ""))
    title = record.get("title") or None
    return Found(
        source_id=str(record.get("id")),
        page_url=record.get("url") or None,
        candidates=_candidates(record.get("images") or {}),
        title=title,
        artist=artist,
        date=record.get("creation_date") or None,
        attribution=record.get("tombstone") or credit(title, artist, license_.spdx, "The Cleveland Museum of Art"),
        license=License(license_.spdx, CC0_URL if license_.spdx == "CC0-1.0" else None),
        tags=[str(record[name]) for name in ("type", "technique") if record.get(name)],
    )


CC0_URL = "https://creativecommons.org/publicdomain/zero/1.0/"


def _candidates(images: dict[str, Any]) -> list[Candidate]:
    sizes = [images.get(size) for size in SIZES]
    return [
        Candidate(str(size["url"]), _number(size.get("width")), _number(size.get("height")))
        for size in sizes
        if isinstance(size, dict) and size.get("url")
    ]


def _number(value: object) -> int | None:
    """The API writes numbers as text."""
    return int(str(value)) if str(value).isdigit() else None
