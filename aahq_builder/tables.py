"""The tables of a build as pandas DataFrames, and the command `aahq-build table` that prints them."""

import dataclasses
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from aahq_builder.config import BuildConfig
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import TABLES, Artwork, Face, Review, Row, Run, Score
from aahq_builder.workdir import WorkDir
from blendgan.console import Console

if TYPE_CHECKING:
    import pandas as pd

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
    with Journal(WorkDir(Path(work)).existing().database) as journal:
        return Tables(*(journal.table(record) for record in (Artwork, Face, Score, Review, Run)))


def run(config: TableConfig, console: Console) -> None:
    """Print a table as text, CSV or one JSON object a row."""
    if config.name not in BY_NAME:
        raise UserError(f"no table '{config.name}'; there are {', '.join(BY_NAME)}")
    record = BY_NAME[config.name]
    limit = f"TRUE LIMIT {config.limit}" if config.limit is not None else "TRUE"
    with Journal(WorkDir(config.work).existing().database) as journal:
        if config.json or config.format == "jsonl":
            for row in journal.select(record, limit):
                sys.stdout.write(json.dumps(dataclasses.asdict(row), ensure_ascii=False, default=bytes.hex) + "\n")  # type: ignore[call-overload]
            return
        frame = journal.table(record, limit)
    if config.format == "csv":
        frame.to_csv(sys.stdout, index=False)
    else:
        sys.stdout.write(frame.to_string(index=False, max_colwidth=40) + "\n")
