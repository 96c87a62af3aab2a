"""Deep grey and odd TIFF varieties: what is white, what is black, and what lies between."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from blendgan.data.decode import BACKGROUND, decode
from blendgan.errors import PictureError, PictureFault

Y, X = np.mgrid[0:40, 0:64]
GREY = (X * 4 + Y // 10).astype(np.uint8)
"""0 to 255."""
RGB = np.dstack([GREY, GREY[:, ::-1], (Y * 6).astype(np.uint8)])


def tiff(values: np.ndarray, **options: object) -> bytes:
    """By tifffile, a writer that shares no code with the readers."""
    file = io.BytesIO()
    tifffile.imwrite(file, values, **{"photometric": "minisblack" if values.ndim == 2 else "rgb", **options})
    return file.getvalue()


def twelve_bits(values: np.ndarray, photometric: int) -> bytes:
    """A TIFF with two 12-bit values in three bytes, as scanners write it."""
    pairs = values.reshape(len(values), -1, 2).astype(np.uint32)
    packed = (pairs[..., 0] << 12 | pairs[..., 1])[..., None] >> np.array([16, 8, 0]) & 255
    strip, samples = packed.astype(np.uint8).tobytes(), 1 if values.ndim == 2 else 3
    depths = 8 + 2 + 9 * 12 + 4
    short, long = 3, 4
    entries = [
        (256, long, 1, values.shape[1]),
        (257, long, 1, values.shape[0]),
        (258, short, samples, 12 if samples == 1 else depths),
        (259, short, 1, 1),
        (262, short, 1, photometric),
        (273, long, 1, depths + 6),
        (277, short, 1, samples),
        (278, long, 1, values.shape[0]),
        (279, long, 1, len(strip)),
    ]
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return head + bytes(4) + struct.pack("<3H", 12, 12, 12) + strip


TWELVE = GREY.astype(np.uint16) << 4 | GREY >> 4
FILES = {
    "16 bit": tiff(GREY.astype(np.uint16) * 257),
    "16 bit, big-endian": tiff(GREY.astype(">u2") * 257, byteorder=">"),
    "16 bit, white is zero": tiff(65535 - GREY.astype(np.uint16) * 257, photometric="miniswhite"),
    "16 bit, signed": tiff((GREY.astype(np.int32) * 257 >> 1).astype(np.int16)),
    "8 bit, white is zero": tiff(255 - GREY, photometric="miniswhite"),
    "32 bit": tiff(GREY.astype(np.uint32) * 16843009),
    "float to 1": tiff((GREY / 255).astype(np.float32)),
    "float to 255": tiff(GREY.astype(np.float32)),
    "float to 65535": tiff(GREY.astype(np.float32) * 257),
    "float, white is zero": tiff((1 - GREY / 255).astype(np.float32), photometric="miniswhite"),
    "float of 64 bits": tiff(GREY / 255),
    "12 bit": twelve_bits(TWELVE, 1),
    "12 bit, white is zero": twelve_bits(4095 - TWELVE, 0),
}
COLOURS = {
    "16 bit": tiff(RGB.astype(np.uint16) * 257),
    "8 bit, planes apart": tiff(np.moveaxis(RGB, 2, 0).copy(), planarconfig="separate"),
    "16 bit, compressed": tiff(RGB.astype(np.uint16) * 257, compression="zlib", predictor=True),
    "BigTIFF": tiff(RGB, bigtiff=True),
    "float": tiff((RGB / 255).astype(np.float32)),
    "float of 64 bits": tiff(RGB / 255),
    "12 bit": twelve_bits(RGB.astype(np.uint16) << 4 | RGB >> 4, 2),
}


@pytest.mark.parametrize("name", FILES)
def test_grey_of_any_depth_has_the_levels_that_the_file_means(name: str) -> None:
    shown = decode(FILES[name]).pixels
    assert np.abs(shown - GREY[..., None].astype(int)).max() <= 1


@pytest.mark.parametrize("name", COLOURS)
def test_colours_of_any_depth_have_the_levels_that_the_file_means(name: str) -> None:
    assert np.abs(decode(COLOURS[name]).pixels - RGB.astype(int)).max() <= 1


def test_deep_colours_lie_over_the_background_where_they_are_transparent() -> None:
    alpha = np.where(X < 32, 1.0, 0.0)
    for white, kind in ((1.0, np.float32), (65535, np.uint16)):
        rgba = (np.dstack([RGB / 255, alpha]) * white).astype(kind)
        shown = decode(tiff(rgba, extrasamples=["unassalpha"])).pixels
        assert np.abs(shown[:, :32] - RGB[:, :32].astype(int)).max() <= 1
        assert (shown[:, 32:] == BACKGROUND).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_an_odd_tiff_is_turned_upright_as_that_of_a_plain_one(orientation: int) -> None:
    tags = [(274, "H", 1, orientation, True)]
    plain = decode(tiff(RGB, extratags=tags)).pixels
    odd = decode(tiff((RGB / 255).astype(np.float32), extratags=tags)).pixels
    assert np.abs(odd - plain.astype(int)).max() <= 1


def test_png_of_16_bits_is_scaled_by_what_16_bits_hold() -> None:
    values = np.array([[0, 32768], [49152, 65535]], dtype=np.uint16)
    np.testing.assert_array_equal(png(values)[..., 0], [[0, 128], [191, 255]])
    np.testing.assert_array_equal(png(values // 1024)[..., 0], [[0, 0], [0, 0]])  # a dark picture stays dark


def test_the_transparent_colour_of_png_counts_in_every_depth() -> None:
    deep = GREY.astype(np.uint16) * 257
    hidden = GREY == 128
    shown = png(deep, transparency=128 * 257)
    assert (shown[hidden] == BACKGROUND).all()
    assert (shown[~hidden] == GREY[~hidden][:, None]).all()
    two_bits = png_by_hand(bits=2, colour_type=0, rows=[bytes([0b00011011])] * 2, hidden=[2])
    assert (two_bits[:, 2] == BACKGROUND).all()
    np.testing.assert_array_equal(two_bits[0, [0, 1, 3], 0], [0, 85, 255])
    deep = png_by_hand(16, 2, [bytes.fromhex("123412341234") * 2 + b"\xff" * 12] * 4, hidden=[0x1234] * 3)
    assert (deep[:, 2:] == 255).all()
    assert (deep[:, :2] == BACKGROUND).all()


def png_by_hand(bits: int, colour_type: int, rows: list[bytes], hidden: list[int]) -> np.ndarray:
    """The pixels of a PNG four pixels wide with a transparent colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, len(rows), bits, colour_type, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    transparent = chunk(b"tRNS", struct.pack(f">{len(hidden)}H", *hidden))
    return decode(b"\x89PNG\r\n\x1a\n" + head + transparent + body + chunk(b"IEND", b"")).pixels


