"""The files of a release while it is written: every byte is hashed on its way, so that nothing is read twice."""

import hashlib
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

BUFFER = 1 << 20


class ReleaseFiles:
    """A folder being filled, and the SHA-256 of every file that is finished.

    What is written is hashed by a second thread at the same time: hashing takes as long as writing does.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hashes: dict[str, str] = {}
        self._made: set[str] = set()
        self._hasher = ThreadPoolExecutor(1)  # its thread ends with this object

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """A new file at this path below the folder, to be written from its beginning to its end."""
        with _HashedFile(self._place(name), self._hasher) as raw, io.BufferedWriter(raw, BUFFER) as file:
            yield cast(BinaryIO, file)
            file.flush()
            self.hashes[name] = raw.digest.hexdigest()

    @contextmanager
    def create_text(self, name: str) -> Iterator[IO[str]]:
        """The same for UTF-8 text with Unix line ends."""
        with self.create(name) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
            yield text
            text.detach()

    def write(self, name: str, content: bytes) -> None:
        """A whole file at once."""
        digest = self._hasher.submit(hashlib.sha256, content)
        with self._place(name).open("wb", buffering=0) as file:
            _write_all(file, content)
            begin_to_flush(file)
        self.hashes[name] = digest.result().hexdigest()

    def rename(self, name: str, final: str) -> None:
        """Give a finished file its final name."""
        (self.folder / name).rename(self.folder / final)
        self.hashes[final] = self.hashes.pop(name)

    def written(self, name: str) -> Path:
        """Where to write a file that is not written in order; `note` it then."""
        return self._place(name)

    def note(self, name: str) -> None:
        """Hash such a file."""
        with (self.folder / name).open("rb") as file:
            self.hashes[name] = hashlib.file_digest(file, "sha256").hexdigest()

    def _place(self, name: str) -> Path:
        path = self.folder / name
        if (parent := name.rpartition("/")[0]) not in self._made:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(parent)
        return path


class _HashedFile(io.RawIOBase):
    """Unbuffered, sequential, and hashed."""

    def __init__(self, path: Path, hasher: ThreadPoolExecutor) -> None:
        self.digest = hashlib.sha256()
        self._hasher = hasher
        self._file = path.open("wb", buffering=0)

    def writable(self) -> bool:
        return True

    def write(self, content) -> int:  # type: ignore[no-untyped-def]
        hashed = self._hasher.submit(self.digest.update, content)
        try:
            _write_all(self._file, content)
        finally:
            hashed.result()
        return len(content)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        if not self.closed:
            begin_to_flush(self._file)
            self._file.close()
        super().close()


def begin_to_flush(file: io.FileIO) -> None:
    """Let the system write a finished file to the disk now, beside the work on the next, and not wait for it."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _write_all(file: io.FileIO, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[file.write(left) :]
