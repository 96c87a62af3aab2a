"""A file hashed while it is written, by two threads behind its caller: hashing takes as long as writing does."""

import hashlib
import io
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

BLOCK_BYTES = 1 << 20
"""Smaller pieces are gathered."""
MOST_BEHIND_BYTES = 8 << 20
"""The writer waits where the threads are so far behind, so that memory stays flat."""
FLUSH_BYTES = 16 << 20
"""The system is told to write to the disk after so many bytes each."""


class HashedFile(io.BufferedIOBase):
    """Sequential; each of the executors has one thread, which keeps the order. `complete` gives the SHA-256."""

    def __init__(self, path: Path, hasher: ThreadPoolExecutor, writer: ThreadPoolExecutor) -> None:
        self._digest = hashlib.sha256()
        self._hasher, self._writer = hasher, writer
        self._small: list[bytes] = []
        self._small_bytes = self._size = self._written = self._flushed = 0
        self._begun: deque[tuple[int, Future[None], Future[None]]] = deque()
        self._behind = 0
        self._file = path.open("wb", buffering=0)

    def writable(self) -> bool:
        """Nothing else."""
        return True

    def tell(self) -> int:
        """Bytes taken so far."""
        return self._size

    def write(self, content: Any) -> int:
        """Take the bytes; they reach the file later. A write that has failed is raised by a later call."""
        block = bytes(content)  # what is `bytes` already is not copied
        self._size += len(block)
        if len(block) >= BLOCK_BYTES:
            self.flush()
            self._begin(block)
        else:
            self._small.append(block)
            self._small_bytes += len(block)
            if self._small_bytes >= BLOCK_BYTES:
                self.flush()
        return len(block)

    def flush(self) -> None:
        """Hand what was gathered to the threads."""
        if self._small:
            gathered = b"".join(self._small)
            self._small, self._small_bytes = [], 0
            self._begin(gathered)

    def complete(self) -> str:
        """Wait until all is written; gives its SHA-256."""
        self.flush()
        while self._begun:
            self._finish_first()
        begin_to_flush(self._file)
        return self._digest.hexdigest()

    def close(self) -> None:
        """What is not complete is given up."""
        self._small = []
        for _, hashed, written in self._begun:
            hashed.cancel()
            written.cancel()
        self._writer.submit(self._file.close).result()  # after what it is writing now
        super().close()

    def _begin(self, block: bytes) -> None:
        while self._begun and self._behind + len(block) > MOST_BEHIND_BYTES:
            self._finish_first()
        self._behind += len(block)
        hashed = self._hasher.submit(self._digest.update, block)
        self._begun.append((len(block), hashed, self._writer.submit(self._put, block)))

    def _finish_first(self) -> None:
        size, hashed, written = self._begun.popleft()
        self._behind -= size
        hashed.result()
        written.result()

    def _put(self, block: bytes) -> None:
        write_all(self._file, block)
        self._written += len(block)
        if self._written - self._flushed >= FLUSH_BYTES:
            begin_to_flush(self._file, self._flushed, self._written - self._flushed)
            self._flushed = self._written


def begin_to_flush(file: io.FileIO, start: int = 0, size: int = 0) -> None:
    """Let the system write a part of a file (all from `start` where `size` is 0) to the disk now, without waiting."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), start, size, os.POSIX_FADV_DONTNEED)


def write_all(file: io.FileIO, content: bytes | memoryview) -> None:
    """Write every byte; the system may take fewer at once."""
    left = memoryview(content)
    while left:
        left = left[file.write(left) :]
