"""Untrusted pictures into plain arrays: magic bytes first, pixel limits before allocation, upright RGB after.

Everything else in the package sees only `uint8` RGB arrays `[H, W, 3]`, upright, without alpha.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from aahq_builder.errors import ErrorKind, ItemError

MAX_PIXELS = 100_000_000
"""Larger pictures are refused before their pixels are allocated (300 MB as RGB)."""

MAGIC = {
    b"\xff\xd8\xff": "jpg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"II*\x00": "tif",
    b"MM\x00*": "tif",
    b"BM": "bmp",
}
PILLOW_FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP")
BACKGROUND = (128, 128, 128)
"""What shows through transparent pixels; grey disturbs face detectors and style features least."""


@dataclass(frozen=True)
class Picture:
    """A decoded picture."""

    pixels: np.ndarray
    """uint8 RGB [H, W, 3], upright."""
    extension: str

    @property
    def pixel_sha256(self) -> str:
        """Hash of size and pixels: equal for equal pictures, however they were encoded."""
        height, width = self.pixels.shape[:2]
        return hashlib.sha256(f"{width}x{height}".encode() + np.ascontiguousarray(self.pixels).tobytes()).hexdigest()


def extension_of(head: bytes) -> str | None:
    """The picture format that the first bytes announce, as a file extension; None if it is no picture."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return next((extension for magic, extension in MAGIC.items() if head.startswith(magic)), None)


def decode(content: bytes | Path) -> Picture:
    """Decode a picture of any colour mode; raises `ItemError` with the kind of what is wrong with it."""
    content = content.read_bytes() if isinstance(content, Path) else content
    if not content:
        raise ItemError(ErrorKind.EMPTY, "the file has no bytes")
    extension = extension_of(content[:16])
    if extension is None:
        raise ItemError(ErrorKind.NOT_AN_IMAGE, f"begins with {content[:16]!r}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of oddities that we either refuse or accept below
        try:
            with Image.open(io.BytesIO(content), formats=PILLOW_FORMATS) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise ItemError(ErrorKind.TOO_MANY_PIXELS, f"{width} x {height} px, limit {MAX_PIXELS}")
                return Picture(np.asarray(_to_rgb(ImageOps.exif_transpose(image))), extension)
        except Image.DecompressionBombError as error:
            raise ItemError(ErrorKind.TOO_MANY_PIXELS, str(error)) from error
        except UnidentifiedImageError as error:
            raise ItemError(ErrorKind.DECODE, "header is damaged") from error
        except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError) as error:
            kind = ErrorKind.TRUNCATED if "truncated" in str(error) else ErrorKind.DECODE
            raise ItemError(kind, str(error)) from error


def _to_rgb(image: Image.Image) -> Image.Image:
    """RGB from any Pillow mode: 16-bit scaled down, transparency laid over the background."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = np.asarray(image, dtype=np.float32)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        image = Image.fromarray(np.clip(values * (255.0 / top) + 0.5, 0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, (*BACKGROUND, 255)), rgba).convert("RGB")
    return image.convert("RGB")
