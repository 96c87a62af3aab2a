"""What was taken down, remembered as keyed hashes: enough to refuse it for ever, useless to find it again.

The key lies in the work folder and is never published.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aahq_builder.build import now
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Tombstone

KEY_FILE = "tombstone.key"


@dataclass(frozen=True)
class Tombstones:
    """All tombstones of a build."""

    key: bytes
    hashes: frozenset[tuple[str, str]]

    @classmethod
    def load(cls, root: Path, journal: Journal) -> "Tombstones":
        """Read them, and make the key on first use."""
        rows = journal.execute(f"SELECT kind, keyed_hash FROM {Tombstone.table}")
        return cls(_key(root), frozenset((row[0], row[1]) for row in rows))

    def make(self, kind: str, value: str, reason: str) -> Tombstone:
        """The row that remembers `value`."""
        return Tombstone(kind=kind, keyed_hash=self.keyed_hash(kind, value), reason=reason, removed_at=now())

    def keyed_hash(self, kind: str, value: str) -> str:
        """HMAC-SHA256 of the kind and the value."""
        return hmac.new(self.key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()

    def covers(self, values: Mapping[str, str | None]) -> str | None:
        """The kind of the first of `values` (by kind) that was taken down."""
        if not self.hashes:
            return None
        return next(
            (kind for kind, value in values.items() if value and (kind, self.keyed_hash(kind, value)) in self.hashes),
            None,
        )


def names_of(artwork: Artwork) -> dict[str, str | None]:
    """By what an artwork is recognised again before its picture was looked at."""
    artist = normalised_artist(artwork.artist or "")
    identity = identity_of(artwork.source, artwork.source_id or "")
    return {
        "source_id": identity,
        "artist": artist or None,
        "page": artwork.page_url,
    }


def identity_of(source: str, source_id: str) -> str:
    """A work's id among all sources'."""
    return f"{source}\0{source_id}"


def normalised_artist(artist: str) -> str:
    """A name without case, accents' encoding, punctuation and double spaces."""
    folded = unicodedata.normalize("NFKC", artist).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", folded).split())


def _key(root: Path) -> bytes:
    path = root / KEY_FILE
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()
