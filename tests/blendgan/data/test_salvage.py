"""Whole pictures in peculiar files are shown, as viewers do; what lacks a part of the picture is not."""

import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from skimage.data import astronaut

from blendgan.data.decode import decode
from blendgan.errors import PictureError, PictureFault
from tests.icc_profiles import PROPHOTO, encoded, profile

RGB = astronaut()[:96, :128]


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, form, **options)
    return content.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"icc_profile": profile("P", PROPHOTO, 1.8)}])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_end_marker_is_the_same_picture(mode: str, options: dict, missing: int) -> None:
    whole = saved(Image.fromarray(RGB).convert(mode), "JPEG", **options)
    np.testing.assert_array_equal(decode(whole[:-missing]).pixels, decode(whole).pixels)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_jpeg_without_the_end_of_its_picture_is_truncated(options: dict, share: float) -> None:
    whole = saved(Image.fromarray(RGB), "JPEG", quality=95, **options)
    with pytest.raises(PictureError) as refusal:
        decode(whole[: int(len(whole) * share)])
    assert refusal.value.fault is PictureFault.TRUNCATED


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("compressed", [False, True])
def test_a_png_with_huge_notes_is_the_same_picture(after: bool, compressed: bool) -> None:
    notes = PngImagePlugin.PngInfo()
    for number in range(3):
        if compressed:
            notes.add_text(f"workflow {number}", "x" * 30_000_000, zip=True)
        else:
            notes.add_itxt(f"workflow {number}", "x" * 3_000_000, zip=True)
    content = saved(Image.fromarray(RGB), "PNG", pnginfo=notes)
    if after:
        at, end = content.index(b"IDAT") - 4, content.index(b"IEND") - 4
        first_note = 33
        content = content[:first_note] + content[at:end] + content[first_note:at] + content[end:]
    np.testing.assert_array_equal(decode(content).pixels, RGB)


def test_huge_notes_do_not_lose_the_orientation() -> None:
    notes, exif = PngImagePlugin.PngInfo(), Image.Exif()
    notes.add_text("parameters", "x" * 2_000_000, zip=True)
    exif[0x0112] = 6
    content = saved(Image.fromarray(RGB), "PNG", pnginfo=notes, exif=exif)
    np.testing.assert_array_equal(decode(content).pixels, np.rot90(RGB, -1))


def test_a_huge_profile_of_a_png_counts() -> None:
    huge = profile("ProPhoto RGB", PROPHOTO, 1.8, padding=bytes(3_000_000))
    content = saved(Image.fromarray(encoded(RGB, PROPHOTO, 1.8)), "PNG", icc_profile=huge)
    assert np.abs(decode(content).pixels - RGB.astype(int)).mean() < 2


def test_a_profile_beyond_all_measure_is_passed_over() -> None:
    bomb = profile("ProPhoto RGB", PROPHOTO, 1.8, padding=bytes(40_000_000))
    content = saved(Image.fromarray(RGB), "PNG", icc_profile=bomb)
    np.testing.assert_array_equal(decode(content).pixels, RGB)


def test_a_damaged_png_with_notes_is_still_refused() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("parameters", "x" * 2_000_000, zip=True)
    content = bytearray(saved(Image.fromarray(RGB), "PNG", pnginfo=notes))
    at = content.index(b"IDAT") + 200
    content[at : at + 50] = bytes(50)
    with pytest.raises(PictureError):
        decode(bytes(content))
