"""Pictures that the user holds: naming a folder is the user's own statement of being allowed to use them."""

import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from aahq_builder.build import now
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Json
from aahq_builder.rights.rules import Signal
from aahq_builder.sources.base import ListingPage, SourceFacts, Web, place_in_words, whole
from aahq_builder.sources.folder_files import FolderWalk, located
from aahq_builder.sources.found import FoundArtwork
from aahq_builder.web.rate import RatePolicy

FILES_PER_PAGE = 500


class Folder:
    """All picture files below a folder, in order."""

    name = "folder"
    rate_policy = RatePolicy(rate=0.0)
    facts = SourceFacts(holds="pictures of your own", license="your own statement", needs="--path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = place_in_words(self.name, path)

    def listing(self) -> str:
        """`folder: NAME (8 digits)`; of another folder of that name the digits differ."""
        return self.place

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """Files in the order of their names. Always from the beginning: known files cost nothing."""
        files = FolderWalk(self.path)
        names = files.names()
        for first in range(0, len(names), FILES_PER_PAGE):
            part = names[first : first + FILES_PER_PAGE]
            yield whole([self._found(name) for name in part], {"first": first + FILES_PER_PAGE})
        yield ListingPage([], None, files.words())

    def _found(self, name: str) -> FoundArtwork:
        statement = Signal("local_folder", "permission", "named by the user", "", now())
        return FoundArtwork(
            source_id=name,
            listing=self.place,
            file_version=_version(located(self.path, name)),
            title=Path(name).stem,
            signals=[statement],
        )


def read_file(root: Path, source_id: str, max_bytes: int) -> bytes:
    """The bytes of a listed file, which may be a link that the user has laid; no name leads out of the folder."""
    parts = PurePosixPath(source_id)
    if parts.is_absolute() or ".." in parts.parts:
        raise ItemError(ErrorKind.UNSAFE_URL, f"{source_id} leads out of the folder")
    path = located(root, source_id)
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):  # reading from a pipe or a device may never end
            raise ItemError(ErrorKind.NOT_AN_IMAGE, f"{source_id} is no file of pictures but a pipe, device or folder")
        if facts.st_size > max_bytes:
            raise ItemError(ErrorKind.TOO_LARGE, f"{facts.st_size} bytes, limit {max_bytes}")
        return path.read_bytes()
    except OSError as error:
        raise ItemError(ErrorKind.FILE_MISSING, f"{type(error).__name__}: {error.strerror}") from error


def _version(path: Path) -> str | None:
    """Size and time of a file; None if it cannot be asked."""
    try:
        found = path.stat()
    except OSError:
        return None
    return f"{found.st_size}-{found.st_mtime_ns}"
