"""Pictures from and to files: upright RGB tensors in [-1, 1] at the side a network wants."""

import hashlib
import io
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from blendgan.data import pixels as conversion
from blendgan.data.decode import decode
from blendgan.data.folder import picture_files
from blendgan.data.formats import SUFFIXES
from blendgan.data.pixels import resize, to_signed
from blendgan.errors import PictureError, UserError

__all__ = ["Unreadable", "picture_paths", "read_picture", "resize", "save_picture", "to_pixels"]

LARGEST_SIDE = 1024
"""No network reads more."""
MAX_NAME_BYTES = 100
"""Of a face's or a style's part in the name of a file; file systems take 255 bytes in all."""
WRITER = "Software"
"""Where a PNG names the program that wrote it."""
TEMPORARY = ".tmp-"


@dataclass(frozen=True)
class Unreadable:
    """A file that is left out, and why."""

    path: Path
    reason: str


def picture_paths(place: Path) -> dict[str, Path]:
    """The picture `place`, or those in the folder and below it, each under a name of its own, sorted."""
    if place.is_file():
        return {place.stem: place}
    paths = picture_files(place)
    if not paths:
        raise UserError(f"{place} holds no pictures ({', '.join(sorted(SUFFIXES))})")
    own = [path.relative_to(place) for path in paths]
    stems = Counter(name.with_suffix("") for name in own)
    joined = ["-".join((name if stems[name.with_suffix("")] > 1 else name.with_suffix("")).parts) for name in own]
    counts = Counter(name.casefold() for name in joined)
    return {
        file_name(name, str(relative), shared=counts[name.casefold()] > 1): path
        for name, relative, path in zip(joined, own, paths, strict=True)
    }


def file_name(name: str, whole: str, shared: bool) -> str:
    """`name` for use in names of files: printable, short, and with a hash of `whole` where it is not enough itself."""
    short = os.fsencode(name)[:MAX_NAME_BYTES].decode(errors="ignore")
    return name if short == name and not shared else f"{short}~{short_hash(whole)}"


def short_hash(text: str) -> str:
    """Eight hexadecimal digits that hardly ever agree for two texts."""
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:8]


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
    return from_pixels(reduced(pixels))


def reduced(pixels: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "lower narrower 3"]:
    """The picture with sides far longer than any network reads reduced by a whole factor each."""
    height, width = pixels.shape[:2]
    factors = max(1, width // LARGEST_SIDE), max(1, height // LARGEST_SIDE)
    return np.array(Image.fromarray(pixels).reduce(factors))


def from_pixels(pixels: UInt8[np.ndarray, "height width 3"]) -> Float[Tensor, "3 height width"]:
    """The rows of a picture as RGB in [-1, 1]."""
    return to_signed(torch.from_numpy(pixels).permute(2, 0, 1))


def to_pixels(images: Float[Tensor, "*batch 3 height width"]) -> UInt8[Tensor, "*batch height width 3"]:
    """RGB in [-1, 1] as the rows of a picture on the CPU: nearest 8-bit values, values beyond are cut off."""
    return conversion.to_pixels(images).movedim(-3, -1).cpu()


def as_png(pixels: UInt8[np.ndarray, "height width 3"]) -> bytes:
    """A PNG of the pixels, without loss and without anything else."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, format="PNG")
    return content.getvalue()


def save_picture(pixels: UInt8[np.ndarray, "height width 3"], path: Path, writer: str = "blendgan-generate") -> None:
    """Write a PNG that names the program behind it; a viewer never sees half of it."""
    facts = PngInfo()
    facts.add_text(WRITER, writer)
    temporary = path.with_name(TEMPORARY + path.name)
    try:
        Image.fromarray(pixels).save(temporary, format="PNG", pnginfo=facts)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
