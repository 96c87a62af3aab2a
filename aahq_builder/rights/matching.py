"""Which artworks a person means: by artist, page, picture address, id, face or hash."""

import fnmatch
import re
from dataclasses import dataclass
from typing import Literal

from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, Fingerprint
from aahq_builder.rights.tombstones import normalised_artist

Kind = Literal["artist", "page", "hash", "artwork", "face"]
SHA256 = re.compile(r"[0-9a-f]{64}")
ARTWORK_ID = re.compile(r"[a-z]+-[0-9a-f]{16}")
FACE_ID = re.compile(r"([a-z]+-[0-9a-f]{16})-\d+")


@dataclass(frozen=True)
class Pattern:
    """What to look for."""

    kind: Kind
    text: str
    is_explicit: bool
    """The kind was named: it may be refused in future even if nothing matches today."""


def read_pattern(words: str) -> Pattern:
    """`artist:`, `page:` and `hash:` name the kind; without them the form of the words tells it."""
    prefix, _, rest = words.partition(":")
    if prefix in ("artist", "page", "hash") and rest:
        text = rest.strip()
        return Pattern(prefix, text.lower() if prefix == "hash" else text, True)  # type: ignore[arg-type]
    if SHA256.fullmatch(words.lower()):
        return Pattern("hash", words.lower(), True)
    if words.startswith(("http://", "https://")):
        return Pattern("page", words, True)
    if FACE_ID.fullmatch(words):
        return Pattern("face", words, False)
    if ARTWORK_ID.fullmatch(words):
        return Pattern("artwork", words, False)
    return Pattern("artist", words, False)


def find(journal: Journal, pattern: Pattern) -> list[Artwork]:
    """The artworks that a pattern means, in order of their ids; emptied rows are never found."""
    finders = {"artist": _by_artist, "page": _by_page, "hash": _by_hash, "artwork": _by_id, "face": _by_face}
    found = {row.artwork_id: row for row in finders[pattern.kind](journal, pattern.text)}
    return [found[artwork_id] for artwork_id in sorted(found)]


def _by_artist(journal: Journal, text: str) -> list[Artwork]:
    wanted = "*".join(normalised_artist(part) for part in text.split("*"))
    rows = journal.select(Artwork, "status != 'removed' AND artist IS NOT NULL")
    return [row for row in rows if fnmatch.fnmatchcase(normalised_artist(row.artist or ""), wanted)]


def _by_page(journal: Journal, text: str) -> list[Artwork]:
    if "*" not in text:
        where = "status != 'removed' AND ? IN (page_url, image_url, source_id)"
        return list(journal.select(Artwork, where, (text,)))
    rows = journal.select(Artwork, "status != 'removed'")
    return [row for row in rows if any(fnmatch.fnmatchcase(url or "", text) for url in (row.page_url, row.image_url))]


def _by_hash(journal: Journal, text: str) -> list[Artwork]:
    rows = list(journal.select(Artwork, "? IN (sha256, pixel_sha256)", (text,)))
    faces = journal.select(Fingerprint, "pixel_sha256 = ?", (text,))
    return rows + [row for face in faces for row in _by_face(journal, face.face_id)]


def _by_id(journal: Journal, text: str) -> list[Artwork]:
    return list(journal.select(Artwork, "status != 'removed' AND artwork_id = ?", (text,)))


def _by_face(journal: Journal, text: str) -> list[Artwork]:
    return [row for face in journal.select(Face, "face_id = ?", (text,)) for row in _by_id(journal, face.artwork_id)]
