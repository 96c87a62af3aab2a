"""The files of a release while it is written: every byte is hashed on its way, so that nothing is read twice.

Threads read, hash and write (none of it holds the interpreter) while the caller describes the next rows.
"""

import hashlib
import io
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, cast

from aahq_builder.publish.hashed_file import HashedFile, begin_to_flush, write_all

COPIERS = 2
"""A third got in their way on two processors, some of the time."""
MOST_BEGUN = 16
BLOCK_BYTES = 1 << 18


class ReleaseFiles:
    """A folder being filled, and the SHA-256 of every file that is finished. No thread writes behind the block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hashes: dict[str, str] = {}
        self._made: set[str] = set()
        self._begun: deque[tuple[str, Future[str]]] = deque()
        self._copiers = ThreadPoolExecutor(COPIERS)
        self._hasher, self._writer = ThreadPoolExecutor(1), ThreadPoolExecutor(1)

    def __enter__(self) -> "ReleaseFiles":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for threads in (self._copiers, self._hasher, self._writer):
            threads.shutdown(cancel_futures=True)

    def copy(self, name: str, source: Path) -> None:
        """Begin to copy a file to this path below the folder; `complete` waits for it."""
        if len(self._begun) == MOST_BEGUN:
            self._finish_first()
        self._begun.append((name, self._copiers.submit(_copy, source, self._place(name))))

    def complete(self) -> None:
        """Wait for every copy; what has failed is raised."""
        while self._begun:
            self._finish_first()

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """A new file at this path below the folder, to be written from its beginning to its end."""
        with HashedFile(self._place(name), self._hasher, self._writer) as file:
            yield cast(BinaryIO, file)
            self.hashes[name] = file.complete()

    @contextmanager
    def create_text(self, name: str) -> Iterator[IO[str]]:
        """The same for UTF-8 text with Unix line ends."""
        with self.create(name) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
            yield text
            text.detach()

    def write(self, name: str, content: bytes) -> None:
        """A whole file at once."""
        self.hashes[name] = _write(self._place(name), content)

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

    def _finish_first(self) -> None:
        name, copied = self._begun.popleft()
        self.hashes[name] = copied.result()

    def _place(self, name: str) -> Path:
        path = self.folder / name
        if (parent := name.rpartition("/")[0]) not in self._made:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(parent)
        return path


def _copy(source: Path, path: Path) -> str:
    """Gives the SHA-256 of what was copied, block by block while it lies in the processor's cache."""
    digest = hashlib.sha256()
    block = memoryview(bytearray(BLOCK_BYTES))
    with source.open("rb", buffering=0) as original, path.open("wb", buffering=0) as file:
        while size := original.readinto(block):
            digest.update(block[:size])
            write_all(file, block[:size])
        begin_to_flush(file)
    return digest.hexdigest()


def _write(path: Path, content: bytes) -> str:
    """Gives the SHA-256 of the very bytes that are written."""
    digest = hashlib.sha256(content).hexdigest()
    with path.open("wb", buffering=0) as file:
        write_all(file, content)
        begin_to_flush(file)
    return digest
