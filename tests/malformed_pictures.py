"""More than sixty pictures as no decoder should trust them, generated: cut off, damaged, lying about their size."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "AVIF", "JPEG2000")


def malformed_pictures() -> dict[str, bytes]:
    """Names and contents; every one of them must be refused, with a reason."""
    return dict((*_cut_off(), *_damaged(), *_lying(), *_no_pictures()))


def sound_picture(form: str) -> bytes:
    """Noise of 128 x 96 px in this format."""
    pixels = np.random.default_rng(0).integers(0, 256, (96, 128, 3)).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, form)
    return content.getvalue()


def _cut_off() -> Iterator[tuple[str, bytes]]:
    for form in FORMATS:
        whole = sound_picture(form)
        for share in (0.02, 0.1, 0.3, 0.5, 0.7):
            yield f"cut-{form}-{share}", whole[: max(int(len(whole) * share), 12)]
        yield f"magic-only-{form}", whole[:12]


def _damaged() -> Iterator[tuple[str, bytes]]:
    for form in FORMATS:
        whole = bytearray(sound_picture(form))
        whole[12:200] = bytes(188)
        if form != "GIF":  # whose zeroed palette makes a black picture, and a sound one
            yield f"zeroed-head-{form}", bytes(whole)
        yield f"magic-and-noise-{form}", bytes(whole[:12]) + np.random.default_rng(1).bytes(5000)
    png = bytearray(sound_picture("PNG"))
    png[200:260] = b"\xff" * 60
    yield "png-broken-stream", bytes(png)
    yield "png-bad-checksum", _png(64, 64, zlib.compress(bytes(64 * 193)), checksum=False)
    yield "png-bomb-in-the-stream", _png(64, 64, zlib.compress(bytes(50)))


def _lying() -> Iterator[tuple[str, bytes]]:
    rows = zlib.compress(bytes(1000))
    for width, height in ((30_000, 30_000), (2**31 - 1, 2**31 - 1), (0, 0), (1, 200_000_000), (0, 5)):
        yield f"png-{width}x{height}", _png(width, height, rows)
    yield "gif-65535", b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(20)
    for width, height in ((40_000, 40_000), (-5, 7)):
        yield f"bmp-{width}", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 60, 0, 0, 54, 40, width, height, 1, 24, *[0] * 6)
    yield "webp-16383", b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8L" + struct.pack("<IBI", 18, 0x2F, 0x0FFFFFFF)
    entry = struct.pack("<HHII", 256, 3, 1, 8)
    yield "tiff-loop", b"II*\x00" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 8)


def _no_pictures() -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "one-byte", b"\xff"
    yield "page", b"<!DOCTYPE html><html><script>alert(1)</script></html>"
    yield "svg", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    yield "pdf", b"%PDF-1.7\n"
    yield "postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n"
    yield "zip", b"PK\x03\x04" + bytes(40)
    yield "script", b"#!/bin/sh\nrm -rf /\n"
    yield "wav", b"RIFF" + struct.pack("<I", 40) + b"WAVEfmt " + bytes(32)


def _png(width: int, height: int, rows: bytes, checksum: bool = True) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) if checksum else 7)
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
