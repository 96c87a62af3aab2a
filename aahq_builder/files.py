"""Where originals and crops lie: in the work folder, or in a place that many machines reach, as a bucket.

Paths are those that rows store. Whatever lies behind, a file is either absent, old, or complete: the work folder
renames finished files into place, object stores put whole objects.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from aahq_builder.errors import ErrorKind, ItemError, UserError
from aahq_builder.workdir import clear_temporary, file_names, write_atomic


class Files(Protocol):
    """Bytes by relative path. A place that fails raises `ItemError` of kind `disk`, which ends a run."""

    def make_ready(self) -> None:
        """Before a run: clear away what a kill has left; `UserError` without originals, as on a lost mount."""
        ...

    def read(self, path: str) -> bytes:
        """Content of a file; `ItemError` of kind `file_missing` if there is none."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Put a file there, whole."""
        ...

    def remove(self, path: str) -> None:
        """Make sure that it is not there."""
        ...

    def names(self, folder: str) -> Sequence[str]:
        """Names of the files in a folder."""
        ...

    def clear_unfinished(self, folder: str) -> None:
        """Delete what killed processes have left in a folder; the caller knows that nobody is writing there."""
        ...


@dataclass(frozen=True)
class FolderFiles:
    """Files of this machine."""

    root: Path

    def make_ready(self) -> None:
        """Remove temporary files of a run that was killed while it wrote."""
        if not (self.root / "originals").is_dir():
            raise UserError(f"{self.root} holds no originals/; mount or copy the folder where they lie, and run again")
        self.clear_unfinished("faces")

    def read(self, path: str) -> bytes:
        """Content of a file."""
        try:
            return (self.root / path).read_bytes()
        except OSError as error:
            raise ItemError(ErrorKind.FILE_MISSING, f"{path}: {error.strerror}") from error

    def write(self, path: str, content: bytes) -> None:
        """Write, flush, rename."""
        with _failures_named(path):
            write_atomic(self.root / path, content)

    def remove(self, path: str) -> None:
        """Unlink."""
        with _failures_named(path):
            (self.root / path).unlink(missing_ok=True)

    def names(self, folder: str) -> Sequence[str]:
        """List the folder; one that is not there holds nothing."""
        return file_names(self.root / folder)

    def clear_unfinished(self, folder: str) -> None:
        """Delete temporary files."""
        with _failures_named(folder):
            clear_temporary(self.root / folder)


@dataclass(frozen=True)
class RemoteFiles:
    """Files at an address that fsspec knows, as `s3://bucket/build`. It travels to workers as its address."""

    address: str

    @cached_property
    def place(self) -> tuple[Any, str]:
        """File system and path of the root."""
        from fsspec.core import url_to_fs

        system, root = url_to_fs(self.address)
        return system, root.rstrip("/")

    def make_ready(self) -> None:
        """A `UserError` if the address cannot be reached or holds no build: else every artwork would be missing."""
        try:
            system, root = self.place
            found = system.exists(f"{root}/originals")
        except Exception as error:  # each file system has errors of its own, a missing package among them
            raise UserError(f"--files {self.address} cannot be reached: {error}") from error
        if not found:
            raise UserError(f"--files {self.address} holds no originals/; copy that of the work folder there")

    def read(self, path: str) -> bytes:
        """Fetch a file."""
        system, root = self.place
        with _failures_named(f"{self.address}/{path}"):
            content: bytes = system.cat_file(f"{root}/{path}")
            return content

    def write(self, path: str, content: bytes) -> None:
        """Put a file."""
        system, root = self.place
        with _failures_named(f"{self.address}/{path}"):
            system.pipe_file(f"{root}/{path}", content)

    def remove(self, path: str) -> None:
        """Delete a file if it is there."""
        system, root = self.place
        with _failures_named(f"{self.address}/{path}"):
            if system.exists(f"{root}/{path}"):
                system.rm_file(f"{root}/{path}")

    def names(self, folder: str) -> Sequence[str]:
        """List the folder; one that is not there holds nothing."""
        system, root = self.place
        with _failures_named(f"{self.address}/{folder}"):
            system.invalidate_cache()
            found = system.ls(f"{root}/{folder}", detail=False) if system.exists(f"{root}/{folder}") else []
            return [str(path).rstrip("/").rpartition("/")[2] for path in found]

    def clear_unfinished(self, folder: str) -> None:
        """Nothing to do: objects are put whole."""


@contextmanager
def written_by(outcomes: Generator[object], files: Files, folder: str) -> Iterator[None]:
    """While processes whose `outcomes` come one by one write files into a folder.

    However the block ends, they are gone afterwards, and what a killed one had half written with them.
    """
    try:
        with closing(outcomes):
            yield
    finally:
        files.clear_unfinished(folder)


@contextmanager
def _failures_named(path: str) -> Iterator[None]:
    """A missing file is the item's trouble; whatever else a file system raises is the whole run's."""
    try:
        yield
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ItemError(ErrorKind.FILE_MISSING, path) from error
    except Exception as error:
        raise ItemError(ErrorKind.DISK, f"{path}: {error}") from error


def open_files(address: str | None, root: Path) -> Files:
    """The files at `address`, or in the folder `root` if none is given."""
    if address is None:
        return FolderFiles(root)
    if "://" not in address or address.startswith("file://"):
        folder = Path(address.removeprefix("file://"))
        if not folder.is_dir():
            raise UserError(f"--files {address} is no folder; copy originals/ of the work folder there")
        return FolderFiles(folder)
    return RemoteFiles(address)
