"""What a crawl has left of an artwork: its original, how far listings that name it were read, its site's files."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from aahq_builder.build import Build
from aahq_builder.forgetting import files_elsewhere, unlink
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Cursor, SiteFile
from aahq_builder.rights.redaction import redaction_of
from aahq_builder.web.url_safety import host_key
from aahq_builder.workdir import clear_temporary

ORIGINALS = "originals"


def forget(build: Build, artwork_ids: Sequence[str]) -> Counter[str]:
    """Delete the originals of these artworks, but not a file that another row has too, and files that no row names."""
    root, paths = build.workdir.root, _unshared(build.journal, artwork_ids)
    done = Counter(files=unlink(root, paths))
    for folder in sorted((root / ORIGINALS).glob("*/")):
        clear_temporary(folder)
        done["files"] += unlink(root, _unnamed(build.journal, folder))
    for files in files_elsewhere(build):
        for path in sorted(paths):
            files.remove(path)
    with build.journal.transaction():
        done["listings"] = _forget_listings(build.journal, artwork_ids)
        _forget_site_files(build.journal, artwork_ids)
    return done


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


def _forget_listings(journal: Journal, artwork_ids: Sequence[str]) -> int:
    """Delete the places in listings that name a forgotten maker or address; these listings are read anew."""
    redaction = redaction_of(journal, artwork_ids)
    rows = [(row.listing, json.dumps(row.cursor, ensure_ascii=False)) for row in journal.select(Cursor)]
    naming = [listing for listing, cursor in rows if redaction(text := f"{listing} {cursor}") != text]
    return journal.delete(Cursor, "listing", naming)


def _forget_site_files(journal: Journal, artwork_ids: Sequence[str]) -> None:
    """What the artworks' sites have stated is read again when it is needed."""
    hosts: set[str] = set()
    for artwork_id in artwork_ids:
        columns = ("artwork_id", "source", "page_url", "image_url")
        for row in journal.select(Artwork, "artwork_id = ?", [artwork_id], columns=columns):
            hosts |= {host_key(address) for address in (row.page_url, row.image_url) if address}
    stated = [row.url for row in journal.select(SiteFile, columns=("url", "status", "body", "read_at"))]
    journal.delete(SiteFile, "url", [url for url in stated if host_key(url) in hosts])
