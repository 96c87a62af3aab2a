"""What a crawl has left of an artwork: its original, and how far the listings that name it were read."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from aahq_builder.build import Build
from aahq_builder.forgetting import clear_temporary, unlink
from aahq_builder.journal import Journal

ORIGINALS = "originals"


def forget(build: Build, artwork_ids: Sequence[str]) -> Counter[str]:
    """Delete the originals of these artworks, except a file that another row has too, and files that no row names."""
    root = build.workdir.root
    count = unlink(root, _unshared(build.journal, artwork_ids))
    for folder in sorted((root / ORIGINALS).glob("*/")):
        clear_temporary(folder)
        count += unlink(root, _unnamed(build.journal, folder))
    return Counter(files=count)


def _unshared(journal: Journal, artwork_ids: Sequence[str]) -> set[str]:
    """Paths that only rows under removal have."""
    paths: set[str] = set()
    for artwork_id in artwork_ids:
        sql = """SELECT path FROM artworks AS going WHERE artwork_id = ? AND path IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM artworks WHERE path = going.path AND status != 'removed')"""
        paths |= {path for (path,) in journal.execute(sql, [artwork_id])}
    return paths


def _unnamed(journal: Journal, folder: Path) -> set[str]:
    """Files of a killed crawl whose row was not committed: the picture might be one of those to forget."""
    prefix = f"{ORIGINALS}/{folder.name}/"
    sql = "SELECT path FROM artworks WHERE path >= ? AND path < ?"
    named = {path for (path,) in journal.execute(sql, [prefix, prefix + "\U0010ffff"])}
    return {path for file in folder.iterdir() if (path := prefix + file.name) not in named}
