"""What the stages share when they forget artworks: which faces are meant, and which files bear their ids.

Each stage that leaves files has a `forget(build, artwork_ids)`: it deletes its files and its rows about these artworks
and counts both. Calling it again does no harm, so that a removal which was killed is finished by repeating it; files go
before the rows that name them.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from aahq_builder.build import Build
from aahq_builder.errors import ErrorKind, ItemError, UserError
from aahq_builder.files import Files, open_files
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


def remove_named_after(files: Files, folder: str, artwork_ids: Collection[str]) -> int:
    """Delete what in a folder is named after faces of these artworks, and what killed runs have left there."""
    count = 0
    for name in files.names(folder):
        is_meant = belongs_to(name.partition(".")[0], artwork_ids)
        if is_meant or name.startswith(TEMPORARY):
            files.remove(f"{folder}/{name}")
            count += is_meant
    return count


def unlink(root: Path, paths: Collection[str]) -> int:
    """Delete these files below `root`; gives how many there were."""
    present = [root / path for path in paths if (root / path).is_file()]
    for path in present:
        path.unlink(missing_ok=True)
    return len(present)


def files_elsewhere(build: Build) -> Iterator[Files]:
    """The places beside the work folder that hold originals and faces; `ItemError` if one is not there now."""
    for address in build.places("files"):
        try:
            yield open_files(address, build.workdir.root)
        except UserError as error:
            raise ItemError(ErrorKind.DISK, f"{address} is not there") from error
