"""Remove artworks from everything that a build holds. What remains are emptied rows and keyed hashes.

A removal is begun by hiding the rows and noting which they are, in one transaction; then each stage forgets what it
has left of them; then the rows are emptied and the database is wiped. The notes go last: a removal that was killed at
any moment is finished by the next one, whatever that is about.
"""

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from aahq_builder.align.forget import forget as forget_aligned
from aahq_builder.build import Build, now
from aahq_builder.crawl.forget import forget as forget_crawled
from aahq_builder.errors import ErrorKind
from aahq_builder.filter.forget import forget as forget_filtered
from aahq_builder.journal import Journal
from aahq_builder.publish.forget import forget as forget_published
from aahq_builder.rebuild.forget import forget as forget_rebuilt
from aahq_builder.records import Artwork, Removal, Run
from aahq_builder.review.forget import forget as forget_reviewed
from aahq_builder.rights.tombstones import Tombstones, names_of, normalised_artist
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
REDACTED = "[removed]"
SHORTEST_NAME = 4
"""Names shorter than this are not searched for in the notes on earlier runs: they occur in every other word."""


def remove_artworks(
    build: Build,
    artworks: Sequence[Artwork],
    kind: ErrorKind,
    reason: str,
    artists: frozenset[str] = frozenset(),
    *,
    for_ever: bool = True,
) -> Counter[str]:
    """Hide these rows from every stage, for `sweep` to finish, and refuse them and all works of `artists` for ever.

    Artists are named as `normalised_artist` gives them. What is not removed `for_ever` may be crawled again when it
    comes back.
    """
    tombstones = Tombstones.load(build.workdir.root, build.journal)
    with build.journal.transaction():
        for artwork in artworks:
            identity = names_of(artwork)["source_id"]
            names = {"source_id": identity, "sha256": artwork.sha256, "pixel_sha256": artwork.pixel_sha256}
            rows = [tombstones.make(name, value, reason) for name, value in names.items() if value and for_ever]
            build.journal.insert([Removal(artwork_id=artwork.artwork_id), *rows], "IGNORE")
            state = {"status": "removed", "error": str(kind), "error_detail": reason, "removed_at": now()}
            build.journal.update(Artwork, artwork.artwork_id, **state)
        build.journal.insert([tombstones.make("artist", artist, reason) for artist in sorted(artists)], "IGNORE")
    return Counter(artworks=len(artworks))


def sweep(build: Build) -> Counter[str]:
    """Finish all removals that were begun: let every stage forget, empty the rows, wipe the database."""
    going = [row.artwork_id for row in build.journal.select(Removal)]
    done: Counter[str] = Counter()
    if going:
        for forget in STAGES:
            done += forget(build, going)
        with build.journal.transaction():
            _forget_in_runs(build.journal, going)
            for artwork_id in going:
                _empty_row(build.journal, artwork_id)
        _wipe_database(build.journal)
        build.journal.delete(Removal, "artwork_id", going)
    return done


def with_same_bytes(journal: Journal, artworks: Iterable[Artwork]) -> list[Artwork]:
    """These artworks and all others that show the very same picture, whoever listed it."""
    found = {artwork.artwork_id: artwork for artwork in artworks}
    for artwork in list(found.values()):
        for name in ("sha256", "pixel_sha256"):
            if value := getattr(artwork, name):
                rows = journal.select(Artwork, f"{name} = ? AND status != 'removed'", (value,))
                found |= {row.artwork_id: row for row in rows}
    return [found[artwork_id] for artwork_id in sorted(found)]


def _empty_row(journal: Journal, artwork_id: str) -> None:
    """Null every column but the id, the state, the reason and the time."""
    columns = (field.name for field in dataclasses.fields(Artwork))
    journal.update(Artwork, artwork_id, **{name: None for name in columns if name not in KEPT})


def _forget_in_runs(journal: Journal, artwork_ids: Sequence[str]) -> None:
    """Command lines and settings of earlier runs may name an artist or a page."""
    artworks = [row for name in artwork_ids for row in journal.select(Artwork, "artwork_id = ?", (name,))]
    names = {name for row in artworks for name in (row.artist, row.page_url, row.image_url) if name}
    artists = {normalised_artist(artwork.artist) for artwork in artworks if artwork.artist}
    for run in list(journal.select(Run)):
        command, config = run.command, json.dumps(run.config, ensure_ascii=False)
        for name in sorted(names, key=len, reverse=True):
            if len(name) >= SHORTEST_NAME:
                command, config = command.replace(name, REDACTED), config.replace(name, REDACTED)
        settings = json.loads(config)
        pattern = str(settings.get("pattern") or "")
        if normalised_artist(pattern.removeprefix("artist:")) in artists:
            command, settings = command.replace(pattern, REDACTED), {**settings, "pattern": REDACTED}
        journal.update(Run, run.run_id, command=command, config=settings)


def _wipe_database(journal: Journal) -> None:
    """Leave no deleted bytes behind, neither in the database nor in its log."""
    journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    journal.execute("VACUUM")
    journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
