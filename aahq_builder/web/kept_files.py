"""Site files that the journal keeps, for the threads that ask: a connection of their own, which only reads."""

import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path

from aahq_builder.journal import Journal
from aahq_builder.records import SiteFile
from aahq_builder.schema import from_sql


@dataclass
class KeptSiteFiles:
    """Looks up one file at a time."""

    database: Path
    since: str
    """Files that were read before this time (ISO 8601, UTC) count as not kept."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        address = f"{self.database.absolute().as_uri()}?mode=ro"
        self.connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        self.connection.row_factory = sqlite3.Row

    def __call__(self, url: str) -> SiteFile | None:
        """The file of an address, if it is kept."""
        sql = "SELECT * FROM site_files WHERE url = ? AND read_at >= ?"
        with self.lock:
            rows = self.connection.execute(
                sql, (url, self.since)
            ).fetchall()  # all: an open query would hold up a vacuum
        return next((from_sql(SiteFile, row) for row in rows), None)


def kept_files(journal: Journal, since: str) -> KeptSiteFiles:
    """Beside an open journal."""
    (_, _, path) = next(row for row in journal.execute("PRAGMA database_list") if row[1] == "main")
    return KeptSiteFiles(Path(path), since)
