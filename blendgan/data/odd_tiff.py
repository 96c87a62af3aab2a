"""TIFF varieties that Pillow refuses or misreads, through OpenCV: colours and grey of 10 to 64 bits."""

import io

import cv2
import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

from blendgan.data.deep import white_of
from blendgan.errors import PictureError, PictureFault

WIDTH, HEIGHT, BITS_PER_SAMPLE, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
SAMPLES, PLANAR, EXTRA_SAMPLES, SAMPLE_FORMAT, PROFILE = 277, 284, 338, 339, 34675
UNSIGNED, FLOAT, PLANES_APART, WHITE_IS_ZERO = 1, 3, 2, 0
READABLE = {(UNSIGNED, bits) for bits in (10, 12, 14, 16, 32)} | {(FLOAT, 32), (FLOAT, 64)}
"""Kinds of numbers that OpenCV knows; of others it would complain on the terminal."""
ALPHA = {1: "RGBa", 2: "RGBA"}
"""Mode of a fourth channel: colours multiplied with it already, or not."""
MAX_DECODED_BYTES = 1_200_000_000


def is_misread(image: Image.Image) -> bool:
    """Whether Pillow opens this TIFF and gives other colours: deep ones, not compressed, whose planes lie apart."""
    tags = getattr(image, "tag_v2", {})
    apart = tags.get(PLANAR) == PLANES_APART and tags.get(COMPRESSION, 1) == 1
    return apart and max(tags.get(BITS_PER_SAMPLE, (1,))) > 8


def read_odd_tiff(content: bytes, max_pixels: int) -> Image.Image | None:
    """The picture in eight bits, upright, its profile in `info`; None if OpenCV does not read it rightly either."""
    tags = _directory(content)
    width, height, channels = tags[WIDTH], tags[HEIGHT], tags.get(SAMPLES, 1)
    bits, kind = tags.get(BITS_PER_SAMPLE, (1,))[0], _first(tags.get(SAMPLE_FORMAT, UNSIGNED))
    if (kind, bits) not in READABLE or channels not in (1, 3, 4) or tags.get(PLANAR) == PLANES_APART:
        return None
    if width * height > max_pixels or width * height * channels * max(bits // 8, 2) > MAX_DECODED_BYTES:
        raise PictureError(PictureFault.TOO_MANY_PIXELS, f"{width} x {height} px of {bits} bits")
    try:
        values = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if values is None or sorted(values.shape[:2]) != sorted((height, width)):
        return None
    image = _eight_bits(values, bits, tags)
    image.info["icc_profile"] = tags.get(PROFILE)
    return image


def _directory(content: bytes) -> Directory:
    """The tags of the first picture."""
    file = io.BytesIO(content)
    big = content[2:3] == b"\x2b" or content[3:4] == b"\x2b"
    tags = Directory(file.read(16 if big else 8))
    file.seek(tags.next)
    tags.load(file)
    return tags


def _eight_bits(values: np.ndarray, bits: int, tags: Directory) -> Image.Image:
    full = (2.0**bits - 1) * 2.0 ** (values.itemsize * 8 - bits)  # OpenCV moves 12 bits to the upper ones of 16
    white = white_of(values, float(np.max(values, initial=0, where=np.isfinite(values))), full)
    levels = np.clip(np.nan_to_num(values, posinf=white) / white, 0, 1) * 255
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        levels = 255 - levels
    eight = (levels + 0.5).astype(np.uint8)
    if eight.ndim == 2 or eight.shape[2] == 1:
        return Image.fromarray(eight.reshape(values.shape[:2]))
    rgb = np.ascontiguousarray(eight[:, :, 2::-1])
    mode = ALPHA.get(_first(tags.get(EXTRA_SAMPLES, 0)))
    if eight.shape[2] == 3 or mode is None:
        return Image.fromarray(rgb)
    return Image.frombytes(mode, (rgb.shape[1], rgb.shape[0]), np.dstack([rgb, eight[:, :, 3]]).tobytes())


def _first(value: object) -> int:
    first = value[0] if isinstance(value, tuple) and value else value
    return first if isinstance(first, int) else 0
