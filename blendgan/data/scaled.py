"""Pictures kept at the size of training: decoded and averaged down once, then read as plain bytes.

Every process adds to files of its own: `N.pixels` holds one picture after another, uint8 RGB [size, size, 3], and
`N.digests` the SHA-256 of the files that they came from, 32 bytes each behind 32 that tell format and size. Digests are
written when their pixels are on the disk, so a row that has one is whole, and a killed run goes on behind the last one.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path

import numpy as np

from blendgan.data.verdicts import FORMAT
from blendgan.errors import DISK_FULL, UserError

MAX_SIZE = 256
"""Larger pictures would take more room uncompressed than they save in time."""
DIGEST_BYTES = 32
Row = tuple[Path, int]
"""The file that holds a picture, and its place in it."""


def head_of(size: int) -> bytes:
    """What a file of digests begins with: another text for other pixels of the same files."""
    return hashlib.sha256(f"pictures of blendgan, format {FORMAT}, {size} px".encode()).digest()


def bytes_of(size: int) -> int:
    """Bytes of one picture."""
    return size * size * 3


@dataclass(frozen=True)
class Scaled:
    """Pictures of one size by the file that they came from."""

    size: int
    rows: Mapping[Path, Row]

    def read(self, path: Path) -> np.ndarray:
        """[size, size, 3] uint8 RGB."""
        file, row = self.rows[path]
        count = bytes_of(self.size)
        try:
            pixels = np.fromfile(file, np.uint8, count, offset=row * count)
        except OSError as error:
            raise UserError(f"{file} cannot be read any more ({error.strerror}); run this again") from error
        if len(pixels) < count:
            raise UserError(f"{file} has become shorter since training began; remove it and run this again")
        return pixels.reshape(self.size, self.size, 3)


class ScaledFile:
    """The pictures that one process adds."""

    def __init__(self, folder: Path, number: int, size: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path, digests, self.size = folder / f"{number}.pixels", folder / f"{number}.digests", size
        whole = len(_whole_rows(self.path, size))
        self.pixels: BufferedWriter = self.path.open("ab")
        self.digests: BufferedWriter = digests.open("ab")
        if not whole:
            self.digests.truncate(0)
            self.digests.write(head_of(size))
        self.pixels.truncate(whole * bytes_of(size))
        if whole:
            self.digests.truncate((whole + 1) * DIGEST_BYTES)
        self.count = whole

    def add(self, pictures: Mapping[str, np.ndarray]) -> dict[str, Row]:
        """Append pictures by their SHA-256; where they lie."""
        try:
            for pixels in pictures.values():
                assert pixels.shape == (self.size, self.size, 3)
                self.pixels.write(np.ascontiguousarray(pixels).data)
            _to_disk(self.pixels)
            self.digests.write(b"".join(bytes.fromhex(sha256) for sha256 in pictures))
            _to_disk(self.digests)
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            raise UserError(f"no space left for {self.path}; free some and run the same command again") from error
        places = {sha256: (self.path, self.count + number) for number, sha256 in enumerate(pictures)}
        self.count += len(pictures)
        return places

    def close(self) -> None:
        """No more pictures."""
        self.pixels.close()
        self.digests.close()


def stored_rows(folder: Path, size: int) -> dict[str, Row]:
    """Where the whole pictures in a folder lie, by the SHA-256 of the files that they came from."""
    files = sorted(folder.glob("*.pixels"))
    return {sha256: (path, row) for path in files for row, sha256 in enumerate(_whole_rows(path, size))}


def _whole_rows(path: Path, size: int) -> list[str]:
    """The hashes of the pictures in a file, as far as both its parts were written."""
    try:
        digests = path.with_suffix(".digests").read_bytes()
        room = path.stat().st_size // bytes_of(size)
    except OSError:
        return []
    if digests[:DIGEST_BYTES] != head_of(size):
        return []
    count = min(len(digests) // DIGEST_BYTES - 1, room)
    return [digests[at * DIGEST_BYTES : (at + 1) * DIGEST_BYTES].hex() for at in range(1, count + 1)]


def _to_disk(file: BufferedWriter) -> None:
    file.flush()
    os.fsync(file.fileno())
