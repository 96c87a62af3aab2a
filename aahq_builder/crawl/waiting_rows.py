"""The rows that wait for their picture, asked of the journal one at a time: no copy of them is kept in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aahq_builder.journal import Journal
from aahq_builder.records import Artwork
from aahq_builder.schema import from_sql
from aahq_builder.web.url_safety import host_key


@dataclass
class WaitingRows:
    """The `found` rows of some sources. Every question is answered by an index, except those that say otherwise."""

    journal: Journal
    sources: Sequence[str]
    drawn: dict[tuple[str, str], int] = field(default_factory=dict)
    """By source and host: the rowid of the last row that was drawn."""

    def draw(self, host: str) -> Artwork | None:
        """The oldest row of a host that was not drawn yet; rows get a larger rowid when they are written anew."""
        sql = (
            "SELECT rowid, * FROM artworks WHERE status = 'found' AND source = ? AND host = ? AND rowid > ?"
            " ORDER BY rowid LIMIT 1"
        )
        for source in self.sources:
            row = self.journal.execute(sql, (source, host, self.drawn.get((source, host), -1))).fetchone()
            if row:
                self.drawn[source, host] = row["rowid"]
                return from_sql(Artwork, row)
        return None

    def fetched_address(self, host: str) -> str | None:
        """The address of a picture that a host has given in an earlier run; None if there is none."""
        sql = "SELECT image_url FROM artworks WHERE status = 'fetched' AND source = ? AND host = ? LIMIT 1"
        rows = (self.journal.execute(sql, (source, host)).fetchone() for source in self.sources)
        return next((row[0] for row in rows if row and host_key(row[0] or "") == host), None)

    def hosts(self) -> Iterator[tuple[str, str]]:
        """Source and host of everything that waits: one walk over the index of what waits."""
        for source in self.sources:
            sql = "SELECT DISTINCT host FROM artworks WHERE status = 'found' AND source = ?"
            yield from [(source, row[0]) for row in self.journal.execute(sql, (source,))]

    def by_host(self) -> dict[str, int]:
        """How many rows wait for each host: one walk over the index of what waits."""
        marks = ", ".join("?" * len(self.sources))
        sql = f"SELECT host, count(*) FROM artworks WHERE status = 'found' AND source IN ({marks}) GROUP BY host"
        return {row[0]: row[1] for row in self.journal.execute(sql, self.sources)}

    def count(self) -> int:
        """How many rows wait: one walk over the index of what waits."""
        marks = ", ".join("?" * len(self.sources))
        return self.journal.count(Artwork, f"status = 'found' AND source IN ({marks})", self.sources)
