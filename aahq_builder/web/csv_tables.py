"""CSV files of the web as tables to be asked: each is read once a command, as a stream, and kept on disk.

Open data comes as files of a hundred megabytes. Neither the file nor its rows are ever in memory: the body goes into a
temporary file, the columns that are needed into a temporary database, and both are gone with the process.
"""

import csv
import io
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from aahq_builder.errors import ErrorKind, ItemError

MAX_TABLE_BYTES = 1 << 30
KEYS_AT_A_TIME = 500
MAX_DIGITS = 18
"""SQLite's integers end beyond."""


class CsvTable:
    """The rows of a CSV file by a column of whole numbers. May be asked by several threads."""

    def __init__(self, file: BinaryIO, key: str, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self.lock = threading.Lock()
        self.connection = sqlite3.connect("", check_same_thread=False)  # lies in a temporary file
        weakref.finalize(self, self.connection.close)
        names = ", ".join(f"value_{number} TEXT" for number in range(len(columns)))
        self.connection.execute(f"CREATE TABLE rows (key INTEGER, {names})")
        marks = ", ".join("?" * (len(columns) + 1))
        self.connection.executemany(f"INSERT INTO rows VALUES ({marks})", _rows(file, (key, *columns)))
        self.connection.execute("CREATE INDEX rows_by_key ON rows (key)")
        self.connection.commit()

    def of(self, key: int) -> list[dict[str, str]]:
        """The rows with this key, in the order of the file."""
        with self.lock:
            found = self.connection.execute("SELECT * FROM rows WHERE key = ? ORDER BY rowid", (key,)).fetchall()
        return [dict(zip(self.columns, values, strict=True)) for _, *values in found]

    def keys(self) -> Iterator[int]:
        """All keys, each once, in their order."""
        last = -1
        while True:
            sql = f"SELECT DISTINCT key FROM rows WHERE key > ? ORDER BY key LIMIT {KEYS_AT_A_TIME}"
            with self.lock:
                part = [row[0] for row in self.connection.execute(sql, (last,))]
            yield from part
            if not part:
                return
            last = part[-1]


@dataclass
class CsvTables:
    """The tables of a command, by address. Threads that want the same one wait for the first."""

    tables: dict[str, CsvTable] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, url: str, key: str, columns: Sequence[str], download: Callable[[BinaryIO], object]) -> CsvTable:
        """The table of `url`, whose bytes `download` writes into the file that it is given."""
        with self.lock:
            if url not in self.tables:
                with tempfile.TemporaryFile() as file:
                    download(file)
                    file.seek(0)
                    self.tables[url] = CsvTable(file, key, columns)
            return self.tables[url]


def _rows(file: BinaryIO, names: Sequence[str]) -> Iterator[list[int | str]]:
    """The values of these columns; lines whose first is no whole number, or that cannot be read, are left out.

    `ItemError` if the header lacks a column: an error page is no empty table.
    """
    with io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="") as text:
        lines = csv.reader(text)
        header = [name.strip().lower() for name in _next(lines) or []]
        if missing := [name for name in names if name not in header]:
            raise ItemError(ErrorKind.DECODE, f"the file has no column '{missing[0]}'")
        places = [header.index(name) for name in names]
        while (line := _next(lines)) is not None:
            values = [line[place] if place < len(line) else "" for place in places]
            key = values[0].strip()
            if key.isascii() and key.isdigit() and len(key) <= MAX_DIGITS:
                yield [int(key), *values[1:]]


def _next(lines: Iterator[list[str]]) -> list[str] | None:
    """The next line; empty for one that is no CSV, as behind a quote that is never closed, None at the end."""
    try:
        return next(lines, None)
    except csv.Error:
        return []
