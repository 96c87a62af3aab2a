"""A folder of pictures, looked at once before training so that nothing surprises step 40,000."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from blendgan.data.decode import decode
from blendgan.data.formats import SUFFIXES
from blendgan.data.metadata import METADATA, left_out
from blendgan.data.pixels import area_averaged
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

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, index: int) -> str:
        """What to call a picture in messages."""
        return str(self.paths[index].relative_to(self.root))

    def read(self, index: int) -> np.ndarray:
        """[size, size, 3] uint8 RGB, area-averaged from the file's own size."""
        try:
            return area_averaged(decode(self.paths[index]).pixels, self.size, self.size)
        except (PictureError, OSError) as error:
            gone = f"{self.paths[index]} could be read when training began and cannot now ({error})"
            raise UserError(f"{gone}; put it back and run again") from error


def open_folder(root: Path, size: int) -> ImageFolder:
    """Find the pictures below `root` (sorted, subfolders included) and decode each one."""
    found = picture_files(root)
    refused = [Refusal(path, reason) for path in found if (reason := why_refused(path, size))]
    bad = {refusal.path for refusal in refused}
    return ImageFolder(root, size, [path for path in found if path not in bad], refused)


def picture_files(root: Path) -> list[Path]:
    """The pictures below `root`, also through links, by their suffix, in the order of their names.

    Those that `metadata.jsonl` marks as denied or removed are no part of the set.
    """
    if not root.is_dir():
        raise UserError(f"{root} is not a folder of pictures; name one that exists")
    found, seen, withdrawn = list[Path](), set[Path](), set[Path]()
    for place, folders, names in os.walk(root, followlinks=True):
        seen.add(Path(place).resolve())
        folders[:] = [name for name in folders if Path(place, name).resolve() not in seen]  # links may lead in circles
        found += [Path(place, name) for name in names if Path(name).suffix.lower() in SUFFIXES]
        withdrawn |= left_out(Path(place, METADATA)) if METADATA in names else set()
    return sorted(path for path in found if path.is_file() and Path(os.path.normpath(path)) not in withdrawn)


def why_refused(path: Path, size: int) -> str:
    """Empty for a picture that can be trained on at `size` px."""
    try:
        height, width = decode(path).pixels.shape[:2]
    except (PictureError, OSError) as error:
        return f"cannot be read as a picture ({error})"
    if width != height:
        return f"{width}x{height} px is not square; `aahq-build align` makes aligned square faces"
    return f"{width}x{height} px is smaller than the training size of {size} px" if width < size else ""
