"""What a crawl reads from and writes to the database. Only the main thread comes here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from aahq_builder.build import now
from aahq_builder.crawl.listing import PortionRead, Wanted, WorkRead
from aahq_builder.crawl.outcomes import HeldBack, Outcome
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Cursor
from aahq_builder.rights.rules import BEFORE_REQUEST, REQUIRED, Rules, Signal, evidence, signals_of
from aahq_builder.rights.tombstones import Tombstones, names_of
from aahq_builder.sources.base import ArtworkSource, ListingPage
from aahq_builder.sources.found import FoundArtwork, listing_signals, to_artwork
from aahq_builder.sources.kinds import ANY_KIND, Kinds
from aahq_builder.web.retry import TRANSIENT

RECONSIDERED = (ErrorKind.NO_LICENSE, ErrorKind.NO_PERMISSION)
"""Denials that another policy or a new permission may lift."""
RETRIED_ON_REQUEST = (
    *TRANSIENT,
    ErrorKind.DNS,
    ErrorKind.TLS,
    ErrorKind.HTTP_CHALLENGE,
    ErrorKind.HTTP_403,
    ErrorKind.SIGNAL_UNREAD,
    ErrorKind.DISK,
    ErrorKind.WORKER_CRASH,
)
READ_AGAIN = (*RETRIED_ON_REQUEST, *RECONSIDERED, ErrorKind.DECODE)
"""Errors of a row without a picture's address after which a listing that names its work has the record read: it could
not be, or nothing allowed to ask for it."""
ROWS_AT_A_TIME = 1000


@dataclass
class CrawlRows:
    """The rows of a crawl."""

    journal: Journal
    rules: Rules
    tombstones: Tombstones
    sources: Sequence[ArtworkSource]
    kinds: Kinds = ANY_KIND
    skipped: Counter[str] = field(default_factory=Counter)
    """Pictures that this run has seen and that are of another kind than asked for, by kind."""

    def cursor(self, source: ArtworkSource) -> Cursor:
        """How far a listing was read."""
        name = source.listing()
        fresh = Cursor(listing=name, cursor=None, finished=False, updated_at=now())
        return next(self.journal.select(Cursor, "listing = ?", (name,)), fresh)

    def wanted(self, source: ArtworkSource, page: ListingPage, limit: int | None) -> Wanted:
        """The works of a page that are not in the journal, once each, and how many the limit lets in."""
        cursor = self.cursor(source)
        by_id = {listed.work.artwork_id(source.name): listed for listed in page.works}
        passed_over = set(cursor.passed_over or ())
        known = {name for name, stays in self._known(source, [each.work for each in page.works]).items() if stays}
        known |= {listed.work.artwork_id(source.name) for listed in page.works if listed.work.source_id in passed_over}
        pages = self._known_pages(source, page)
        works = [
            listed
            for name, listed in by_id.items()
            if name not in known and (listed.work.page_url not in pages or listed.work.source_id == cursor.partly_read)
        ]
        return Wanted(works, _room(cursor, limit))

    def add_portion(self, portion: PortionRead, limit: int | None) -> tuple[list[Artwork], int | None]:
        """Store the artworks of a portion; gives those that were written, and the room that is left.

        Where the limit cuts a page, the cursor stays before it, so that a later run with more room reads it again.
        """
        source = portion.source
        cursor = self.cursor(source)
        room = _room(cursor, limit)
        works = [self._of_kinds(work) for work in portion.works]
        known = self._known(source, [found for work in works for found in work.found])
        lacking, cut = _that_fit(source, works, known, room)
        passed_over = [work.listed.work.source_id for work in works if not work.found]
        added = [self._decided(source, found) for found in lacking]
        self.journal.insert(added, "REPLACE")
        num_new = sum(artwork.artwork_id not in known for artwork in added)
        at_end = portion.is_last and cut is None
        self._put(
            replace(
                cursor,
                cursor=portion.cursor if at_end else cursor.cursor,
                finished=portion.cursor is None if at_end else cursor.finished,
                num_listed=cursor.num_listed + num_new,
                partly_read=cut or _still_partly_read(cursor, portion),
                passed_over=None if at_end else [*(cursor.passed_over or ()), *passed_over],
                updated_at=now(),
            )
        )
        return added, None if room is None else room - num_new

    def _of_kinds(self, work: WorkRead) -> WorkRead:
        """A work without what is of another kind than asked for, which is counted."""
        self.skipped.update(str(found.kind) for found in work.found if not self.kinds.allow(found.kind))
        return replace(work, found=[found for found in work.found if self.kinds.allow(found.kind)])

    def _known(self, source: ArtworkSource, works: Sequence[FoundArtwork]) -> dict[str, bool]:
        """The artwork ids that have a row, with whether it stays.

        Taken up again are rows whose own page or record could not be read, removed ones that may come back, and those
        whose bytes are not the ones that a list means now, or whose file has changed.
        """
        by_id = {work.artwork_id(source.name): work for work in works}
        names, kinds = list(by_id), ", ".join(f"'{kind}'" for kind in READ_AGAIN)
        is_unread = f"(error = '{ErrorKind.SIGNAL_UNREAD}' OR image_url IS NULL AND error IN ({kinds}))"
        is_removed = "status = 'removed' AND artwork_id NOT IN (SELECT artwork_id FROM removals)"
        columns = f"artwork_id, sha256, pixel_sha256, etag, {is_removed}, status = 'denied' AND {is_unread}"
        known: dict[str, bool] = {}
        for first in range(0, len(names), ROWS_AT_A_TIME):
            part = names[first : first + ROWS_AT_A_TIME]
            sql = f"SELECT {columns} FROM artworks WHERE artwork_id IN ({_marks(part)})"
            for name, sha256, pixel_sha256, version, is_away, is_again in self.journal.execute(sql, part):
                comes_back = is_away and not self.tombstones.covers({"source_id": name})
                is_another = not is_away and not _means_these_bytes(by_id[name], sha256, pixel_sha256)
                has_changed = bool(version and by_id[name].file_version not in (None, version))
                known[name] = not (is_again or comes_back or is_another or has_changed)
        return known

    def _known_pages(self, source: ArtworkSource, page: ListingPage) -> set[str]:
        """The page addresses of works of several pictures of which the journal has one.

        None, once a picture of the source is gone: an emptied row does not tell whose it was, so all are read again.
        """
        several = [listed.work for listed in page.works if listed.record and listed.record.holds_several]
        urls = [work.page_url for work in several if work.page_url]
        if urls and self._may_come_back(source):
            return set()
        sql = (
            f"SELECT DISTINCT page_url FROM artworks WHERE source = ? AND page_url IN ({_marks(urls)})"
            " AND image_url IS NOT NULL"
        )
        return {row[0] for row in self.journal.execute(sql, [source.name, *urls])} if urls else set()

    def _may_come_back(self, source: ArtworkSource) -> bool:
        """Whether works of a source were removed because they were gone, and not for ever."""
        of_source = "status = 'removed' AND artwork_id GLOB ? AND artwork_id NOT IN (SELECT artwork_id FROM removals)"
        removed = self.journal.execute(f"SELECT artwork_id FROM artworks WHERE {of_source}", [f"{source.name}-*"])
        return any(not self.tombstones.covers({"source_id": row[0]}) for row in removed)

    def keep_selectors(self, source: ArtworkSource, selectors: Sequence[str]) -> None:
        """Keep how a listing's pages are read, for a later look at its works."""
        self._put(replace(self.cursor(source), selectors=list(selectors), updated_at=now()))

    def finish(self, source: ArtworkSource) -> None:
        """Note that a listing was read to its end."""
        self._put(replace(self.cursor(source), cursor=None, finished=True, passed_over=None, updated_at=now()))

    def twin(self, artwork: Artwork) -> Artwork | None:
        """A fetched row with the same picture address, and the bytes that this one's list means, if it names any."""
        if not artwork.image_url:
            return None
        where = (
            "image_url = ?1 AND status = 'fetched' AND (?2 IS NULL AND ?3 IS NULL OR sha256 = ?2 OR pixel_sha256 = ?3)"
        )
        expected = (artwork.image_url, artwork.sha256, artwork.pixel_sha256)
        return next(self.journal.select(Artwork, f"{where} LIMIT 1", expected), None)

    def write(self, outcome: Outcome) -> None:
        """Store an outcome; a row that is held back stays as it is."""
        if not isinstance(outcome, HeldBack):
            self.journal.update(Artwork, outcome.artwork.artwork_id, **outcome.columns())

    def reconsider(self, *, retry_failed: bool) -> None:
        """Decide rows again whose verdict may change by what the user says now: another policy, other permissions."""
        lifted = ", ".join(f"'{kind}'" for kind in RECONSIDERED)
        retried = ", ".join(f"'{kind}'" for kind in RETRIED_ON_REQUEST)
        said_anew = "TRUE" if self.rules.permissions else "policy IS NOT ?2"
        is_read = "(image_url IS NOT NULL OR source = 'folder')"
        where = (
            f"source = ?1 AND {is_read} AND artwork_id > ?3"
            f" AND ({said_anew} AND (status = 'found' OR error IN ({lifted}))"
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

    def _decided(self, source: ArtworkSource, found: FoundArtwork) -> Artwork:
        artwork = replace(to_artwork(source.name, found, self.rules.policy), listing=source.listing())
        return self._judged(source, artwork, listing_signals(found, artwork.page_url or source.listing()))

    def _judged(self, source: ArtworkSource, artwork: Artwork, signals: Sequence[Signal]) -> Artwork:
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


def kept_selectors(journal: Journal) -> dict[str, tuple[str, ...]]:
    """`--select` of each listing, as its last crawl has kept it."""
    rows = journal.select(Cursor, "selectors IS NOT NULL")
    return {row.listing: tuple(row.selectors or ()) for row in rows}


def _room(cursor: Cursor, limit: int | None) -> int | None:
    """How many artworks the limit still lets a listing add; None without a limit."""
    return None if limit is None else max(limit - cursor.num_listed, 0)


def _that_fit(
    source: ArtworkSource, works: Sequence[WorkRead], known: Mapping[str, bool], room: int | None
) -> tuple[list[FoundArtwork], str | None]:
    """The artworks of a portion to be written, once each, and the id of the work that the limit has cut, if any."""
    lacking: dict[str, FoundArtwork] = {}
    num_new = 0
    for work in works:
        for found in work.found:
            name = found.artwork_id(source.name)
            if known.get(name) or name in lacking:
                continue
            if num_new == room and name not in known:
                return list(lacking.values()), work.listed.work.source_id
            num_new += name not in known
            lacking[name] = found
    return list(lacking.values()), None


def _means_these_bytes(found: FoundArtwork, sha256: str | None, pixel_sha256: str | None) -> bool:
    """Whether a list that names hashes names one of a row's; most listings name none."""
    if not (found.sha256 or found.pixel_sha256):
        return True
    return sha256 == (found.sha256 or "") or pixel_sha256 == (found.pixel_sha256 or "")


def _still_partly_read(cursor: Cursor, portion: PortionRead) -> str | None:
    """The work that an earlier run has cut, unless this portion has completed it."""
    is_read = any(work.listed.work.source_id == cursor.partly_read for work in portion.works)
    return None if is_read else cursor.partly_read


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
