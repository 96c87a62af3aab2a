"""Untrusted pictures into plain arrays: magic bytes first, pixel limits before allocation, upright sRGB after.

The builder, training and generation read pictures here and nowhere else, so that all of them see the same ones:
`uint8` RGB arrays `[H, W, 3]`, upright by EXIF, without alpha.
"""

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
from PIL import Image, UnidentifiedImageError

from blendgan.data.colour import Colour, Convert, base_mode, to_srgb
from blendgan.data.deep import deep_converter, is_deep
from blendgan.data.formats import HEAD_BYTES, PILLOW_FORMATS, checked_extension
from blendgan.data.salvage import salvage
from blendgan.errors import PictureError, PictureFault

MAX_PIXELS = 100_000_000
"""Larger pictures are refused before their pixels are allocated (300 MB as RGB)."""
MAX_BYTES = 1_000_000_000
"""Larger files are not read."""
BACKGROUND: Colour = (128, 128, 128)
"""What shows through transparent pixels; grey disturbs face detectors and style features least."""
STRIP_PIXELS = 1_000_000
"""Colours are converted strip by strip, so that a large picture is never in memory three times."""
ORIENTATION_TAG = 0x0112
ORIENTATION_MARKS = (b"eXIf", b"EXIF", b"Raw profile type")
"""One of these is in every PNG and WebP that knows how it was held."""
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
        height, width = self.pixels.shape[:2]
        hashed = hashlib.sha256(f"{width}x{height}".encode())
        hashed.update(np.ascontiguousarray(self.pixels).data)
        return hashed.hexdigest()


def decode(content: bytes | Path, least_px: int | None = None, background: Colour = BACKGROUND) -> Picture:
    """Decode a picture of any colour mode; raises `PictureError` with what is wrong with it.

    With `least_px` a JPEG may be decoded at a half, a quarter or an eighth, as long as its longer side keeps that many.
    Transparent pixels are laid over `background`.
    """
    content = read_bytes(content) if isinstance(content, Path) else content
    extension = checked_extension(content[:HEAD_BYTES])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of oddities that we either refuse or accept below
        try:
            return _decode(content, extension, least_px, background)
        except PictureError as error:
            mendable = error.fault in (PictureFault.TRUNCATED, PictureFault.DECODE)
            salvaged = salvage(content, extension) if mendable else None
            if salvaged is None:
                raise
        return _decode(salvaged.content, extension, least_px, background, salvaged.profile)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that is no larger than any picture."""
    if (size := path.stat().st_size) > MAX_BYTES:
        raise PictureError(PictureFault.TOO_LARGE, f"{size:,} bytes, limit {MAX_BYTES:,}")
    return path.read_bytes()


def _decode(
    content: bytes, extension: str, least_px: int | None, background: Colour, profile: bytes | None = None
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
            reduction = _reduce(image, least_px)
        pixels = _jpeg_pixels(image, content)
        if pixels is None and (large := _large_pixels(image, content, background)) is not None:
            return Picture(large, extension)
        if pixels is None:
            with _reading():
                image.load()
            pixels = _pixels(image, background)
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
    """Read the head only."""
    form = PILLOW_FORMATS[extension]
    try:
        return Image.open(io.BytesIO(content), formats=[form])
    except UnidentifiedImageError:
        if form in Image.OPEN:
            Image.OPEN[form][0](io.BytesIO(content), "")  # raises the reason that `Image.open` keeps to itself
        raise PictureError(PictureFault.DECODE, "header is damaged") from None


def _reduce(image: Image.Image, least_px: int | None) -> int:
    """Tell a JPEG's decoder to skip the frequencies that nobody will look at."""
    if least_px is None or image.format != "JPEG" or image.mode not in ("RGB", "L"):
        return 1
    longer = max(image.size)
    reduction = next((factor for factor in (8, 4, 2) if longer // factor >= least_px), 1)
    if reduction > 1:
        image.draft(image.mode, (image.width // reduction, image.height // reduction))
    return reduction


def _jpeg_pixels(image: Image.Image, content: bytes) -> np.ndarray | None:
    """What `_pixels` gives for a flawless, plain JPEG, in half the time and without holding up other threads.

    None for everything else; of a damaged file Pillow tells what is wrong, or repairs it.
    """
    if image.format != "JPEG" or image.mode not in ("RGB", "L") or to_srgb(image):
        return None
    width, height = image.size
    try:
        pixels: np.ndarray = simplejpeg.decode_jpeg(content, "RGB", min_height=height, min_width=width)
    except ValueError:
        return None
    return pixels if pixels.shape == (height, width, 3) else None


def _large_pixels(image: Image.Image, content: bytes, background: Colour) -> np.ndarray | None:
    """What `_pixels` gives for a flawless, plain, large PNG or WebP, in less memory than Pillow takes.

    None for everything else. Damaged small ones would only make libpng complain on the terminal; and to tell whether a
    PNG must be turned upright, Pillow reads all of it, so nothing may even hint at that.
    """
    plain = image.format == "WEBP" or (image.format == "PNG" and content[24] == 8)  # bits per channel
    plain = plain and image.mode in ("RGB", "L") and "transparency" not in image.info
    if not plain or image.width * image.height < STRIP_PIXELS or getattr(image, "is_animated", False):
        return None
    if any(mark in content for mark in ORIENTATION_MARKS):
        return None
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:  # OpenCV has limits of its own, of a side's length among them
        return None
    if pixels is None:
        return None
    to_rgb, is_grey = _converter(image, background), image.mode == "L"
    for top, bottom in _strips(*pixels.shape[:2]):
        strip = pixels[top:bottom, :, 0] if is_grey else pixels[top:bottom, :, ::-1]
        pixels[top:bottom] = np.asarray(to_rgb(Image.fromarray(np.ascontiguousarray(strip))))
    return np.asarray(pixels)


def _strips(height: int, width: int) -> Iterator[tuple[int, int]]:
    """First and last row, exclusive, of strips of a bearable size."""
    rows = max(STRIP_PIXELS // width, 1)
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


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


def _pixels(image: Image.Image, background: Colour) -> np.ndarray:
    """uint8 RGB [H, W, 3] of a loaded picture of any Pillow mode, strip by strip."""
    to_rgb = _converter(image, background)
    width, height = image.size
    if width * height <= STRIP_PIXELS:
        return np.array(to_rgb(image))
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    for top, bottom in _strips(height, width):
        pixels[top:bottom] = np.asarray(to_rgb(image.crop((0, top, width, bottom))))
    return pixels


def _converter(image: Image.Image, background: Colour) -> Convert:
    """How a strip of this picture becomes RGB: its colours to sRGB, then its transparency over the background."""
    if is_deep(image):
        return deep_converter(image, background)
    mode, convert = base_mode(image), to_srgb(image)
    to_rgb: Callable[[Image.Image], Image.Image] = convert or (lambda strip: _in_mode(strip, "RGB"))

    def over(strip: Image.Image) -> Image.Image:
        rgba = strip.convert("RGBA")
        if convert is not None:
            alpha = rgba.getchannel("A")
            rgba = convert(rgba.getchannel("G") if mode == "L" else rgba.convert("RGB"))
            rgba.putalpha(alpha)
        return Image.alpha_composite(Image.new("RGBA", rgba.size, (*background, 255)), rgba).convert("RGB")

    if image.has_transparency_data:
        return over
    return lambda strip: to_rgb(strip if convert is None else _in_mode(strip, mode))


def _in_mode(strip: Image.Image, mode: str) -> Image.Image:
    return strip if strip.mode == mode else strip.convert(mode)
