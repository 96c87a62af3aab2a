"""What a crawl reads from and writes to the database. Only the main thread comes here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aahq_builder.build import now
from aahq_builder.crawl.outcomes import HeldBack, Outcome
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Cursor
from aahq_builder.rights.rules import BEFORE_REQUEST, REQUIRED, Rules, Signal, evidence, signals_of
from aahq_builder.rights.tombstones import Tombstones, names_of
from aahq_builder.sources.base import Found, Page, Source, artwork_id, listing_signals, to_artwork
from aahq_builder.web.retry import TRANSIENT

RECONSIDERED = (ErrorKind.NO_LICENSE, ErrorKind.NO_PERMISSION)
"""Denials that another policy or a new permission may lift."""
RETRIED_ON_REQUEST = (*TRANSIENT, ErrorKind.DNS, ErrorKind.TLS, ErrorKind.SIGNAL_UNREAD, ErrorKind.DISK)


ROWS_AT_A_TIME = 1000


@dataclass
class CrawlRows:
    """The rows of a crawl."""

    journal: Journal
    rules: Rules
    tombstones: Tombstones
    sources: Sequence[Source]

    def cursor(self, source: Source) -> Cursor:
        """How far a listing was read."""
        name = source.listing()
        fresh = Cursor(listing=name, cursor=None, finished=False, updated_at=now())
        return next(self.journal.select(Cursor, "listing = ?", (name,)), fresh)

    def add_page(self, source: Source, page: Page, limit: int | None) -> tuple[list[Artwork], bool]:
        """Store the artworks of a page; gives the new ones, and whether the listing may go on."""
        cursor = self.cursor(source)
        room = None if limit is None else limit - cursor.num_listed
        added: list[Artwork] = []
        for found in self._unknown(source, page):
            if room is not None and len(added) >= room:
                # the cursor stays before this page, so that a later run without the limit reads it again
                self._put(replace(cursor, num_listed=cursor.num_listed + len(added), updated_at=now()))
                return added, False
            added.append(self._decided(source, found))
            self.journal.insert(added[-1:], "REPLACE")
        listed = cursor.num_listed + len(added)
        finished = page.cursor is None
        self._put(replace(cursor, cursor=page.cursor, finished=finished, num_listed=listed, updated_at=now()))
        return added, room is None or len(added) < room

    def _unknown(self, source: Source, page: Page) -> list[Found]:
        """What of a page is not in the journal, once each; a row whose own page could not be read counts as unknown."""
        by_id = {artwork_id(source.name, found.source_id): found for found in page.found}
        marks = ", ".join("?" * len(by_id))
        kinds = ", ".join(f"'{kind}'" for kind in TRANSIENT)
        sql = (
            f"SELECT artwork_id FROM artworks WHERE artwork_id IN ({marks})"
            f" AND NOT (status = 'denied' AND image_url IS NULL AND error IN ({kinds}))"
        )
        rows = self.journal.execute(sql, list(by_id))
        known = {row[0] for row in rows}
        return [found for name, found in by_id.items() if name not in known]

    def finish(self, source: Source) -> None:
        """Note that a listing was read to its end."""
        self._put(replace(self.cursor(source), cursor=None, finished=True, updated_at=now()))

    def twin(self, artwork: Artwork) -> Artwork | None:
        """A fetched row with the same picture address."""
        where = "image_url = ? AND status = 'fetched' LIMIT 1"
        return next(self.journal.select(Artwork, where, (artwork.image_url,)), None) if artwork.image_url else None

    def write(self, outcome: Outcome) -> None:
        """Store an outcome; a row that is held back stays as it is."""
        if not isinstance(outcome, HeldBack):
            self.journal.update(Artwork, outcome.artwork.artwork_id, **outcome.columns())

    def reconsider(self, *, retry_failed: bool) -> None:
        """Decide rows again whose verdict may change by what the user says now: another policy, other permissions."""
        lifted = ", ".join(f"'{kind}'" for kind in RECONSIDERED)
        retried = ", ".join(f"'{kind}'" for kind in RETRIED_ON_REQUEST)
        said_anew = "TRUE" if self.rules.permissions else "policy IS NOT ?2"
        where = (
            f"source = ?1 AND artwork_id > ?3 AND ({said_anew} AND (status = 'found' OR error IN ({lifted}))"
            f" OR ?4 AND status IN ('denied', 'failed') AND error IN ({retried})) ORDER BY artwork_id LIMIT ?5"
        )
        for source in self.sources:
            last = ""
            while True:
                parameters = (source.name, self.rules.policy, last, retry_failed, ROWS_AT_A_TIME)
                rows = list(self.journal.select(Artwork, where, parameters))
                if not rows:
                    break
                last = rows[-1].artwork_id
                fresh = [self._judged(source, artwork, signals_of(artwork)) for artwork in rows]
                self.journal.insert(fresh, "REPLACE")

    def _decided(self, source: Source, found: Found) -> Artwork:
        artwork = to_artwork(source.name, found, self.rules.policy)
        return self._judged(source, artwork, listing_signals(found, artwork.page_url or source.listing()))

    def _judged(self, source: Source, artwork: Artwork, signals: Sequence[Signal]) -> Artwork:
        """The row with the verdict on what is known before its picture is asked for."""
        signals = [signal for signal in signals if signal.signal not in ("permission", "tombstone")]
        signals += self.rules.permission_signals(artwork)
        if kind := self.tombstones.covers(names_of(artwork)):
            signals.append(Signal("tombstone", "forbidden", f"this {kind} was taken down", "", now()))
        verdict = self.rules.decide(artwork, signals, REQUIRED[source.name] & BEFORE_REQUEST)
        error = ItemError(verdict.error, verdict.detail) if verdict.error else None
        if not error and not artwork.image_url and source.name != "folder":
            error = ItemError(ErrorKind.NOT_AN_IMAGE, "no address of a picture was found")
        status = "found" if not error else "denied" if verdict.error else "failed"
        return replace(
            artwork,
            rights=verdict.rights,
            policy=self.rules.policy,
            rights_evidence=evidence(signals),
            status=status,
            error=str(error.kind) if error else None,
            error_detail=error.detail[:500] if error else None,
        )

    def _put(self, cursor: Cursor) -> None:
        self.journal.insert([cursor], "REPLACE")
