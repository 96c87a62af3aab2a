"""A list of addresses that the user brings: CSV, TSV, JSONL or Parquet with a column `url`; `list_files` reads it.

Other columns are taken where they exist: `id`, `page_url`, `title`, `artist`, `date`, `license`, `license_url`,
`attribution`, `tags`. A row needs a licence or a written permission.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from pathlib import Path

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Json
from aahq_builder.rights.licenses import read_license
from aahq_builder.sources.addresses import without_tracking
from aahq_builder.sources.base import ListingPage, SourceFacts, Web, place_in_words, whole
from aahq_builder.sources.found import FoundArtwork, PictureAddress, credit, unread
from aahq_builder.sources.list_files import check_list, rows_of
from aahq_builder.web.rate import RatePolicy

ROWS_PER_PAGE = 1000


class Urls:
    """The rows of one file, in order."""

    name = "urls"
    rate_policy = RatePolicy()
    facts = SourceFacts(holds="a list of addresses", license="by line (column `license`)", needs="--path")

    def __init__(self, path: Path) -> None:
        check_list(path)
        self.path = path
        self.place = place_in_words(self.name, path)
        with path.open("rb") as content:
            self.digest = hashlib.file_digest(content, "sha256").hexdigest()[:8]

    def listing(self) -> str:
        """`urls: NAME (8 digits), content 8 digits`: a list that was changed is read again."""
        return f"{self.place}, content {self.digest}"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """Rows by their number, each a whole record."""
        first = int(cursor["row"]) if isinstance(cursor, dict) else 0
        repeated = _repeated_ids(self.path)
        rows = islice(enumerate(rows_of(self.path)), first, None)
        while part := list(islice(rows, ROWS_PER_PAGE)):
            yield whole([_found(number, row, repeated, self.place) for number, row in part], {"row": part[-1][0] + 1})
        yield whole([], None)


def _repeated_ids(path: Path) -> frozenset[str]:
    """Ids that rows with different addresses share: they name no picture alone."""
    address_of: dict[str, int] = {}
    repeated = set()
    for row in rows_of(path):
        if "id" in row and "url" in row:
            name, address = _text(row["id"]), hash(without_tracking(_text(row["url"])))
            if address_of.setdefault(name, address) != address:
                repeated.add(name)
    return frozenset(repeated)


def _found(number: int, row: Mapping[str, object], repeated: Collection[str], place: str) -> FoundArtwork:
    text = {name: _text(value) for name, value in row.items()}
    name, url = text.get("id"), without_tracking(text.get("url", ""))
    if name in repeated:
        name = f"{name} {url}"
    license_ = read_license(text.get("license"), text.get("license_url"))
    page_url = text.get("page_url")
    found = FoundArtwork(
        source_id=name or url or f"row {number + 1}",
        listing=place,
        page_url=page_url,
        candidates=[PictureAddress(url)] if url else [],
        title=text.get("title"),
        artist=text.get("artist"),
        date=text.get("date"),
        attribution=text.get("attribution") or credit(text.get("title"), text.get("artist"), license_.spdx, page_url),
        license=license_,
        tags=_tags(row.get("tags")),
    )
    if url:
        return found
    cause = "has no address" if row else "is empty, or cannot be read"
    return unread(found, "license", ItemError(ErrorKind.DECODE, f"row {number + 1} of the list {cause}"))


def _text(value: object) -> str:
    """A value as it can be stored: half characters, which JSON can spell, become question marks."""
    return str(value).encode("utf-8", errors="replace").decode().strip()


def _tags(value: object) -> list[str]:
    """Tags as a list or array, or joined into one text by bars, commas or semicolons."""
    parts = value if isinstance(value, list | tuple) else re.split(r"[|,;]", _text(value or ""))
    return [text for text in map(_text, parts) if text]
