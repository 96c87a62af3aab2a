"""Remove artworks from everything that a build holds. What remains are emptied rows and keyed hashes.

A removal is begun by hiding the rows and noting which they are, in one transaction; then each stage forgets what it
has left of them; then the rows are emptied and the database is wiped. The notes go last: a removal that was killed at
any moment is finished by the next one, whatever that is about.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from aahq_builder.align.forget import forget as forget_aligned
from aahq_builder.build import Build, now
from aahq_builder.crawl.forget import forget as forget_crawled
from aahq_builder.errors import ErrorKind, ItemError, UserError
from aahq_builder.filter.forget import forget as forget_filtered
from aahq_builder.journal import Journal
from aahq_builder.publish.forget import forget as forget_published
from aahq_builder.rebuild.forget import forget as forget_rebuilt
from aahq_builder.records import Artwork, Removal, Run
from aahq_builder.review.forget import forget as forget_reviewed
from aahq_builder.rights.redaction import Redaction, redaction_of
from aahq_builder.rights.tombstones import Tombstones
from aahq_builder.schema import column_kinds
from aahq_builder.tsne.forget import forget as forget_mapped

STAGES: tuple[Callable[[Build, Sequence[str]], Counter[str]], ...] = (
    forget_published,
    forget_mapped,
    forget_reviewed,
    forget_filtered,
    forget_rebuilt,
    forget_aligned,
    forget_crawled,
)
"""Every stage that leaves files or rows about artworks, the latest first: those before align need the faces' rows."""
KEPT = ("artwork_id", "status", "error", "error_detail", "removed_at")
"""What an emptied row still says."""


def remove_artworks(
    build: Build, artworks: Sequence[Artwork], kind: ErrorKind, reason: str, *, for_ever: bool = True
) -> Counter[str]:
    """Hide these rows from every stage, for `sweep` to finish.

    What is not removed `for_ever` may be crawled again when it comes back.
    """
    tombstones = Tombstones.load(build.workdir.root, build.journal)
    state = {"status": "removed", "error": str(kind), "error_detail": reason, "removed_at": now()}
    assignments = ", ".join(f"{name} = ?" for name in state)
    with build.journal.transaction():
        for artwork in artworks:
            hashes = {"sha256": artwork.sha256, "pixel_sha256": artwork.pixel_sha256}
            if for_ever:
                tombstones.refuse(build.journal, [("source_id", artwork.artwork_id), *hashes.items()], reason)
            build.journal.insert([Removal(artwork_id=artwork.artwork_id)], "IGNORE")
            sql = f"UPDATE artworks SET {assignments} WHERE artwork_id = ?"
            build.journal.execute(sql, [*state.values(), artwork.artwork_id])
    return Counter(artworks=len(artworks))


def sweep(build: Build) -> Counter[str]:
    """Finish all removals that were begun: let every stage forget, empty the rows, wipe the database."""
    going = [row.artwork_id for row in build.journal.select(Removal)]
    done: Counter[str] = Counter()
    if going:
        _let_forget(build, going, done)
        redaction = redaction_of(build.journal, going)
        with build.journal.transaction():
            _redact_notes(build.journal, redaction)
            _empty_rows(build.journal, going)
        _wipe_database(build.journal)
        build.journal.delete(Removal, "artwork_id", going)
    return done


def _let_forget(build: Build, artwork_ids: Sequence[str], done: Counter[str]) -> None:
    """Every stage forgets what it can reach; `UserError` if something is left where it cannot be reached now."""
    unreached = []
    for forget in STAGES:
        try:
            done.update(forget(build, artwork_ids))
        except ItemError as error:
            unreached.append(error.detail)
    if unreached:
        places = "; ".join(dict.fromkeys(unreached))
        raise UserError(
            f"files are left in a place that cannot be reached ({places}); mend that and run the same command again, "
            "or say --gone ADDRESS if that place is gone for good"
        )


def with_same_bytes(journal: Journal, artworks: Iterable[Artwork]) -> list[Artwork]:
    """These artworks and all others that show the very same picture, whoever listed it."""
    found = {artwork.artwork_id: artwork for artwork in artworks}
    for artwork in list(found.values()):
        for name in ("sha256", "pixel_sha256"):
            if value := getattr(artwork, name):
                rows = journal.select(Artwork, f"{name} = ? AND status != 'removed'", (value,))
                found |= {row.artwork_id: row for row in rows}
    return [found[artwork_id] for artwork_id in sorted(found)]


def _empty_rows(journal: Journal, artwork_ids: Sequence[str]) -> None:
    """Null every column but the id, the state, the reason and the time."""
    emptied = ", ".join(f"{name} = NULL" for name in column_kinds(Artwork) if name not in KEPT)
    for artwork_id in artwork_ids:
        journal.execute(f"UPDATE artworks SET {emptied} WHERE artwork_id = ?", [artwork_id])


def _redact_notes(journal: Journal, redaction: Redaction) -> None:
    """Command lines, settings and reasons may name an artist or a page."""
    for run in list(journal.select(Run)):
        settings = json.loads(redaction(json.dumps(run.config, ensure_ascii=False)))
        journal.update(Run, run.run_id, command=redaction(run.command), config=settings)
    reasons = "SELECT rowid, error_detail FROM artworks WHERE status = 'removed'"
    for place, reason in journal.execute(reasons).fetchall():
        if reason and (redacted := redaction(reason)) != reason:
            journal.execute("UPDATE artworks SET error_detail = ? WHERE rowid = ?", [redacted, place])
    for place, reason in journal.execute("SELECT rowid, reason FROM tombstones").fetchall():
        if (redacted := redaction(reason)) != reason:
            journal.execute("UPDATE tombstones SET reason = ? WHERE rowid = ?", [redacted, place])


def _wipe_database(journal: Journal) -> None:
    """Leave no deleted bytes behind, neither in the database nor in its log; `UserError` if a reader keeps them."""
    journal.execute("VACUUM")
    (busy, *_) = journal.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise UserError(
            "another program is reading the journal, so that the database cannot be wiped; "
            "end it and run the same command again"
        )
