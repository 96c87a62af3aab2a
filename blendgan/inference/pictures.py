"""Pictures from and to files: upright RGB tensors in [-1, 1] at the side a network wants."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from PIL import Image, ImageOps
from torch import Tensor

from blendgan.errors import UserError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
MAX_PIXELS = 100_000_000
LARGEST_SIDE = 1024
GREY = (128, 128, 128)
"""What shows through transparent pixels."""


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
    """The picture, or why it cannot be used. Far larger ones than any network reads are reduced by a whole factor.

    With `square`, pictures that are not are refused: a face must have been aligned.
    """
    try:
        with Image.open(path, formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                return Unreadable(path, f"{width}x{height} px are more than {MAX_PIXELS}")
            if square and width != height:
                return Unreadable(path, f"{width}x{height} px is not square; `aahq-build align` makes square faces")
            upright = _to_rgb(ImageOps.exif_transpose(image)).reduce(max(1, min(width, height) // LARGEST_SIDE))
            pixels = np.array(upright)
    except (OSError, ValueError, SyntaxError, EOFError, Warning, Image.DecompressionBombError) as error:
        return Unreadable(path, f"cannot be read as a picture ({error})")
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 127.5 - 1


def resize(image: Float[Tensor, "3 height width"], side: int) -> Float[Tensor, "3 side side"]:
    """Averaged where it shrinks, pixels repeated where it grows, as the encoders do it themselves."""
    return F.adaptive_avg_pool2d(image.float(), side)


def to_pixels(images: Float[Tensor, "*batch 3 height width"]) -> UInt8[Tensor, "*batch height width 3"]:
    """Nearest 8-bit values of RGB in [-1, 1]; values beyond are cut off."""
    return ((images.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).movedim(-3, -1).cpu()


def save_picture(pixels: UInt8[np.ndarray, "height width 3"], path: Path) -> None:
    """Write a PNG or JPEG; a viewer never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".tmp-{path.name}")
    Image.fromarray(pixels).save(temporary, quality=95)
    temporary.replace(path)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits; Pillow itself would cut off all above 255
        image = Image.fromarray((np.asarray(image) / 257).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, (*GREY, 255)), rgba).convert("RGB")
    return image.convert("RGB")
