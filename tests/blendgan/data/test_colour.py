"""Colours come out as sRGB, whatever space, mode and depth they were saved in; compared with algebra."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from skimage.data import astronaut

from blendgan.data.decode import BACKGROUND, decode
from tests.icc_profiles import P3, PROPHOTO, SRGB, encoded, levels, light, printer_profile, profile

RGB = astronaut()[100:164, 180:276]
GREY = np.round(RGB @ [0.3, 0.6, 0.1]).astype(np.uint8)
OPAQUE = np.full_like(GREY, 255)


def saved(pixels: np.ndarray | Image.Image, form: str = "PNG", **options: object) -> bytes:
    content = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(content, form, **options)
    return content.getvalue()


def with_chunks(png: bytes, **chunks: bytes) -> bytes:
    """A PNG with further chunks behind its head."""
    added = b"".join(
        struct.pack(">I", len(body)) + name.encode() + body + struct.pack(">I", zlib.crc32(name.encode() + body))
        for name, body in chunks.items()
    )
    return png[:33] + added + png[33:]


def gamma(value: float) -> bytes:
    return struct.pack(">I", round(value * 100_000))


def error(content: bytes, expected: np.ndarray) -> float:
    """Mean difference in levels of 255."""
    return float(np.abs(decode(content).pixels - expected.astype(float)).mean())


def wide_files() -> dict[str, bytes]:
    """The picture in ProPhoto RGB, which shown as if it were sRGB looks faded."""
    wide, icc = encoded(RGB, PROPHOTO, 1.8), profile("ProPhoto RGB", PROPHOTO, 1.8)
    rgba = np.dstack([wide, OPAQUE])
    return {
        "png": saved(wide, icc_profile=icc),
        "jpeg": saved(wide, "JPEG", icc_profile=icc, quality=97, subsampling=0),
        "webp": saved(wide, "WEBP", icc_profile=icc, lossless=True),
        "avif": saved(wide, "AVIF", icc_profile=icc, quality=100, subsampling="4:4:4"),
        "tiff": saved(wide, "TIFF", icc_profile=icc),
        "rgba-png": saved(rgba, icc_profile=icc),
        "rgba-tiff": saved(rgba, "TIFF", icc_profile=icc),
        "rgba-webp": saved(rgba, "WEBP", icc_profile=icc, lossless=True),
        "rgb-with-a-transparent-colour": saved(wide, icc_profile=icc, transparency=(1, 2, 3)),
    }


@pytest.mark.parametrize("name", wide_files())
def test_a_profile_counts_in_every_format_and_with_alpha(name: str) -> None:
    assert np.abs(encoded(RGB, PROPHOTO, 1.8) - RGB.astype(float)).mean() > 10
    assert error(wide_files()[name], RGB) < 2


def test_a_profile_counts_for_palettes_also_with_alpha() -> None:
    wide, icc = Image.fromarray(encoded(RGB, PROPHOTO, 1.8)).quantize(256), profile("ProPhoto RGB", PROPHOTO, 1.8)
    plain = decode(saved(wide, icc_profile=icc)).pixels
    assert np.abs(plain - RGB.astype(float)).mean() < 5
    hidden = int(np.asarray(wide)[0, 0])
    shown = decode(saved(wide, icc_profile=icc, transparency=hidden)).pixels
    behind = np.asarray(wide) == hidden
    assert (shown[behind] == BACKGROUND).all()
    np.testing.assert_array_equal(shown[~behind], plain[~behind])


def grey_files() -> dict[str, bytes]:
    """Grey stored as light itself: shown as if it were sRGB it is far too dark."""
    linear, icc = np.round(light(GREY) * 65535).astype(np.uint16), profile("Linear Grey", None, 1.0)
    eight = np.round(light(GREY) * 255).astype(np.uint8)
    alpha = Image.merge("LA", [Image.fromarray(eight), Image.fromarray(OPAQUE)])
    return {
        "grey": saved(eight, icc_profile=icc),
        "grey-jpeg": saved(eight, "JPEG", icc_profile=icc, quality=99),
        "grey-alpha": saved(alpha, icc_profile=icc),
        "grey-16": saved(linear, icc_profile=icc),
        "grey-16-tiff": saved(linear, "TIFF", icc_profile=icc),
        "grey-float": saved(light(GREY).astype(np.float32), "TIFF", icc_profile=icc),
        "grey-with-an-rgb-profile": saved(eight, icc_profile=profile("Linear RGB", SRGB, 1.0)),
    }


@pytest.mark.parametrize("name", grey_files())
def test_a_grey_profile_counts_with_alpha_and_in_depth(name: str) -> None:
    deep = "16" in name or "float" in name
    assert error(grey_files()[name], np.repeat(GREY[..., None], 3, axis=2)) < (0.7 if deep else 2)


@pytest.mark.parametrize("name", ["GIMP built-in Linear sRGB", "Linear RGB D65"])
def test_a_linear_profile_is_told_by_its_curve_and_not_by_its_name(name: str) -> None:
    assert error(saved(encoded(RGB, SRGB, 1.0), icc_profile=profile(name, SRGB, 1.0)), RGB) < 2


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_profile_that_is_srgb_under_whatever_name_changes_no_pixel(form: str) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    renamed = srgb.replace("sRGB".encode("utf-16-be"), "mine".encode("utf-16-be"))
    assert renamed != srgb
    plain = decode(saved(RGB, form, quality=90)).pixels
    np.testing.assert_array_equal(decode(saved(RGB, form, quality=90, icc_profile=renamed)).pixels, plain)


def test_an_unusable_profile_is_passed_over() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    grey = profile("Linear Grey", None, 1.0)
    for icc in (lab, grey, b"damaged", profile("Display P3", P3)[:300]):
        np.testing.assert_array_equal(decode(saved(RGB, icc_profile=icc)).pixels, RGB)


def test_half_transparent_colours_are_converted_before_they_are_laid_over_the_background() -> None:
    rgba = np.dstack([encoded(RGB, PROPHOTO, 1.8), np.full_like(GREY, 51)])
    shown = decode(saved(rgba, icc_profile=profile("ProPhoto RGB", PROPHOTO, 1.8))).pixels
    assert np.abs(shown - (RGB * 0.2 + np.array(BACKGROUND) * 0.8)).mean() < 1


def test_png_gamma_is_undone() -> None:
    linear = np.round(light(RGB) * 255).astype(np.uint8)
    assert error(with_chunks(saved(linear), gAMA=gamma(1.0)), levels(linear / 255)) < 0.5
    old_mac = np.round(light(RGB) ** (1 / 1.8) * 255).astype(np.uint8)
    assert error(with_chunks(saved(old_mac), gAMA=gamma(1 / 1.8)), RGB) < 1
    deep = np.round(light(GREY) * 65535).astype(np.uint16)
    assert error(with_chunks(saved(deep), gAMA=gamma(1.0)), np.repeat(GREY[..., None], 3, axis=2)) < 0.7


def test_png_primaries_are_converted() -> None:
    # ProPhoto's own x and y (white D50), of which its matrix above is made
    chromaticity = (0.3457, 0.3585, 0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001)
    stated = struct.pack(">8I", *(round(value * 100_000) for value in chromaticity))
    content = with_chunks(saved(encoded(RGB, PROPHOTO, 1.8)), gAMA=gamma(1 / 1.8), cHRM=stated)
    assert error(content, RGB) < 2


def test_what_png_writers_state_for_srgb_changes_no_pixel() -> None:
    stated = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
    for chunks in ({"gAMA": gamma(0.45455)}, {"gAMA": gamma(0.45455), "cHRM": stated}, {"cHRM": bytes(32)}):
        np.testing.assert_array_equal(decode(with_chunks(saved(RGB), **chunks)).pixels, RGB)
    for nonsense in (bytes(32), bytes([0, 0, 0, 9]) * 8, struct.pack(">8I", *[31270, 0] * 4)):
        decode(with_chunks(saved(RGB), gAMA=gamma(1.0), cHRM=nonsense))


def test_a_profile_or_the_srgb_chunk_goes_before_gamma() -> None:
    np.testing.assert_array_equal(decode(with_chunks(saved(RGB), sRGB=b"\0", gAMA=gamma(1.0))).pixels, RGB)
    wide = saved(encoded(RGB, PROPHOTO, 1.8), icc_profile=profile("ProPhoto RGB", PROPHOTO, 1.8))
    assert error(with_chunks(wide, gAMA=gamma(1.0)), RGB) < 2


@pytest.mark.parametrize("form", ["TIFF", "JPEG"])
def test_a_cmyk_profile_counts(form: str) -> None:
    # a printer whose cyan is a mid grey (Lab 50, 0, 0: sRGB 119), whose black is black and whose other inks are clear
    corners = np.full((2, 2, 2, 2, 3), (255, 128, 128), dtype=np.uint8)
    corners[1] = (round(255 * 0.5), 128, 128)
    corners[:, :, :, 1] = (0, 128, 128)
    inks = np.zeros((32, 64, 4), dtype=np.uint8)
    inks[:, 32:, 0] = 255
    cmyk = Image.frombytes("CMYK", (64, 32), inks.tobytes())
    options = {"quality": 99} if form == "JPEG" else {}
    shown = decode(saved(cmyk, form, icc_profile=printer_profile(corners), **options)).pixels.astype(int)
    assert np.abs(shown[:, :24] - 255).max() <= 3
    assert np.abs(shown[:, 40:] - 119).max() <= 3


def test_an_rgb_profile_of_a_cmyk_picture_is_passed_over() -> None:
    cmyk = Image.fromarray(RGB).convert("CMYK")
    plain = decode(saved(cmyk, "TIFF")).pixels
    np.testing.assert_array_equal(decode(saved(cmyk, "TIFF", icc_profile=profile("P3", P3))).pixels, plain)


def test_a_tiff_of_another_writer_has_the_colours_of_its_profile() -> None:
    file = io.BytesIO()
    icc = profile("ProPhoto RGB", PROPHOTO, 1.8)
    tifffile.imwrite(file, encoded(RGB, PROPHOTO, 1.8), photometric="rgb", iccprofile=icc)
    assert error(file.getvalue(), RGB) < 2
