"""The tables of a build as pandas DataFrames, and the command `aahq-build table` that prints them."""

import csv
import itertools
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from aahq_builder.config import BuildConfig
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import TABLES, Artwork, Face, Review, Row, Run, Score
from aahq_builder.schema import column_kinds
from aahq_builder.workdir import WorkDir
from blendgan.console import Console

if TYPE_CHECKING:
    import pandas as pd

WIDEST = 40
"""Longest text of a column, letters."""
BY_NAME: dict[str, type[Row]] = {record.table: record for record in TABLES}


@dataclass(frozen=True, kw_only=True)
class TableConfig(BuildConfig):
    """Flags of `table`."""

    name: Annotated[str, tyro.conf.Positional]
    """artworks, faces, scores, reviews or runs."""
    format: Literal["text", "csv", "jsonl"] = "text"
    """How to print it."""


@dataclass(frozen=True)
class Tables:
    """Snapshots of the tables that users work with."""

    artworks: "pd.DataFrame"
    faces: "pd.DataFrame"
    scores: "pd.DataFrame"
    reviews: "pd.DataFrame"
    runs: "pd.DataFrame"


def open_tables(work: str | Path) -> Tables:
    """Read a build's tables; `UserError` if the folder holds none."""
    with Journal(WorkDir(Path(work)).existing().database, read_only=True) as journal, journal.snapshot():
        return Tables(*(journal.table(record) for record in (Artwork, Face, Score, Review, Run)))


def run(config: TableConfig, console: Console) -> None:
    """Print a table as text, CSV or one JSON object a row; rows are never all in memory."""
    if config.name not in BY_NAME:
        raise UserError(f"no table '{config.name}'; there are {', '.join(BY_NAME)}")
    record = BY_NAME[config.name]
    with Journal(WorkDir(config.work).existing().database, read_only=True) as journal, journal.snapshot():
        if config.json or config.format == "jsonl":
            _print_json_lines(journal, record, config.limit)
        elif config.format == "csv":
            lines = csv.writer(sys.stdout)
            lines.writerow(column_kinds(record))
            lines.writerows(_stored(journal, record, config.limit))
        else:
            _print_text(journal, record, config.limit)


def _print_json_lines(journal: Journal, record: type[Row], limit: int | None) -> None:
    for row in journal.select(record, "TRUE LIMIT ?", [limit or -1]):
        sys.stdout.write(json.dumps(vars(row), ensure_ascii=False, default=bytes.hex) + "\n")


def _stored(journal: Journal, record: type[Row], limit: int | None) -> Iterator[tuple[object, ...]]:
    """Rows as the database holds them, with JSON as text."""
    names = ", ".join(column_kinds(record))
    for row in journal.execute(f"SELECT {names} FROM {record.table} LIMIT ?", [limit or -1]):
        yield tuple(value.hex() if isinstance(value, bytes) else value for value in row)


def _print_text(journal: Journal, record: type[Row], limit: int | None) -> None:
    """Columns side by side, each as wide as its longest value, which the database is asked for first."""
    names = tuple(column_kinds(record))
    longest = ", ".join(f"max(length(CAST({name} AS TEXT)))" for name in names)
    rows = f"(SELECT * FROM {record.table} LIMIT ?)"
    found = journal.execute(f"SELECT {longest} FROM {rows}", [limit or -1]).fetchone()
    widths = [min(max(len(name), width or 0), WIDEST) for name, width in zip(names, found, strict=True)]
    for row in itertools.chain([names], _stored(journal, record, limit)):
        cells = [_cell(value).rjust(width) for width, value in zip(widths, row, strict=True)]
        sys.stdout.write(" ".join(cells) + "\n")


def _cell(value: object) -> str:
    """A value in one short line; what a stranger wrote must not steer the terminal."""
    text = "" if value is None else str(value)
    text = text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)
