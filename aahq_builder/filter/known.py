"""Faces that an earlier release already holds, known by its list of hashes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

from aahq_builder.errors import UserError

SHA256_DIGITS, PERCEPTUAL_DIGITS = 64, 16


def perceptual_hash(pixels: np.ndarray) -> str:
    """64-bit DCT hash of uint8 RGB [H, W, 3] as 16 hex digits; re-encoded and resized copies differ in a few bits."""
    return str(imagehash.phash(Image.fromarray(pixels)))


@dataclass(frozen=True)
class KnownHashes:
    """Hashes of an earlier release."""

    exact: frozenset[str] = frozenset()
    """SHA-256 of files or of pixels."""
    perceptual: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))

    @classmethod
    def read(cls, path: Path) -> "KnownHashes":
        """A text file with one hash a line: 64 hex digits (SHA-256) or 16 (perceptual); `#` begins a remark."""
        if not path.is_file():
            raise UserError(f"no file {path}; --known takes a list of hashes, one a line")
        lines = [line.split("#")[0].strip().lower() for line in path.read_text().splitlines()]
        return cls.parse(line for line in lines if line)

    @classmethod
    def parse(cls, hashes: Iterable[str]) -> "KnownHashes":
        """Sort hashes by their kind."""
        exact, perceptual = set(), []
        for value in hashes:
            if set(value) <= set("0123456789abcdef") and len(value) == SHA256_DIGITS:
                exact.add(value)
            elif set(value) <= set("0123456789abcdef") and len(value) == PERCEPTUAL_DIGITS:
                perceptual.append(int(value, 16))
            else:
                raise UserError(f"'{value[:80]}' is no hash; a line holds 64 or 16 hex digits")
        return cls(frozenset(exact), np.array(sorted(set(perceptual)), np.uint64))

    def distances(self, hashes: Iterable[tuple[str, Iterable[str]]]) -> dict[str, float]:
        """Per face: fewest differing bits between its hashes and a known one, 0 for an exact copy."""
        found = {}
        for face_id, values in hashes:
            distances = [self._distance(value) for value in values]
            known = [distance for distance in distances if distance is not None]
            if known:
                found[face_id] = min(known)
        return found

    def _distance(self, value: str) -> float | None:
        if len(value) == SHA256_DIGITS:
            return 0.0 if value in self.exact else None
        if not len(self.perceptual):
            return None
        return float(np.bitwise_count(self.perceptual ^ np.uint64(int(value, 16))).min())
