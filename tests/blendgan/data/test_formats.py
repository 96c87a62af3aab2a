"""What a file is, its first bytes tell: read, known by name, or no picture."""

import io

import pytest
from PIL import Image

from blendgan.data.decode import decode
from blendgan.data.formats import PILLOW_FORMATS, SUFFIXES, extension_of
from blendgan.errors import PictureError, PictureFault


def saved(form: str) -> bytes:
    content = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(content, form)
    return content.getvalue()


@pytest.mark.parametrize(("extension", "form"), PILLOW_FORMATS.items())
def test_every_format_is_told_by_its_first_bytes_and_read(extension: str, form: str) -> None:
    content = saved(form)
    picture = decode(content)
    assert (extension_of(content[:64]), picture.extension, picture.size) == (extension, extension, (256, 256))
    assert f".{extension}" in SUFFIXES
    assert abs(picture.pixels[-1].mean() - 255) < 3


UNREAD = {
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "HEIC of another brand": b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic",
    "JPEG XL": b"\xff\x0a\x7f",
    "JPEG XL in a container": b"\0\0\0\x0cJXL \r\n\x87\n",
    "SVG": b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "SVG with a byte order mark": b'\xef\xbb\xbf<!DOCTYPE svg PUBLIC "x">\n<svg width="1">',
    "Photoshop": b"8BPS\0\x01",
    "icon": b"\0\0\x01\0\x01\0",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
}


@pytest.mark.parametrize("name", UNREAD)
def test_a_picture_of_a_format_that_is_not_read_is_called_so(name: str) -> None:
    with pytest.raises(PictureError, match=name.split(maxsplit=1)[0]) as refusal:
        decode(UNREAD[name] + bytes(200))
    assert refusal.value.fault is PictureFault.UNSUPPORTED


@pytest.mark.parametrize(
    "content",
    [b"<!doctype html><html><body><svg></svg>", b"PK\x03\x04", b"RIFF\0\0\0\0WAVEfmt ", b"\0\0\0\x18ftypmp42"],
)
def test_what_is_no_picture_is_called_so(content: bytes) -> None:
    with pytest.raises(PictureError) as refusal:
        decode(content + bytes(200))
    assert refusal.value.fault is PictureFault.NOT_AN_IMAGE


def test_an_avif_file_of_a_general_brand_is_read() -> None:
    content = saved("AVIF")
    assert content[8:12] == b"avif"
    assert decode(content[:8] + b"mif1" + content[12:]).size == (256, 256)


def test_a_jpeg_of_twelve_bits_is_unsupported_and_not_damaged() -> None:
    content = bytearray(saved("JPEG"))
    content[content.index(b"\xff\xc0") + 4] = 12
    with pytest.raises(PictureError, match="12-bit") as refusal:
        decode(bytes(content))
    assert refusal.value.fault is PictureFault.UNSUPPORTED
