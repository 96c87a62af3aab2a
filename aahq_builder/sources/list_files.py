"""Lists of addresses as people have them: CSV in any spelling, JSON lines, Parquet. A file's rows, one mapping each.

Columns are known by their names whatever their case, spaces and underscores, and `Licence` is `license`. A row that
cannot be read is a row without columns: it costs itself, not the list.
"""

import codecs
import csv
import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from aahq_builder.errors import UserError

Columns = Mapping[str, object]
COLUMNS = {
    "url": ("url", "imageurl"),
    "id": ("id",),
    "page_url": ("pageurl", "landingpage"),
    "title": ("title",),
    "artist": ("artist", "creator"),
    "date": ("date",),
    "license": ("license", "licence"),
    "license_url": ("licenseurl", "licenceurl"),
    "attribution": ("attribution",),
    "tags": ("tags", "keywords"),
}
"""What a column is called here, by what lists call it, without case, spaces and underscores."""
MEANING = {spelling: name for name, spellings in COLUMNS.items() for spelling in spellings}
ROWS_LOOKED_AT = 100
"""JSON lines have no header: the columns of so many rows stand for it."""
ROWS_PER_BATCH = 1000
MAX_FIELD_CHARACTERS = 1 << 20
DELIMITERS = ",;\t|"


def rows_of(path: Path) -> Iterator[Columns]:
    """The rows of a list, in order, with our names for their columns."""
    for row in READERS[path.suffix.lower()](path):
        named: dict[str, object] = {}
        for column, value in row.items():
            meaning = MEANING.get(_plain(column))
            if meaning and value not in (None, ""):
                named.setdefault(meaning, value)
        yield named


def check_list(path: Path) -> None:
    """Stop before any work at a list of another kind, or one without a column of addresses."""
    if path.suffix.lower() not in READERS:
        raise UserError(f"--path {path}: urls reads {', '.join(READERS)}")
    try:
        columns = _columns_of(path)
    except (OSError, ValueError) as error:
        raise UserError(f"--path {path} cannot be read as a list of addresses ({error}); save it anew") from error
    if columns and not any(MEANING.get(_plain(column)) == "url" for column in columns):
        names = ", ".join(sorted(columns)[:20])
        raise UserError(f"--path {path} has no column url, only: {names[:300]}; name the column of addresses url")


def _columns_of(path: Path) -> set[str]:
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet as pq

        return set(pq.read_schema(path).names)
    if path.suffix.lower() in (".csv", ".tsv"):
        with path.open(newline="", encoding=encoding_of(path), errors="replace") as lines:
            return {name for name in next(_table(lines), []) if name}
    rows = itertools.islice(READERS[path.suffix.lower()](path), ROWS_LOOKED_AT)
    return {str(column) for row in rows for column in row}


def encoding_of(path: Path) -> str:
    """UTF-8 or UTF-16 by the mark that the file begins with, UTF-8 if it is that, else Windows' western one."""
    with path.open("rb") as content:
        head = content.read(4)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        content.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while part := content.read(1 << 20):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _plain(column: object) -> str:
    return "".join(letter for letter in str(column).casefold() if letter.isalnum())


def _table(lines: Iterator[str]) -> Iterator[list[str]]:
    """Cells of a CSV: the delimiter is that which the header has most of; Excel may name it in a line before."""
    first = next(lines, "")
    named = first.strip().lower().removeprefix("sep=") if first.strip().lower().startswith("sep=") else ""
    header = next(lines, "") if named else first
    delimiter = named or max(DELIMITERS, key=header.count)
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    cells = csv.reader(itertools.chain([header], lines), delimiter=delimiter)
    while True:
        try:
            yield next(cells)
        except StopIteration:
            return
        except csv.Error:  # a field without end: the row is lost, the list is not
            yield []


def _read_csv(path: Path) -> Iterator[Columns]:
    with path.open(newline="", encoding=encoding_of(path), errors="replace") as lines:
        table = _table(line.replace("\0", "") for line in lines)
        header = next(table, [])
        for cells in table:
            yield dict(zip(header, cells, strict=False))


def _read_jsonl(path: Path) -> Iterator[Columns]:
    with path.open(encoding=encoding_of(path), errors="replace", newline="\n") as lines:
        for line in lines:
            if line.strip():
                yield _object(line)


def _object(line: str) -> Columns:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}


def _read_parquet(path: Path) -> Iterator[Columns]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_PER_BATCH):
            yield from batch.to_pylist()


READERS = {".csv": _read_csv, ".tsv": _read_csv, ".jsonl": _read_jsonl, ".parquet": _read_parquet}
