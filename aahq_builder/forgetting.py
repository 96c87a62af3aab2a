"""What the stages share when they forget artworks: which faces are meant, and which files bear their ids.

Each stage that leaves files has a `forget(build, artwork_ids)`: it deletes its files and its rows about these artworks
and counts both. Calling it again does no harm, so that a removal which was killed is finished by repeating it; files go
before the rows that name them.
"""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from aahq_builder.journal import Journal
from aahq_builder.workdir import TEMPORARY


def faces_of(journal: Journal, artwork_ids: Sequence[str]) -> dict[str, str | None]:
    """The faces of these artworks, each with the path of its file."""
    faces: dict[str, str | None] = {}
    for artwork_id in artwork_ids:
        faces |= dict(journal.execute("SELECT face_id, path FROM faces WHERE artwork_id = ?", [artwork_id]))
    return faces


def belongs_to(face_id: str, artwork_ids: Collection[str]) -> bool:
    """Whether a face id, which is the artwork's id and a number, is of one of these artworks."""
    return face_id.rpartition("-")[0] in artwork_ids


def unlink_named_after(folder: Path, artwork_ids: Collection[str]) -> int:
    """Delete the files of a folder that are named after faces of these artworks, and what killed runs have left."""
    count = 0
    for name in _file_names(folder):
        if belongs_to(name.partition(".")[0], artwork_ids):
            (folder / name).unlink(missing_ok=True)
            count += 1
    clear_temporary(folder)
    return count


def unlink(root: Path, paths: Collection[str]) -> int:
    """Delete these files below `root`; gives how many there were."""
    present = [root / path for path in paths if (root / path).is_file()]
    for path in present:
        path.unlink(missing_ok=True)
    return len(present)


def clear_temporary(folder: Path) -> None:
    """Delete unfinished files; the caller knows that nobody is writing in this folder."""
    for name in _file_names(folder):
        if name.startswith(TEMPORARY):
            (folder / name).unlink(missing_ok=True)


def _file_names(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
