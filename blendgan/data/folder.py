"""A folder of pictures, looked at once before training so that nothing surprises step 40,000."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from blendgan.data.decode import decode
from blendgan.data.formats import SUFFIXES
from blendgan.data.metadata import CARD, METADATA, RELEASE, VALIDATION, left_out
from blendgan.data.pixels import area_averaged
from blendgan.data.scaled import Scaled
from blendgan.data.verdicts import look
from blendgan.errors import PictureError, UserError


@dataclass(frozen=True)
class Refusal:
    """A file that cannot be trained on, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class ImageFolder:
    """Square pictures of at least `size` px; the ones that are not are in `refused`."""

    root: Path
    size: int
    paths: Sequence[Path]
    refused: Sequence[Refusal]
    rights: Mapping[str, int] = field(default_factory=dict)
    """How many pictures stand under which rights and licence, where that was looked up."""
    scaled: Scaled | None = None
    """The pictures at one size, where they are kept so."""

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, index: int) -> str:
        """What to call a picture in messages."""
        return str(self.paths[index].relative_to(self.root))

    def read(self, index: int) -> np.ndarray:
        """[size, size, 3] uint8 RGB, area-averaged from the file's own size."""
        if self.scaled is not None and self.scaled.size == self.size:
            return self.scaled.read(self.paths[index])
        try:
            return area_averaged(decode(self.paths[index]).pixels, self.size, self.size)
        except (PictureError, OSError) as error:
            gone = f"{self.paths[index]} could be read when training began and cannot now ({error})"
            raise UserError(f"{gone}; put it back and run again") from error


def open_folder(root: Path, size: int) -> ImageFolder:
    """Find the pictures below `root` (sorted, subfolders included) and decode each one."""
    return judged(root, size, {path: why_refused(path, size) for path in picture_files(root)})


def judged(root: Path, size: int, reasons: Mapping[Path, str]) -> ImageFolder:
    """The pictures without a reason against them, in the given order, and the refused ones."""
    refused = [Refusal(path, reason) for path, reason in reasons.items() if reason]
    return ImageFolder(root, size, [path for path, reason in reasons.items() if not reason], refused)


def picture_files(root: Path) -> list[Path]:
    """The pictures below `root`, also through links, by their suffix, in the order of their names.

    Those that `metadata.jsonl` marks as denied or removed are no part of the set, nor is what a release's card shows,
    nor its split for validation.
    """
    if not root.is_dir():
        raise UserError(f"{root} is not a folder of pictures; name one that exists")
    found, seen, withdrawn = list[str](), set[Path](), set[str]()
    for place, folders, names in os.walk(root, followlinks=True):
        seen.add(Path(place).resolve())
        folders[:] = [name for name in folders if Path(place, name).resolve() not in seen]  # links may lead in circles
        if RELEASE in names:
            folders[:] = [name for name in folders if name not in (CARD, VALIDATION)]
        withdrawn |= {str(path) for path in left_out(Path(place, METADATA))} if METADATA in names else set()
        # as texts: a hundred thousand paths would take seconds
        some = (f"{place}/{name}" for name in names if os.path.splitext(name)[1].lower() in SUFFIXES)  # noqa: PTH122
        found += [path for path in some if os.path.isfile(path)]  # noqa: PTH113
    if withdrawn:
        found = [path for path in found if os.path.normpath(path) not in withdrawn]
    return [Path(path) for path in sorted(found, key=lambda path: path.split("/"))]


def why_refused(path: Path, size: int) -> str:
    """Empty for a picture that can be trained on at `size` px."""
    return look(path)[0].against(size)
