"""`aahq-build takedown`: remove an artist, page, hash or face from everything, and say what was removed.

A face is part of its picture, so the whole artwork goes with it; and so does the same picture under other names.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from aahq_builder.build import Build, open_build
from aahq_builder.errors import ErrorKind, UserError
from aahq_builder.records import Artwork, Place
from aahq_builder.removal.config import TakedownConfig
from aahq_builder.removal.erase import remove_artworks, sweep, with_same_bytes
from aahq_builder.rights.addresses import refused_key
from aahq_builder.rights.makers import spellings
from aahq_builder.rights.matching import Pattern, find, named_makers, near, read_pattern
from aahq_builder.rights.redaction import Redaction
from aahq_builder.rights.tombstones import Tombstones
from blendgan.console import Console


def run(config: TakedownConfig, console: Console) -> None:
    """Remove what the pattern means; without a match, an explicit pattern is still refused for ever."""
    pattern = read_pattern(config.pattern)
    with open_build(config, console) as build:
        matching = find(build.journal, pattern)[: config.limit]
        artworks = with_same_bytes(build.journal, matching)
        close = [] if artworks else near(build.journal, pattern)
        if config.dry_run:
            names = [artwork.artwork_id for artwork in artworks]
            console.result("\n".join([f"would remove {len(names)} artworks", *names, *_offer(close)]), artworks=names)
            return
        build.journal.delete(Place, "address", config.gone)
        done = _remove(build, config, pattern, matching, artworks)
        if not artworks and not pattern.is_explicit and not done:
            kinds = "artist:NAME, page:URL or hash:SHA256"
            offer = "; ".join([*_offer(close), f"write {kinds} to refuse it for ever all the same"])
            raise UserError(f"nothing here matches '{config.pattern}'; {offer}")
        for sentence in _offer(close):
            console.info(sentence)
        _report(build, done)


def _remove(
    build: Build, config: TakedownConfig, pattern: Pattern, matching: Sequence[Artwork], artworks: Sequence[Artwork]
) -> Counter[str]:
    """Refuse for ever first, so that a kill leaves nothing that could come back; then remove."""
    words = pattern.text.replace("*", " ")
    reason = Redaction(spellings(words), frozenset({pattern.text}))(config.reason)
    with build.journal.transaction():
        refused = [*_meant(pattern), *(("artist", name) for row in matching for name in _makers(pattern, row))]
        Tombstones.load(build.workdir.root, build.journal).refuse(build.journal, refused, reason)
    return remove_artworks(build, artworks, ErrorKind.TOMBSTONE, reason) + sweep(build)


def _meant(pattern: Pattern) -> Iterator[tuple[str, str]]:
    """What the pattern itself means, by kind, so that it is refused even when it is met for the first time."""
    if "*" in pattern.text:
        return  # a keyed hash cannot hold a wildcard; the works that it matches get their own
    if pattern.kind == "artist":
        yield from (("artist", name) for name in spellings(pattern.text))
    elif pattern.kind == "hash":
        yield from (("sha256", pattern.text), ("pixel_sha256", pattern.text))
    elif pattern.kind == "page":
        yield "page", refused_key(pattern.text)


def _makers(pattern: Pattern, artwork: Artwork) -> set[str]:
    """The makers whom the pattern means, not those who have worked with them."""
    return named_makers(artwork.artist or "", pattern.text) if pattern.kind == "artist" else set()


def _offer(close: Sequence[str]) -> list[str]:
    """What the user may have meant, in one sentence, if there is something."""
    return [f"near, but not the same: {', '.join(map(repr, close))}"] if close else []


def _report(build: Build, done: Counter[str]) -> None:
    parts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(done.items()) if count)
    if done["map_rows"]:
        build.console.info("the map's picture and page were removed; make them anew with: aahq-build tsne")
    if done["releases"]:
        build.console.info("the release was written anew; copies that you have put elsewhere yourself must be replaced")
    build.counts.update(done)
    build.console.result(f"removed {parts or 'nothing: there was none of it here'}", **done)
