"""A list of addresses that the user brings: CSV, TSV, JSONL or Parquet with a column `url`.

Other columns are taken where they exist: `id`, `page_url`, `title`, `artist`, `date`, `license`, `license_url`,
`attribution`, `tags`. A row needs a licence or a written permission.
"""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from aahq_builder.errors import UserError
from aahq_builder.records import Json
from aahq_builder.rights.licenses import read_license
from aahq_builder.sources.base import ListingPage, Web, whole
from aahq_builder.sources.found import FoundArtwork, PictureAddress, credit
from aahq_builder.web.rate import RatePolicy

ROWS_PER_PAGE = 1000
URL_COLUMNS = ("url", "URL", "image_url")


class Urls:
    """The rows of one file, in order."""

    name = "urls"
    rate_policy = RatePolicy()

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in READERS:
            raise UserError(f"--path {path}: urls reads {', '.join(READERS)}")
        self.path = path
        self.digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]

    def listing(self) -> str:
        """`urls: NAME (8 digits of its hash)`: a list that was changed is read again."""
        return f"urls: {self.path.name} ({self.digest})"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """Rows by their number, each a whole record."""
        first = int(cursor["row"]) if isinstance(cursor, dict) else 0
        rows = islice(enumerate(READERS[self.path.suffix.lower()](self.path)), first, None)
        while part := list(islice(rows, ROWS_PER_PAGE)):
            yield whole([_found(number, row) for number, row in part], {"row": part[-1][0] + 1})
        yield whole([], None)


def _found(number: int, row: Mapping[str, object]) -> FoundArtwork:
    text = {name: str(value).strip() for name, value in row.items() if name and value not in (None, "")}
    url = next((text[name] for name in URL_COLUMNS if name in text), None)
    license_ = read_license(text.get("license"), text.get("license_url"))
    page_url = text.get("page_url")
    return FoundArtwork(
        source_id=text.get("id") or url or f"row {number + 1}",
        page_url=page_url,
        candidates=[PictureAddress(url)] if url else [],
        title=text.get("title"),
        artist=text.get("artist"),
        date=text.get("date"),
        attribution=text.get("attribution") or credit(text.get("title"), text.get("artist"), license_.spdx, page_url),
        license=license_,
        tags=[tag.strip() for tag in text.get("tags", "").split("|") if tag.strip()],
    )


def _read_csv(path: Path) -> Iterator[Mapping[str, object]]:
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as lines:
        yield from csv.DictReader(lines, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")


def _read_jsonl(path: Path) -> Iterator[Mapping[str, object]]:
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise UserError(f"--path {path} line {number} is no JSON object") from error
            yield row if isinstance(row, dict) else {}


def _read_parquet(path: Path) -> Iterator[Mapping[str, object]]:
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(path).iter_batches(ROWS_PER_PAGE):
        yield from batch.to_pylist()


READERS = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}
