"""Untrusted pictures into plain arrays: magic bytes first, pixel limits before allocation, upright sRGB after.

The builder, training and generation read pictures here and nowhere else, so that all of them see the same ones:
`uint8` RGB arrays `[H, W, 3]`, upright by EXIF, without alpha.
"""

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from blendgan.data.colour import Colour
from blendgan.data.formats import HEAD_BYTES, PILLOW_FORMATS, checked_extension
from blendgan.data.odd_tiff import is_misread, read_odd_tiff
from blendgan.data.rgb import jpeg_pixels, large_pixels, plain_pixels
from blendgan.data.salvage import salvage
from blendgan.errors import PictureError, PictureFault

MAX_PIXELS = 100_000_000
"""Larger pictures are refused before their pixels are allocated (300 MB as RGB)."""
MAX_BYTES = 1_000_000_000
"""Larger files are not read."""
BACKGROUND: Colour = (128, 128, 128)
"""What shows through transparent pixels; grey disturbs face detectors and style features least."""
COARSEST = 8
"""By so much, each way, a JPEG's decoder can make it smaller at most."""
ORIENTATION_TAG = 0x0112
XMP_ENTRIES = ("XML:com.adobe.xmp", "xmp")
DAMAGE = (
    *(OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, MemoryError),
    *(AttributeError, RuntimeError, struct.error, zlib.error),
)
"""What Pillow raises on damaged files, as found by feeding it some."""
UNSUPPORTED_WORDS = ("cannot handle", "unknown pixel mode", "unsupported", "not supported", "not installed")
"""How Pillow says that a file is not damaged but of a variety that it cannot read."""


@dataclass(frozen=True)
class Picture:
    """A decoded picture."""

    pixels: np.ndarray
    """uint8 RGB [H, W, 3], upright."""
    extension: str
    reduction: int = 1
    """By how much it was decoded smaller than it is, each way."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height that it has when decoded in full, but for a rest of `reduction`."""
        height, width = self.pixels.shape[:2]
        return width * self.reduction, height * self.reduction

    def reduced(self, points: np.ndarray) -> np.ndarray:
        """Points of the full picture in pixels of this one: both count from the middle of the first pixel."""
        moved: np.ndarray = (points + 0.5) / self.reduction - 0.5
        return moved

    @property
    def pixel_sha256(self) -> str:
        """Hash of size and pixels: equal for equal pictures, however they were encoded."""
        return hash_of_pixels(self.pixels)


def hash_of_pixels(pixels: np.ndarray) -> str:
    """SHA-256 of the size and the uint8 pixels [H, W, 3], as hex digits."""
    height, width = pixels.shape[:2]
    hashed = hashlib.sha256(f"{width}x{height}".encode())
    hashed.update(np.ascontiguousarray(pixels).data)
    return hashed.hexdigest()


class AllowedReduction(NamedTuple):
    """How far a JPEG may be decoded smaller than it is."""

    least_px: int | None
    """The longer side must keep so many; None: as it is."""
    coarsest: int


