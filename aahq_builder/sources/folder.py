"""Pictures that the user holds: naming a folder is the user's own statement of being allowed to use them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from aahq_builder.build import now
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.picture_files import is_picture
from aahq_builder.records import Json
from aahq_builder.rights.rules import Signal
from aahq_builder.sources.base import ListingPage, Web, whole
from aahq_builder.sources.found import FoundArtwork
from aahq_builder.web.rate import RatePolicy

FILES_PER_PAGE = 500


class Folder:
    """All picture files below a folder, in order."""

    name = "folder"
    rate_policy = RatePolicy(rate=0.0)

    def __init__(self, path: Path) -> None:
        self.path = path

    def listing(self) -> str:
        """`folder: NAME`; the name, not the whole path, so that the folder can be moved."""
        return f"folder: {self.path.resolve().name}"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """Files in the order of their names. Always from the beginning: known files cost nothing."""
        names = sorted(_picture_names(self.path))
        for first in range(0, len(names), FILES_PER_PAGE):
            part = names[first : first + FILES_PER_PAGE]
            more = first + FILES_PER_PAGE < len(names)
            yield whole([_found(name) for name in part], {"first": first + FILES_PER_PAGE} if more else None)
        if not names:
            yield whole([], None)


def read_file(root: Path, source_id: str, max_bytes: int) -> bytes:
    """The bytes of a listed file; refused if it leads out of the folder."""
    path = root / source_id
    if not path.resolve().is_relative_to(root.resolve()):
        raise ItemError(ErrorKind.UNSAFE_URL, f"{source_id} leads out of the folder")
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):  # reading from a pipe or a device may never end
            raise ItemError(ErrorKind.NOT_AN_IMAGE, f"{source_id} is no file of pictures but a pipe, device or folder")
        if facts.st_size > max_bytes:
            raise ItemError(ErrorKind.TOO_LARGE, f"{facts.st_size} bytes, limit {max_bytes}")
        return path.read_bytes()
    except OSError as error:
        raise ItemError(ErrorKind.FILE_MISSING, f"{type(error).__name__}: {error.strerror}") from error


def _found(name: str) -> FoundArtwork:
    statement = Signal("local_folder", "permission", "named by the user", "", now())
    return FoundArtwork(source_id=name, title=Path(name).stem, signals=[statement])


def _picture_names(root: Path) -> Iterator[str]:
    for folder, _, files in os.walk(root):
        for file in files:
            if is_picture(Path(file)):
                yield (Path(folder) / file).relative_to(root).as_posix()
