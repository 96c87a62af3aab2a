"""Pictures from and to files: upright RGB tensors in [-1, 1] at the side a network wants."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor

from blendgan.data import pixels as conversion
from blendgan.data.decode import decode
from blendgan.data.formats import SUFFIXES
from blendgan.data.pixels import resize, to_signed
from blendgan.errors import PictureError, UserError

__all__ = ["Unreadable", "picture_paths", "read_picture", "resize", "save_picture", "to_pixels"]

LARGEST_SIDE = 1024
"""No network reads more."""


@dataclass(frozen=True)
class Unreadable:
    """A file that is left out, and why."""

    path: Path
    reason: str


def picture_paths(place: Path) -> dict[str, Path]:
    """The picture `place`, or those in the folder and below it, each under a name of its own, sorted."""
    if place.is_file():
        return {place.stem: place}
    if not place.is_dir():
        raise UserError(f"{place} is not a folder of pictures; name one that exists")
    paths = sorted(path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise UserError(f"{place} holds no pictures ({', '.join(sorted(SUFFIXES))})")
    stems = Counter(path.relative_to(place).with_suffix("") for path in paths)
    own = [path.relative_to(place) for path in paths]
    return {
        "-".join((name if stems[name.with_suffix("")] > 1 else name.with_suffix("")).parts): path
        for name, path in zip(own, paths, strict=True)
    }


def read_picture(path: Path, square: bool = False) -> Float[Tensor, "3 height width"] | Unreadable:
    """The picture, or why it cannot be used. Sides far longer than any network reads are reduced by a
    whole factor each.

    With `square`, pictures that are not are refused: a face must have been aligned.
    """
    try:
        pixels = decode(path).pixels
    except (PictureError, OSError) as error:
        return Unreadable(path, f"cannot be read as a picture ({error})")
    height, width = pixels.shape[:2]
    if square and width != height:
        return Unreadable(path, f"{width}x{height} px is not square; `aahq-build align` makes square faces")
    factors = max(1, width // LARGEST_SIDE), max(1, height // LARGEST_SIDE)
    return to_signed(torch.from_numpy(np.array(Image.fromarray(pixels).reduce(factors))).permute(2, 0, 1))


def to_pixels(images: Float[Tensor, "*batch 3 height width"]) -> UInt8[Tensor, "*batch height width 3"]:
    """RGB in [-1, 1] as the rows of a picture on the CPU: nearest 8-bit values, values beyond are cut off."""
    return conversion.to_pixels(images).movedim(-3, -1).cpu()


def save_picture(pixels: UInt8[np.ndarray, "height width 3"], path: Path) -> None:
    """Write a PNG or JPEG; a viewer never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".tmp-{path.name}")
    Image.fromarray(pixels).save(temporary, quality=95)
    temporary.replace(path)
