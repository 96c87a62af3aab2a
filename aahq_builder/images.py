"""Pictures of a build: decoded by `blendgan.data.decode`, with a row's error for what is wrong, and faces into PNG.

Everything else in the package sees only `uint8` RGB arrays `[H, W, 3]`, upright, without alpha.
"""

from pathlib import Path

import cv2
import numpy as np

from aahq_builder.errors import ErrorKind, ItemError
from blendgan.data import decode as decoding
from blendgan.data.colour import Colour
from blendgan.data.decode import BACKGROUND, COARSEST, MAX_PIXELS, Picture, hash_of_pixels
from blendgan.data.formats import HEAD_BYTES, extension_of
from blendgan.errors import PictureError

__all__ = [
    "BACKGROUND",
    "COARSEST",
    "HEAD_BYTES",
    "MAX_PIXELS",
    "Colour",
    "Picture",
    "colour",
    "decode",
    "encode_png",
    "extension_of",
    "hash_of_pixels",
]


def colour(text: str) -> Colour:
    """Red, green and blue of `#rrggbb`."""
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def decode(
    content: bytes | Path, least_px: int | None = None, background: Colour = BACKGROUND, *, coarsest: int = COARSEST
) -> Picture:
    """`blendgan.data.decode.decode`, which raises an `ItemError` with the kind of what is wrong with the picture."""
    try:
        return decoding.decode(content, least_px, background, coarsest=coarsest)
    except PictureError as error:
        raise ItemError(ErrorKind(error.fault), error.detail) from error


def encode_png(pixels: np.ndarray) -> bytes:
    """A PNG of uint8 RGB [H, W, 3], smaller and in two thirds of the time of Pillow's fastest level."""
    settings = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)
    filtered = (cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_PAETH)
    encoded, content = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), settings + filtered)
    assert encoded, "8-bit RGB can always be written"
    return content.tobytes()
