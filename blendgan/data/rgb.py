"""An opened picture as `uint8` RGB: any mode through Pillow, the plain ones by faster ways to the same pixels."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from blendgan.data.colour import Colour, Convert, base_mode, to_srgb
from blendgan.data.deep import deep_converter, is_deep

STRIP_PIXELS = 1_000_000
"""Colours are converted strip by strip, so that a large picture is never in memory three times."""
ORIENTATION_MARKS = (b"eXIf", b"EXIF", b"Raw profile type")
"""One of these is in every PNG and WebP that knows how it was held."""


def plain_pixels(image: Image.Image, background: Colour) -> np.ndarray:
    """uint8 RGB [H, W, 3] of a loaded picture of any Pillow mode, strip by strip."""
    to_rgb = _converter(image, background)
    width, height = image.size
    if width * height <= STRIP_PIXELS:
        return np.array(to_rgb(image))
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    for top, bottom in _strips(height, width):
        pixels[top:bottom] = np.asarray(to_rgb(image.crop((0, top, width, bottom))))
    return pixels


def jpeg_pixels(image: Image.Image, content: bytes) -> np.ndarray | None:
    """What `plain_pixels` gives for a flawless, plain JPEG, in half the time and without holding up other threads.

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


def large_pixels(image: Image.Image, content: bytes, background: Colour) -> np.ndarray | None:
    """What `plain_pixels` gives for a flawless, plain, large PNG or WebP, in less memory than Pillow takes.

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