def png(values: np.ndarray, **options: object) -> np.ndarray:
    content = io.BytesIO()
    Image.fromarray(values).save(content, "PNG", **options)
    return decode(content.getvalue()).pixels


def test_floats_that_are_no_numbers_are_black_and_endless_ones_white() -> None:
    values = np.array([[np.nan, np.inf], [-np.inf, 0.5]], dtype=np.float32)
    np.testing.assert_array_equal(decode(tiff(values)).pixels[..., 0], [[0, 255], [0, 128]])


def test_kinds_of_numbers_and_orders_that_nothing_reads_rightly_are_called_so() -> None:
    halves = tiff((GREY / 255).astype(np.float16))
    planes = tiff(np.moveaxis(RGB, 2, 0).astype(np.uint16) * 257, planarconfig="separate")
    float_planes = tiff(np.moveaxis(RGB / 255, 2, 0).astype(np.float32), planarconfig="separate")
    for content in (halves, planes, float_planes):
        assert refused(content) is PictureFault.UNSUPPORTED


def refused(content: bytes) -> PictureFault:
    with pytest.raises(PictureError) as refusal:
        decode(content)
    return refusal.value.fault


def test_an_odd_tiff_is_not_allocated_beyond_the_limit() -> None:
    content = bytearray(COLOURS["float"])
    for tag in (256, 257):
        at = min(content.find(struct.pack("<HHI", tag, kind, 1)) % len(content) for kind in (3, 4))
        content[at : at + 12] = struct.pack("<HHII", tag, 4, 1, 40_000)
    assert refused(bytes(content)) is PictureFault.TOO_MANY_PIXELS
