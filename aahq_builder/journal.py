"""The journal of a build: typed rows in SQLite (WAL), one writer, small batches.

A stage selects what is pending, hands it to workers, and commits results as they come. Killing it at any
moment loses only what was in flight; running the same command again resumes.
"""

import dataclasses
import json
import sqlite3
import types
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from aahq_builder.errors import UserError
from aahq_builder.records import TABLES, Row

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 2
"""Raise it when old rows would be misread; new tables and columns are simply added."""
BUSY_TIMEOUT_S = 30.0
SQL_TYPES = {str: "TEXT", int: "INTEGER", bool: "INTEGER", float: "REAL", bytes: "BLOB"}

INDICES = {
    "artworks_by_status": "artworks (status, source, host)",
    "artworks_by_image": "artworks (image_url)",
    "artworks_by_content": "artworks (sha256)",
    "artworks_by_pixels": "artworks (pixel_sha256)",
    "artworks_by_path": "artworks (path)",
    "faces_by_artwork": "faces (artwork_id)",
    "faces_by_original": "faces (duplicate_of)",
    "resemblances_by_second": "resemblances (second)",
}
FORGET_DELETED_FACES = """
CREATE TRIGGER IF NOT EXISTS forget_deleted_faces AFTER DELETE ON faces BEGIN
    DELETE FROM fingerprints WHERE face_id = OLD.face_id;
    DELETE FROM resemblances WHERE first = OLD.face_id OR second = OLD.face_id;
END
"""
"""Sketches show what the picture showed, so whoever deletes a face deletes them too."""

RowT = TypeVar("RowT", bound=Row)


class Journal:
    """An open journal. Use it as a context manager; one process writes, any number may read."""

    def __init__(self, database: Path) -> None:
        database.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(database, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self._create(database)

    def _create(self, database: Path) -> None:
        (found,) = self.connection.execute("PRAGMA user_version").fetchone()
        if found not in (0, SCHEMA_VERSION):
            raise UserError(
                f"{database} has schema {found}, this program writes {SCHEMA_VERSION}; "
                "use the version that made it, or begin a new work folder"
            )
        with self.transaction():
            for record in TABLES:
                self.connection.execute(_create_statement(record))
                self._add_new_columns(record)
            for name, columns in INDICES.items():
                self.connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}")
            self.connection.execute(FORGET_DELETED_FACES)
            self.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _add_new_columns(self, record: type[Row]) -> None:
        """Bring a table of an older program up to date; its rows have null in the new columns."""
        present = {row["name"] for row in self.connection.execute(f"PRAGMA table_info({record.table})")}
        for column, declaration in _columns(record).items():
            if column not in present:
                self.connection.execute(f"ALTER TABLE {record.table} ADD COLUMN {declaration}")

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything in the block, or nothing."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def insert(self, rows: Iterable[Row], on_conflict: str = "ABORT") -> int:
        """Add rows; `on_conflict` is SQLite's ABORT, IGNORE or REPLACE. Gives the number of rows added."""
        before = self.connection.total_changes
        for row in rows:
            values = {field.name: getattr(row, field.name) for field in _fields(type(row))}
            marks = ", ".join("?" * len(values))
            self.connection.execute(
                f"INSERT OR {on_conflict} INTO {row.table} ({', '.join(values)}) VALUES ({marks})",
                [to_sql(value) for value in values.values()],
            )
        return self.connection.total_changes - before

    def update(self, record: type[Row], key: str | Sequence[str], **values: object) -> None:
        """Set columns of the row with this primary key."""
        keys = (key,) if isinstance(key, str) else tuple(key)
        assignments = ", ".join(f"{name} = ?" for name in values)
        where = " AND ".join(f"{name} = ?" for name in record.key)
        self.connection.execute(
            f"UPDATE {record.table} SET {assignments} WHERE {where}",
            [*(to_sql(value) for value in values.values()), *keys],
        )

    def delete(self, record: type[Row], column: str, values: Iterable[object]) -> int:
        """Delete the rows whose column holds one of these values; gives how many there were."""
        sql = f"DELETE FROM {record.table} WHERE {column} = ?"
        return self.connection.executemany(sql, ([value] for value in values)).rowcount

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run one SQL statement."""
        return self.connection.execute(sql, parameters)

    def select(self, record: type[RowT], where: str = "TRUE", parameters: Sequence[object] = ()) -> Iterator[RowT]:
        """Rows as dataclasses. `where` may end in ORDER BY and LIMIT."""
        for row in self.connection.execute(f"SELECT * FROM {record.table} WHERE {where}", parameters):
            yield from_sql(record, row)

    def count(self, record: type[Row], where: str = "TRUE", parameters: Sequence[object] = ()) -> int:
        """How many rows there are."""
        sql = f"SELECT count(*) FROM {record.table} WHERE {where}"
        (count,) = self.connection.execute(sql, parameters).fetchone()
        return int(count)

    def table(self, record: type[Row], where: str = "TRUE") -> "pd.DataFrame":
        """A table as a DataFrame, JSON columns decoded."""
        import pandas as pd

        frame = pd.read_sql(f"SELECT * FROM {record.table} WHERE {where}", self.connection)
        for field in _fields(record):
            kind = _sql_kind(record, field.name)
            if kind is None:
                frame[field.name] = [None if text is None else json.loads(text) for text in frame[field.name]]
            elif kind is bool:
                frame[field.name] = frame[field.name].astype(bool)
        return frame


def to_sql(value: object) -> object:
    """A field's value as SQLite stores it: everything that is not a scalar becomes JSON text."""
    if value is None or isinstance(value, (str, int, float, bytes)):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def from_sql(record: type[RowT], row: sqlite3.Row) -> RowT:
    """The dataclass of a stored row."""
    values = {}
    for field in _fields(record):
        value = row[field.name]
        kind = _sql_kind(record, field.name)
        if value is not None:
            value = json.loads(value) if kind is None else bool(value) if kind is bool else value
        values[field.name] = value
    return record(**values)


def _fields(record: type[Row]) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(record)  # type: ignore[arg-type]  # every record is a dataclass


_KINDS: dict[tuple[type[Row], str], type | None] = {}


def _sql_kind(record: type[Row], name: str) -> type | None:
    """The scalar type of a column, or None for JSON."""
    if (record, name) not in _KINDS:
        for field_name, hint in get_type_hints(record).items():
            options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
            scalar = next((option for option in options if option is not type(None)), str)
            _KINDS[record, field_name] = scalar if scalar in SQL_TYPES else None
    return _KINDS[record, name]


def _columns(record: type[Row]) -> dict[str, str]:
    """Column declarations by name."""
    kinds = {field.name: _sql_kind(record, field.name) for field in _fields(record)}
    return {name: f"{name} {SQL_TYPES[kind] if kind else 'TEXT'}" for name, kind in kinds.items()}


def _create_statement(record: type[Row]) -> str:
    columns = ", ".join(_columns(record).values())
    return f"CREATE TABLE IF NOT EXISTS {record.table} ({columns}, PRIMARY KEY ({', '.join(record.key)}))"
