"""`aahq-build takedown`: remove an artist, page, hash or face from everything, and say what was removed.

A face is part of its picture, so the whole artwork goes with it; and so does the same picture under other names.
"""

from collections import Counter

from aahq_builder.build import Build, open_build
from aahq_builder.errors import ErrorKind, UserError
from aahq_builder.records import Run
from aahq_builder.removal.config import TakedownConfig
from aahq_builder.removal.erase import remove_artworks, sweep, with_same_bytes
from aahq_builder.rights.matching import Pattern, find, read_pattern
from aahq_builder.rights.tombstones import Tombstones, normalised_artist
from blendgan.console import Console


def run(config: TakedownConfig, console: Console) -> None:
    """Remove what the pattern means; without a match, an explicit pattern is still refused for ever."""
    pattern = read_pattern(config.pattern)
    with open_build(config, console) as build:
        matching = find(build.journal, pattern)[: config.limit]
        artworks = with_same_bytes(build.journal, matching)
        if config.dry_run:
            names = [artwork.artwork_id for artwork in artworks]
            console.result("\n".join([f"would remove {len(names)} artworks", *names]), artworks=names)
            return
        with build.journal.transaction():
            _redact_this_run(build, config.pattern)
            _refuse_for_ever(build, pattern, config.reason)
        artists = {normalised_artist(row.artist or "") for row in matching if pattern.kind == "artist"}
        done = remove_artworks(build, artworks, ErrorKind.TOMBSTONE, config.reason, frozenset(artists))
        done += sweep(build)
        if not artworks and not pattern.is_explicit and not done:
            kinds = "artist:NAME, page:URL or hash:SHA256"
            raise UserError(
                f"nothing here matches '{config.pattern}'; write {kinds} to refuse it for ever all the same"
            )
        _report(build, done)


def _refuse_for_ever(build: Build, pattern: Pattern, reason: str) -> None:
    """Tombstones for the pattern itself, so that what it means is refused even when it is met for the first time."""
    kinds = {"artist": ("artist",), "hash": ("sha256", "pixel_sha256"), "page": ("page",)}.get(pattern.kind, ())
    if "*" in pattern.text:
        return  # a keyed hash cannot hold a wildcard; the works that it matches get their own
    value = normalised_artist(pattern.text) if pattern.kind == "artist" else pattern.text
    tombstones = Tombstones.load(build.workdir.root, build.journal)
    build.journal.insert([tombstones.make(kind, value, reason) for kind in kinds], "IGNORE")


def _redact_this_run(build: Build, pattern: str) -> None:
    """The row of this run must not keep the name that it removes."""
    last = next(build.journal.select(Run, "ended IS NULL ORDER BY started DESC LIMIT 1"))
    config = {**last.config, "pattern": "[removed]"} if isinstance(last.config, dict) else {}
    build.journal.update(Run, last.run_id, command="aahq-build takedown [removed]", config=config)


def _report(build: Build, done: Counter[str]) -> None:
    parts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(done.items()) if count)
    if done["map_rows"]:
        build.console.info("the map's picture and page were removed; make them anew with: aahq-build tsne")
    if done["releases"]:
        build.console.info("the release was written anew; what was uploaded must be uploaded again")
    build.counts.update(done)
    build.console.result(f"removed {parts or 'nothing: there was none of it here'}", **done)