def decode(
    content: bytes | Path, least_px: int | None = None, background: Colour = BACKGROUND, *, coarsest: int = COARSEST
) -> Picture:
    """Decode a picture of any colour mode; raises `PictureError` with what is wrong with it.

    With `least_px` a JPEG may be decoded at a half, a quarter or an eighth, as long as its longer side keeps that many,
    and by no more than `coarsest`.
    Transparent pixels are laid over `background`.
    """
    content = read_bytes(content) if isinstance(content, Path) else content
    extension = checked_extension(content[:HEAD_BYTES])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of oddities that we either refuse or accept below
        try:
            return _decode(content, extension, AllowedReduction(least_px, coarsest), background)
        except PictureError as error:
            mendable = error.fault in (PictureFault.TRUNCATED, PictureFault.DECODE)
            salvaged = salvage(content, extension) if mendable else None
            if salvaged is None:
                raise
        return _decode(salvaged.content, extension, AllowedReduction(least_px, coarsest), background, salvaged.profile)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that is no larger than any picture."""
    if (size := path.stat().st_size) > MAX_BYTES:
        raise PictureError(PictureFault.TOO_LARGE, f"{size:,} bytes, limit {MAX_BYTES:,}")
    return path.read_bytes()


def _decode(
    content: bytes, extension: str, allowed: AllowedReduction, background: Colour, profile: bytes | None = None
) -> Picture:
    with _reading():
        image = _open(content, extension)
    with image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise PictureError(PictureFault.TOO_MANY_PIXELS, f"{width} x {height} px, limit {MAX_PIXELS}")
        if profile:
            image.info["icc_profile"] = profile
        with _reading():
            reduction = _reduce(image, allowed)
        pixels = jpeg_pixels(image, content)
        if pixels is None and (large := large_pixels(image, content, background)) is not None:
            return Picture(large, extension)
        if pixels is None:
            with _reading():
                image.load()
            pixels = plain_pixels(image, background)
        return Picture(_upright(pixels, _orientation(image)), extension, reduction)


@contextmanager
def _reading() -> Iterator[None]:
    """Around Pillow's readers and nothing else: what they raise is the picture's fault, what else is raised is ours."""
    try:
        yield
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(PictureFault.TOO_MANY_PIXELS, str(error)) from error
    except DAMAGE as error:
        detail = str(error) or type(error).__name__
        raise PictureError(_fault_of(detail), detail) from error


def _fault_of(detail: str) -> PictureFault:
    lower = detail.lower()
    if any(words in lower for words in UNSUPPORTED_WORDS):
        return PictureFault.UNSUPPORTED
    return PictureFault.TRUNCATED if "truncated" in lower else PictureFault.DECODE


def _open(content: bytes, extension: str) -> Image.Image:
    """Read the head; a TIFF that only OpenCV knows is read as a whole."""
    form = PILLOW_FORMATS[extension]
    try:
        image = Image.open(io.BytesIO(content), formats=[form])
    except UnidentifiedImageError:
        if form == "TIFF" and (odd := read_odd_tiff(content, MAX_PIXELS)):
            return odd
        if form in Image.OPEN:
            Image.OPEN[form][0](io.BytesIO(content), "")  # raises the reason that `Image.open` keeps to itself
        raise PictureError(PictureFault.DECODE, "header is damaged") from None
    if form == "PNG":
        _in_eight_bits(image, content[24])
    if form == "TIFF" and is_misread(image):
        raise PictureError(PictureFault.UNSUPPORTED, "deep colours in separate planes are not read")
    return image


def _in_eight_bits(image: Image.Image, bits: int) -> None:
    """PNG names its transparent colour in the file's own depth; the pixels that Pillow gives have eight bits."""
    hidden = image.info.get("transparency")
    if bits == 16 and isinstance(hidden, tuple):
        image.info["transparency"] = tuple(value >> 8 for value in hidden)
    if bits < 8 and image.mode == "L" and isinstance(hidden, int):
        image.info["transparency"] = hidden * 255 // (2**bits - 1)


def _reduce(image: Image.Image, allowed: AllowedReduction) -> int:
    """Tell a JPEG's decoder to skip the frequencies that nobody will look at."""
    if allowed.least_px is None or image.format != "JPEG" or image.mode not in ("RGB", "L"):
        return 1
    longer = max(image.size)
    factors = (factor for factor in (8, 4, 2) if factor <= allowed.coarsest and min(image.size) >= factor)
    reduction = next((factor for factor in factors if longer // factor >= allowed.least_px), 1)
    if reduction > 1:
        image.draft(image.mode, (image.width // reduction, image.height // reduction))
    return reduction


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 where there is none or nonsense. XMP does not count: no viewer heeds it."""
    for entry in XMP_ENTRIES:
        image.info.pop(entry, None)  # Pillow would look there too
    try:
        value = image.getexif().get(ORIENTATION_TAG, 1)
    except DAMAGE:
        return 1
    return value if value in range(1, 9) else 1


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn and mirror as the EXIF orientation says."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
