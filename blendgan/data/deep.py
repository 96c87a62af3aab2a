"""Grey of more than eight bits into eight: which value is white, which one black, and what lies between."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from blendgan.data.colour import Colour, grey_curve, to_srgb

BITS_PER_SAMPLE, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339
"""TIFF tags."""
WHITE_IS_ZERO, SIGNED = 0, 2
HIGHLIGHT = 16.0
"""Floats below it count from 0 to 1, with highlights beyond; as levels of 255 they would be a black picture."""
ROWS_AT_ONCE = 256


def is_deep(image: Image.Image) -> bool:
    """Whether the mode holds one number of more than eight bits per pixel."""
    return image.mode.startswith(("I", "F"))


def deep_converter(image: Image.Image, background: Colour) -> Callable[[Image.Image], Image.Image]:
    """How strips of a loaded deep picture become 8-bit sRGB."""
    white = _white(image)
    inverted = _tag(image, PHOTOMETRIC) == WHITE_IS_ZERO
    convert, hidden = to_srgb(image), image.info.get("transparency")
    curve = None if convert is None else grey_curve(convert)

    def converted(strip: Image.Image) -> Image.Image:
        raw = _numbers(image, strip)
        values = np.nan_to_num(raw.astype(np.float64), posinf=white)
        levels = np.clip(values / white, 0, 1) * 255
        levels = 255 - levels if inverted else levels
        levels = levels if curve is None else np.interp(levels, np.arange(256), curve)
        rgb = np.repeat((levels + 0.5).astype(np.uint8)[..., None], 3, axis=2)
        if isinstance(hidden, int):
            rgb[raw == hidden] = background
        return Image.fromarray(rgb)

    return converted


def white_of(values: np.ndarray, highest: float, full: float) -> float:
    """The value that is white: `full`, what the bits can hold, or of floats and 32-bit numbers what `highest` tells."""
    if values.dtype.kind == "f":
        return 1.0 if highest < HIGHLIGHT else 255.0 if highest <= 255 else max(65535.0, highest)
    return full if values.itemsize <= 2 else next((white for white in (255.0, 65535.0) if highest <= white), full)


def _white(image: Image.Image) -> float:
    bits = _tag(image, BITS_PER_SAMPLE) or (16 if image.mode.startswith("I;16") else 32)
    full = 2.0 ** (bits - _is_signed(image)) - 1
    first = _numbers(image, image.crop((0, 0, 1, 1)))
    return full if bits <= 16 else white_of(first, _highest(image), full)


def _highest(image: Image.Image) -> float:
    """The largest finite value, 0 at least."""
    highest = 0.0
    for top in range(0, image.height, ROWS_AT_ONCE):
        rows = _numbers(image, image.crop((0, top, image.width, min(top + ROWS_AT_ONCE, image.height))))
        highest = max(highest, float(np.max(rows, initial=0, where=np.isfinite(rows))))
    return highest


def _numbers(image: Image.Image, strip: Image.Image) -> np.ndarray:
    """The values of a strip as the file means them; Pillow's mode I is signed, whatever was in the file."""
    values = np.asarray(strip)
    return values if image.mode != "I" or _is_signed(image) else values.view(np.uint32)


def _is_signed(image: Image.Image) -> bool:
    return _tag(image, SAMPLE_FORMAT) == SIGNED


def _tag(image: Image.Image, number: int) -> int | None:
    """A number of a TIFF's head; None in other formats."""
    value = getattr(image, "tag_v2", {}).get(number)
    value = value[0] if isinstance(value, tuple) and value else value
    return value if isinstance(value, int) else None
