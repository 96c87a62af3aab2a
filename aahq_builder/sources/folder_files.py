"""The picture files of a folder: known by their endings or first bytes, through links, whatever their names are.

What is passed over is counted by its reason, so that nothing is lost in silence.
"""

import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from aahq_builder.picture_files import is_picture
from aahq_builder.workdir import WorkDir
from blendgan.data.formats import HEAD_BYTES, extension_of
from blendgan.data.metadata import CARD, RELEASE


@dataclass
class FolderWalk:
    """One walk through a folder; `skipped` grows with it."""

    root: Path
    skipped: Counter[str] = field(default_factory=Counter)
    """How many files and folders were passed over, by reason."""
    entered: set[tuple[int, int]] = field(default_factory=set)
    """Folders by device and inode: a link that leads back is not followed again."""

    def names(self) -> list[str]:
        """Paths of the pictures relative to the folder, as text, in order."""
        return sorted(self._below(self.root, ""))

    def words(self) -> str:
        """What was passed over, in one sentence; empty if nothing was."""
        parts = ", ".join(f"{count} {reason}" for reason, count in sorted(self.skipped.items()))
        return f"{self.root.resolve().name}: passed over {parts}" if parts else ""

    def _below(self, folder: Path, prefix: str) -> Iterator[str]:
        try:
            facts = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self.skipped[f"folders that cannot be read ({error.strerror})"] += 1
            return
        if (facts.st_dev, facts.st_ino) in self.entered:
            self.skipped["links to a folder that was read already"] += 1
            return
        self.entered.add((facts.st_dev, facts.st_ino))
        if prefix and WorkDir(folder).database.exists():
            self.skipped["work folders of builds"] += 1
            return
        is_release = any(entry.name == RELEASE for entry in entries)
        for entry in entries:
            name = prefix + printable(entry.name)
            if is_release and entry.name == CARD:
                self.skipped["cards of releases"] += 1
            elif _is_folder(entry):
                yield from self._below(Path(entry.path), f"{name}/")
            elif reason := _why_not(entry):
                self.skipped[reason] += 1
            else:
                yield name


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle of its own
        return False


def _why_not(entry: "os.DirEntry[str]") -> str | None:
    """Why a file is no picture; None for one that ends or begins as a picture does."""
    if is_picture(Path(entry.name)):
        return None  # whatever it is, its row will tell
    try:
        if not stat.S_ISREG(entry.stat().st_mode):
            return "pipes, sockets and devices"
        with Path(entry.path).open("rb") as content:
            return None if extension_of(content.read(HEAD_BYTES)) else "files that are no pictures"
    except OSError as error:
        return f"files that cannot be read ({error.strerror})"


def printable(name: str) -> str:
    """A file's name as text: bytes that are no UTF-8 stand as `\\xe9`."""
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")


def located(root: Path, name: str) -> Path:
    """The file of a name that `FolderWalk` gave; it need not be there any more."""
    path = root
    for part in PurePosixPath(name).parts:
        step = path / part
        if not os.path.lexists(step) and path.is_dir():
            step = next((other for other in path.iterdir() if printable(other.name) == part), step)
        path = step
    return path
