"""The database's form, derived from the dataclasses in `records`: tables, columns, indices, and their values."""

import dataclasses
import json
import sqlite3
import types
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from aahq_builder.errors import UserError
from aahq_builder.records import TABLES, Row

SCHEMA_VERSION = 2
"""Raise it when old rows would be misread; new tables, columns and indices are simply added."""
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


def check_version(connection: sqlite3.Connection, database: Path) -> None:
    """A `UserError` if the database is of another program, or of another version of this one."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if found == 0 and tables:
        raise UserError(f"{database} is the database of another program; give another folder with --work")
    if found not in (0, SCHEMA_VERSION):
        raise UserError(
            f"{database} has schema {found}, this program writes {SCHEMA_VERSION}; "
            "use the version that made it, or begin a new work folder"
        )


def is_current(connection: sqlite3.Connection) -> bool:
    """Whether every table has every column, and every index is there."""
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    has_columns = all(set(column_kinds(record)) <= _present(connection, record) for record in TABLES)
    return has_columns and set(INDICES) <= names


def create(connection: sqlite3.Connection) -> None:
    """Make what is missing; rows of an older program have null in new columns."""
    for record in TABLES:
        connection.execute(_create_statement(record))
        for column in column_kinds(record).keys() - _present(connection, record):
            connection.execute(f"ALTER TABLE {record.table} ADD COLUMN {_declarations(record)[column]}")
    for name, columns in INDICES.items():
        connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}")
    connection.execute(FORGET_DELETED_FACES)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def to_sql(value: object) -> object:
    """A field's value as SQLite stores it: everything that is not a scalar becomes JSON text."""
    if value is None or isinstance(value, (str, int, float, bytes)):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def from_sql(record: type[RowT], row: sqlite3.Row) -> RowT:
    """The dataclass of a stored row; columns that were not selected are left at their defaults."""
    kinds = column_kinds(record)
    return record(**{name: value_of(kinds[name], row[name]) for name in row.keys() if name in kinds})  # noqa: SIM118


def value_of(kind: type | None, stored: Any) -> Any:
    """A stored value as the field holds it; kind None is JSON."""
    if stored is None:
        return None
    return json.loads(stored) if kind is None else bool(stored) if kind is bool else stored


_KINDS: dict[type[Row], dict[str, type | None]] = {}


def column_kinds(record: type[Row]) -> dict[str, type | None]:
    """The scalar type of each column, or None for JSON, in the order of the fields."""
    if record not in _KINDS:
        hints = get_type_hints(record)
        names = [field.name for field in dataclasses.fields(record)]  # type: ignore[arg-type]  # rows are dataclasses
        _KINDS[record] = {name: _scalar(hints[name]) for name in names}
    return _KINDS[record]


def _scalar(hint: Any) -> type | None:
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    scalar = next((option for option in options if option is not type(None)), str)
    return scalar if scalar in SQL_TYPES else None


def _present(connection: sqlite3.Connection, record: type[Row]) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({record.table})")}


def _declarations(record: type[Row]) -> dict[str, str]:
    return {name: f"{name} {SQL_TYPES[kind] if kind else 'TEXT'}" for name, kind in column_kinds(record).items()}


def _create_statement(record: type[Row]) -> str:
    columns = ", ".join(_declarations(record).values())
    return f"CREATE TABLE IF NOT EXISTS {record.table} ({columns}, PRIMARY KEY ({', '.join(record.key)}))"
