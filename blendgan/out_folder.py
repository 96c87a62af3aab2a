"""The folder that a command writes to: made, found writable, and held by one command at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from blendgan.errors import DISK_FULL, UserError

LOCK = ".lock"


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Make the folder `out` and keep other commands out of it; one that was left empty is taken away again.

    The lock is the operating system's, so a killed command leaves none.
    """
    new = not out.exists()
    lock = _locked(out)
    try:
        yield
    finally:
        (out / LOCK).unlink(missing_ok=True)
        lock.close()
        if new:
            with suppress(OSError):  # it holds results
                out.rmdir()


def _locked(out: Path) -> IO[str]:
    while True:
        try:
            out.mkdir(parents=True, exist_ok=True)
            file = (out / LOCK).open("a+")
        except OSError as error:
            if error.errno in DISK_FULL:
                raise
            raise UserError(f"{out} cannot be written to ({error.strerror}); give another folder") from error
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            file.seek(0)
            owner = file.read(20).strip() or "another"
            file.close()
            raise UserError(
                f"{out} is being written to by another command (process {owner}); wait until it ends, "
                "or give another --out"
            ) from error
        except OSError:  # a file system without locks
            return file
        if _is_still(file, out / LOCK):
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            return file
        file.close()  # its last owner took it away in between


def _is_still(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
