"""Untrusted pictures into plain arrays, and faces into PNG.

Magic bytes come first, pixel limits before allocation, upright sRGB after.

Everything else in the package sees only `uint8` RGB arrays `[H, W, 3]`, upright, without alpha.
"""

import hashlib
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
from PIL import Image, ImageCms, UnidentifiedImageError

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
Colour = tuple[int, int, int]
BACKGROUND: Colour = (128, 128, 128)
"""What shows through transparent pixels; grey disturbs face detectors and style features least."""
STRIP_PIXELS = 1_000_000
"""Colours are converted strip by strip, so that a large picture is never in memory three times."""
ORIENTATION_TAG = 0x0112
ORIENTATION_MARKS = (b"eXIf", b"EXIF", b"XMP ", b"adobe.xmp", b"Raw profile type")
"""One of these is in every PNG and WebP that knows how it was held."""
DAMAGE = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, MemoryError)
"""What Pillow raises on damaged files, as found by feeding it some."""


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


def colour(text: str) -> Colour:
    """Red, green and blue of `#rrggbb`."""
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def extension_of(head: bytes) -> str | None:
    """The picture format that the first bytes announce, as a file extension; None if it is no picture."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return next((extension for magic, extension in MAGIC.items() if head.startswith(magic)), None)


def decode(content: bytes | Path, least_px: int | None = None, background: Colour = BACKGROUND) -> Picture:
    """Decode a picture of any colour mode; raises `ItemError` with the kind of what is wrong with it.

    With `least_px` a JPEG may be decoded at a half, a quarter or an eighth, as long as its longer side keeps that many.
    Transparent pixels are laid over `background`.
    """
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
                reduction = _reduce(image, least_px)
                pixels = _jpeg_pixels(image, content)
                if pixels is None and (large := _large_pixels(image, content, background)) is not None:
                    return Picture(large, extension)
                pixels = _pixels(image, background) if pixels is None else pixels
                return Picture(_upright(pixels, _orientation(image)), extension, reduction)
        except Image.DecompressionBombError as error:
            raise ItemError(ErrorKind.TOO_MANY_PIXELS, str(error)) from error
        except UnidentifiedImageError as error:
            raise ItemError(ErrorKind.DECODE, "header is damaged") from error
        except DAMAGE as error:
            kind = ErrorKind.TRUNCATED if "truncated" in str(error) else ErrorKind.DECODE
            raise ItemError(kind, str(error) or type(error).__name__) from error


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
    if image.format != "JPEG" or image.mode not in ("RGB", "L") or _foreign_profile(image):
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
    pixels: np.ndarray | None
    pixels = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        return None
    to_rgb, is_grey = _converter(image, background), image.mode == "L"
    for top, bottom in _strips(*pixels.shape[:2]):
        strip = pixels[top:bottom, :, 0] if is_grey else pixels[top:bottom, :, ::-1]
        pixels[top:bottom] = np.asarray(to_rgb(Image.fromarray(np.ascontiguousarray(strip))))
    return pixels


def _strips(height: int, width: int) -> Iterator[tuple[int, int]]:
    """First and last row, exclusive, of strips of a bearable size."""
    rows = max(STRIP_PIXELS // width, 1)
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 where there is none or nonsense."""
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
    """uint8 RGB [H, W, 3] of any Pillow mode, strip by strip."""
    image.load()
    to_rgb = _converter(image, background)
    width, height = image.size
    if width * height <= STRIP_PIXELS:
        return np.array(to_rgb(image))
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    for top, bottom in _strips(height, width):
        pixels[top:bottom] = np.asarray(to_rgb(image.crop((0, top, width, bottom))))
    return pixels


def _converter(image: Image.Image, background: Colour) -> Callable[[Image.Image], Image.Image]:
    """How a strip of this picture becomes RGB: deep grey scaled down, transparency laid over the background, sRGB."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        lowest, highest = _extent(image)
        top = 255.0 if lowest >= 0 and highest <= 255 else 65535.0
        return lambda strip: Image.fromarray(_scaled(np.asarray(strip, dtype=np.float32), top)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        return partial(_over, background)
    profile = _foreign_profile(image)
    if profile is None:
        return lambda strip: strip if strip.mode == "RGB" else strip.convert("RGB")
    return lambda strip: _to_srgb(strip, profile)


def _extent(image: Image.Image) -> tuple[float, float]:
    lowest, highest = image.getextrema()
    assert isinstance(lowest, (int, float)) and isinstance(highest, (int, float)), "one band"
    return lowest, highest


def _scaled(values: np.ndarray, top: float) -> np.ndarray:
    scaled: np.ndarray = np.clip(np.nan_to_num(values) * (255.0 / top) + 0.5, 0, 255).astype(np.uint8)
    return scaled


def _over(background: Colour, strip: Image.Image) -> Image.Image:
    rgba = strip.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, (*background, 255)), rgba).convert("RGB")


def _foreign_profile(image: Image.Image) -> ImageCms.ImageCmsTransform | None:
    """Transform from the embedded colour profile to sRGB; None where there is none, it is sRGB, or it is damaged."""
    content = image.info.get("icc_profile")
    if not content or image.mode not in ("RGB", "CMYK", "L"):
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
        if "srgb" in ImageCms.getProfileDescription(profile).lower():
            return None
        return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), image.mode, "RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None


def _to_srgb(strip: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    converted = ImageCms.applyTransform(strip, transform)
    assert converted is not None, "not in place"
    return converted


def encode_png(pixels: np.ndarray) -> bytes:
    """A PNG of uint8 RGB [H, W, 3], smaller and in two thirds of the time of Pillow's fastest level."""
    settings = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)
    filtered = (cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_PAETH)
    encoded, content = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), settings + filtered)
    assert encoded, "8-bit RGB can always be written"
    return content.tobytes()
