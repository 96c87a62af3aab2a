"""The folder that holds a build: where each kind of file lives, and how a file survives a kill while being written."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aahq_builder.errors import UserError

TEMPORARY = ".tmp-"
"""How names of unfinished files begin."""


@dataclass(frozen=True)
class WorkDir:
    """Paths of one build. Rows store paths relative to `root`, so the folder can be moved."""

    root: Path

    @property
    def database(self) -> Path:
        """The journal, SQLite in WAL mode."""
        return self.root / "aahq.sqlite"

    @property
    def map(self) -> Path:
        """The style map: `map.parquet`, `map.html`, `map.png`, cached features."""
        return self.root / "map"

    @property
    def release(self) -> Path:
        """Default place of a published release."""
        return self.root / "release"

    def original(self, sha256: str, extension: str) -> str:
        """Relative path of a downloaded file, named by its content."""
        return f"originals/{sha256[:2]}/{sha256}.{extension}"

    def face(self, face_id: str) -> str:
        """Relative path of an aligned face."""
        return f"faces/{face_id}.png"

    def existing(self) -> "WorkDir":
        """This folder, or a `UserError` if no build was begun in it."""
        if not self.database.exists():
            raise UserError(f"{self.root} holds no build; begin one with: aahq-build crawl --work {self.root}")
        return self


def file_names(folder: Path) -> list[str]:
    """Names of the files in a folder; none if it is not there."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]


def clear_temporary(folder: Path) -> None:
    """Delete what killed runs have left unfinished; the caller knows that nobody is writing in this folder."""
    for name in file_names(folder):
        if name.startswith(TEMPORARY):
            (folder / name).unlink(missing_ok=True)


@contextmanager
def atomic_path(target: Path, mode: int = 0o644) -> Iterator[Path]:
    """Give a temporary path beside `target`; rename it into place, flushed to disk, when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=TEMPORARY, suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.chmod(mode)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomic(target: Path, content: bytes, mode: int = 0o644) -> None:
    """Write `content` so that `target` is either absent, old, or complete."""
    with atomic_path(target, mode) as temporary:
        temporary.write_bytes(content)
