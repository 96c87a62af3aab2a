"""A folder of pictures, looked at once before training so that nothing surprises step 40,000."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from blendgan.errors import UserError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})


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
        with Image.open(self.paths[index]) as image:
            return to_square(image, self.size)


def open_folder(root: Path, size: int) -> ImageFolder:
    """Find the pictures below `root` (sorted, subfolders included) and check each one's header."""
    found = picture_files(root)
    refused = [Refusal(path, reason) for path in found if (reason := why_refused(path, size))]
    bad = {refusal.path for refusal in refused}
    return ImageFolder(root, size, [path for path in found if path not in bad], refused)


def picture_files(root: Path) -> list[Path]:
    """The pictures below `root`, by their suffix, in the order of their names."""
    if not root.is_dir():
        raise UserError(f"{root} is not a folder of pictures; name one that exists")
    return sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def why_refused(path: Path, size: int) -> str:
    """Empty for a picture that can be trained on at `size` px."""
    try:
        with Image.open(path) as image:
            width, height = image.size
            if width != height:
                return f"{width}x{height} px is not square; `aahq-build align` makes aligned square faces"
            if width < size:
                return f"{width}x{height} px is smaller than the training size of {size} px"
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return f"cannot be read as a picture ({error})"
    return ""


def to_square(image: Image.Image, size: int) -> np.ndarray:
    """[size, size, 3] uint8 RGB; averaging over areas keeps the mean colour of what it shrinks."""
    rgb = image.convert("RGB")
    return np.asarray(rgb if rgb.size == (size, size) else rgb.resize((size, size), Image.Resampling.BOX))
