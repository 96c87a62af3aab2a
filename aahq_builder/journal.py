"""The journal of a build: typed rows in SQLite (WAL), small batches, one sentence for whatever the database refuses.

A stage selects what is pending, hands it to workers, and commits results as they come. Killing it at any
moment loses only what was in flight; running the same command again resumes.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from aahq_builder import schema
from aahq_builder.errors import UserError
from aahq_builder.records import Row
from aahq_builder.schema import RowT, column_kinds, from_sql, to_sql

if TYPE_CHECKING:
    import pandas as pd

BUSY_TIMEOUT_S = 30.0
WITHOUT_LOG = ("SQLITE_CANTOPEN", "SQLITE_READONLY")
"""How SQLite refuses to read on a disk where it can make no log."""
AGAIN = "run the same command again to go on"
REFUSALS = {
    "BUSY": f"is being written by another program for more than {BUSY_TIMEOUT_S:g} s; wait for it, then {AGAIN}",
    "LOCKED": f"is being written by another program; wait for it, then {AGAIN}",
    "FULL": f"cannot grow, because no space is left; free some and {AGAIN}",
    "READONLY": "may not be written; check its permissions and whether its disk is read-only",
    "CANTOPEN": "cannot be opened; check that its folder exists, and your permissions for it",
    "PERM": "may not be opened; check its permissions",
    "NOTADB": "is no database; give a work folder with --work, or move that file away",
    "CORRUPT": "is damaged; restore it from a copy, or try: sqlite3 aahq.sqlite .recover",
    "IOERR": f"cannot be read or written, because its disk fails or is full; mend that and {AGAIN}",
    "TOOBIG": "was given a value that is too large for it",
}
"""What SQLite's kinds of errors mean for the user; all others are defects of ours."""


class Journal:
    """An open journal. Use it as a context manager, which also turns the database's refusals into `UserError`."""

    def __init__(self, database: Path, *, read_only: bool = False) -> None:
        self.database = database
        if not read_only:
            database.parent.mkdir(parents=True, exist_ok=True)
        with refusals_named(database):
            self.connection = _open_for_reading(database) if read_only else _open_for_writing(database)
        self.connection.row_factory = sqlite3.Row

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(sqlite3.Error):  # what could not be committed has been said before
            self.connection.close()
        if isinstance(error, sqlite3.Error) and (words := _in_words(error)):
            raise UserError(f"{self.database} {words}") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything in the block, or nothing."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:  # a full disk has rolled back already
                self.connection.execute("ROLLBACK")
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See one state of the build throughout the block, whatever others commit meanwhile."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("COMMIT")

    def insert(self, rows: Iterable[Row], on_conflict: str = "ABORT") -> int:
        """Add rows; `on_conflict` is SQLite's ABORT, IGNORE or REPLACE. Gives the number of rows added."""
        before = self.connection.total_changes
        for row in rows:
            values = {name: getattr(row, name) for name in column_kinds(type(row))}
            marks = ", ".join("?" * len(values))
            self.connection.execute(
                f"INSERT OR {on_conflict} INTO {row.table} ({', '.join(values)}) VALUES ({marks})",
                [to_sql(value) for value in values.values()],
            )
        return self.connection.total_changes - before

    def update(self, record: type[Row], key: str | Sequence[str], **values: object) -> None:
        """Set columns of the row with this primary key, unless its artwork was removed meanwhile."""
        keys = (key,) if isinstance(key, str) else tuple(key)
        assignments = ", ".join(f"{name} = ?" for name in values)
        where = " AND ".join(f"{name} = ?" for name in record.key)
        self.connection.execute(
            f"UPDATE {record.table} SET {assignments} WHERE {where} AND {record.may_change}",
            [*(to_sql(value) for value in values.values()), *keys],
        )

    def delete(self, record: type[Row], column: str, values: Iterable[object]) -> int:
        """Delete the rows whose column holds one of these values; gives how many there were."""
        sql = f"DELETE FROM {record.table} WHERE {column} = ?"
        return self.connection.executemany(sql, ([value] for value in values)).rowcount

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run one SQL statement."""
        return self.connection.execute(sql, parameters)

    def select(
        self,
        record: type[RowT],
        where: str = "TRUE",
        parameters: Sequence[object] = (),
        *,
        columns: Sequence[str] | None = None,
    ) -> Iterator[RowT]:
        """Rows as dataclasses, one by one; `where` may end in ORDER BY and LIMIT.

        With `columns` only these are read, which is much faster for wide rows; the others have their defaults.
        """
        wanted = ", ".join(columns or column_kinds(record))
        for row in self.connection.execute(f"SELECT {wanted} FROM {record.table} WHERE {where}", parameters):
            yield from_sql(record, row)

    def count(self, record: type[Row], where: str = "TRUE", parameters: Sequence[object] = ()) -> int:
        """How many rows there are."""
        sql = f"SELECT count(*) FROM {record.table} WHERE {where}"
        (count,) = self.connection.execute(sql, parameters).fetchone()
        return int(count)

    def table(self, record: type[Row], where: str = "TRUE") -> "pd.DataFrame":
        """A table as a DataFrame, JSON columns decoded."""
        import pandas as pd

        kinds = column_kinds(record)
        frame = pd.read_sql(f"SELECT {', '.join(kinds)} FROM {record.table} WHERE {where}", self.connection)
        for name, kind in kinds.items():
            if kind is None:
                frame[name] = [json.loads(text) if isinstance(text, str) else None for text in frame[name]]
            elif kind is bool:
                frame[name] = frame[name].astype(bool)
        return frame


@contextmanager
def refusals_named(database: Path) -> Iterator[None]:
    """Turn what the database refuses into a `UserError` of one sentence."""
    try:
        yield
    except sqlite3.Error as error:
        if words := _in_words(error):
            raise UserError(f"{database} {words}") from error
        raise


def _in_words(error: sqlite3.Error) -> str | None:
    """What the user should know about an error of the database; None for a defect of ours."""
    name = str(getattr(error, "sqlite_errorname", "")).removeprefix("SQLITE_")
    return next((words for kind, words in REFUSALS.items() if name == kind or name.startswith(f"{kind}_")), None)


def _open_for_writing(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        schema.check_version(connection, database)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if not schema.is_current(connection):
            connection.execute("BEGIN IMMEDIATE")
            schema.create(connection)
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _open_for_reading(database: Path) -> sqlite3.Connection:
    """A connection that changes nothing, beside a writer and on a read-only disk too."""
    connection = _connect_read_only(database)
    schema.check_version(connection, database)
    if not schema.is_current(connection):
        connection.close()
        _open_for_writing(database).close()  # an older program's: new columns are added
        connection = _connect_read_only(database)
    return connection


def _connect_read_only(database: Path) -> sqlite3.Connection:
    address = f"{database.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        log = database.with_name(f"{database.name}-wal")
        if not error.sqlite_errorname.startswith(WITHOUT_LOG) or (log.exists() and log.stat().st_size):
            raise
        # without a log, and where none can be begun, nobody is writing: the file alone is the whole truth
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection
