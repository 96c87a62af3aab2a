"""What was taken down, remembered as keyed hashes: enough to refuse it for ever, useless to find it again.

The key lies in the work folder and is never published. Without it no tombstone can be compared with anything, so a
build with tombstones is not opened with a missing, damaged or foreign key.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aahq_builder.build import now
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Tombstone
from aahq_builder.rights.addresses import address_keys
from aahq_builder.rights.makers import makers
from aahq_builder.workdir import write_atomic

KEY_FILE = "tombstone.key"
KEY_BYTES = 32
CHECK = "key"
"""Kind of the row that tells whether the key is the one with which the others were made."""


@dataclass(frozen=True)
class Tombstones:
    """All tombstones of a build."""

    key: bytes
    hashes: frozenset[tuple[str, str]]

    @classmethod
    def load(cls, root: Path, journal: Journal) -> "Tombstones":
        """Read them, and make the key on first use; `UserError` if they were made with another key."""
        rows = journal.execute(f"SELECT kind, keyed_hash FROM {Tombstone.table}")
        hashes = frozenset((row[0], row[1]) for row in rows)
        found = cls(_key(root, len(hashes)), hashes)
        checks = {keyed_hash for kind, keyed_hash in hashes if kind == CHECK}
        if checks and found.keyed_hash(CHECK, "") not in checks:
            raise UserError(f"{root / KEY_FILE} is not the key of this build's tombstones; {REMEDY}")
        return found

    def refuse(self, journal: Journal, values: Iterable[tuple[str, str | None]], reason: str) -> None:
        """Write tombstones for these values by kind; those that are None or known are left out."""
        rows = [
            Tombstone(kind=kind, keyed_hash=self.keyed_hash(kind, value), reason=reason, removed_at=now())
            for kind, value in [*values, (CHECK, "")]
            if value is not None
        ]
        journal.insert(rows, "IGNORE")

    def keyed_hash(self, kind: str, value: str) -> str:
        """HMAC-SHA256 of the kind and the value."""
        return hmac.new(self.key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()

    def covers(self, values: Mapping[str, str | Iterable[str] | None]) -> str | None:
        """The kind of the first of `values` (one or several by kind) that was taken down."""
        if not self.hashes:
            return None
        for kind, value in values.items():
            several = (value,) if isinstance(value, str) else value or ()
            if any((kind, self.keyed_hash(kind, one)) in self.hashes for one in several):
                return kind
        return None


def names_of(artwork: Artwork) -> dict[str, Iterable[str]]:
    """By what an artwork is recognised again before its picture was looked at: its id, its makers, its addresses."""
    sizes = [str(entry.get("url")) for entry in artwork.candidates or () if isinstance(entry, dict)]
    addresses = filter(None, {artwork.page_url, artwork.image_url, *sizes})
    return {
        "source_id": (artwork.artwork_id, f"{artwork.source}\0{artwork.source_id}"),
        "artist": makers(artwork.artist or ""),
        "page": frozenset(key for address in addresses for key in address_keys(address)),
    }


REMEDY = (
    "restore it from a copy of the work folder; if it is lost for good, nothing that was taken down can be recognised: "
    "then delete the rows of the table tombstones, and take down again what must stay away"
)


def _key(root: Path, count: int) -> bytes:
    path = root / KEY_FILE
    key = path.read_bytes() if path.exists() else b""
    if len(key) == KEY_BYTES:
        return key
    if count:
        state = "damaged" if key else "missing or empty"
        raise UserError(f"{path} is {state}, but {count} tombstones need it; {REMEDY}")
    key = secrets.token_bytes(KEY_BYTES)
    write_atomic(path, key, mode=0o600)
    return key
