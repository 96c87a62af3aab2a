"""Untrusted pictures become upright sRGB arrays, or an error with a reason."""

import io
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin

from blendgan.data.decode import BACKGROUND, MAX_PIXELS, decode
from blendgan.data.rgb import STRIP_PIXELS, large_pixels, plain_pixels
from blendgan.errors import PictureError, PictureFault
from tests.icc_profiles import P3, profile
from tests.malformed_pictures import FORMATS, malformed_pictures, sound_picture

SOUND = {form: sound_picture(form) for form in FORMATS}
MALFORMED = malformed_pictures()


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, form, **options)
    return content.getvalue()


def smooth(height: int = 60, width: int = 90) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)], axis=-1).astype(np.uint8)


def test_there_are_at_least_sixty_malformed_pictures() -> None:
    assert len(MALFORMED) >= 60


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_picture_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(PictureError) as refusal:
        decode(MALFORMED[name])
    assert refusal.value.fault in PictureFault
    assert refusal.value.detail


def test_malformed_pictures_take_no_memory(tmp_path: Path) -> None:
    script = """
import re, sys
from blendgan.data.decode import decode
from blendgan.errors import PictureError
from tests.malformed_pictures import malformed_pictures
for content in malformed_pictures().values():
    try:
        decode(content)
    except PictureError:
        pass
# not ru_maxrss: that begins with the size of the process which started this one
sys.stdout.write(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
"""
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=root, check=True)
    assert int(done.stdout) < 1_000_000, "kilobytes"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright_as_pillow_does(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(Image.fromarray(smooth()), exif=exif)
    with Image.open(io.BytesIO(content)) as image:
        upright = ImageOps.exif_transpose(image)
        np.testing.assert_array_equal(decode(content).pixels, np.asarray(upright))


def test_transparency_lies_over_the_background() -> None:
    pixels = np.zeros((4, 4, 4), dtype=np.uint8)
    pixels[..., 0] = 200
    pixels[:2, :, 3] = 255
    shown = decode(saved(Image.fromarray(pixels))).pixels
    assert (shown[:2] == (200, 0, 0)).all()
    assert (shown[2:] == BACKGROUND).all()
    white = decode(saved(Image.fromarray(pixels)), background=(255, 254, 253)).pixels
    assert (white[:2] == (200, 0, 0)).all()
    assert (white[2:] == (255, 254, 253)).all()


def test_grey_palette_and_cmyk_come_out_as_rgb() -> None:
    image = Image.fromarray(smooth())
    grey = decode(saved(image.convert("L"))).pixels
    np.testing.assert_array_equal(grey[..., 0], grey[..., 2])
    palette = decode(saved(image.quantize(256))).pixels.astype(int)
    assert np.abs(palette - smooth()).mean() < 8
    cmyk = decode(saved(image.convert("CMYK"), "JPEG", quality=98)).pixels.astype(int)
    assert np.abs(cmyk - smooth()).mean() < 4


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("profile", [None, profile("Display P3", P3)])
def test_a_large_picture_is_decoded_as_pillow_does(form: str, mode: str, profile: bytes | None) -> None:
    image = Image.fromarray(cv2.resize(smooth(), (STRIP_PIXELS // 1000 + 7, 1000))).convert(mode)
    content = saved(image, form, icc_profile=profile if mode == "RGB" else None, lossless=True)
    with Image.open(io.BytesIO(content)) as again:
        assert large_pixels(again, content, BACKGROUND) is not None
        expected = plain_pixels(again, BACKGROUND)
    np.testing.assert_array_equal(decode(content).pixels, expected)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_large_picture_is_turned_upright(form: str) -> None:
    exif, large = Image.Exif(), cv2.resize(smooth(), (STRIP_PIXELS // 1000 + 7, 1000))
    exif[0x0112] = 6
    shown = decode(saved(Image.fromarray(large), form, exif=exif, lossless=True)).pixels
    np.testing.assert_array_equal(shown, np.rot90(large, -1))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_large_truncated_picture_is_refused(form: str) -> None:
    content = saved(Image.fromarray(cv2.resize(smooth(), (STRIP_PIXELS // 1000 + 7, 1000))), form)
    with pytest.raises(PictureError):
        decode(content[: len(content) * 2 // 3])


def test_a_reduced_jpeg_says_where_points_of_the_full_picture_lie() -> None:
    spot = np.zeros((800, 1200, 3), dtype=np.uint8)
    spot[296:304, 700:708] = 255  # its middle is at (703.5, 299.5)
    picture = decode(saved(Image.fromarray(spot), "JPEG", quality=95), least_px=300)
    assert (picture.reduction, picture.size) == (4, (1200, 800))
    shown = picture.pixels[..., 0].astype(float)
    y, x = np.mgrid[0:200, 0:300]
    centroid = np.array([(x * shown).sum(), (y * shown).sum()]) / shown.sum()
    np.testing.assert_allclose(centroid, picture.reduced(np.array([703.5, 299.5])), atol=0.1)


def test_strips_join_without_a_seam() -> None:
    width = 4000
    tall = np.arange(STRIP_PIXELS // width * 2 + 7, dtype=np.uint32)[:, None] % 251
    pixels = np.broadcast_to(tall[..., None], (len(tall), width, 3)).astype(np.uint8)
    np.testing.assert_array_equal(decode(saved(Image.fromarray(pixels), compress_level=1)).pixels, pixels)


def test_a_jpeg_may_be_decoded_smaller_and_says_so() -> None:
    picture = Image.fromarray(smooth(1200, 1600))
    content = saved(picture, "JPEG", quality=95)
    reduced = decode(content, least_px=400)
    assert reduced.reduction == 4
    assert reduced.pixels.shape == (300, 400, 3)
    averaged = np.asarray(picture.resize((400, 300), Image.Resampling.BOX)).astype(int)
    assert np.abs(reduced.pixels - averaged).max() <= 4
    assert decode(content, least_px=401).reduction == 2
    assert decode(content).reduction == 1
    assert decode(saved(picture), least_px=400).reduction == 1, "only JPEG can"


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("least_px", [None, 100, 50, 25])
def test_a_plain_jpeg_has_the_pixels_that_pillow_decodes(
    mode: str, subsampling: int, progressive: bool, least_px: int | None
) -> None:
    noisy = np.random.default_rng(0).integers(0, 255, (201, 133, 3), dtype=np.uint8)
    options = {"quality": 80, "subsampling": subsampling, "progressive": progressive}
    content = saved(Image.fromarray(noisy).convert(mode), "JPEG", **options)
    ours = decode(content, least_px)
    with Image.open(io.BytesIO(content)) as image:
        if ours.reduction > 1:
            image.draft(mode, (image.width // ours.reduction, image.height // ours.reduction))
        np.testing.assert_array_equal(ours.pixels, np.asarray(image.convert("RGB")))


def test_a_jpeg_with_a_blemish_has_the_pixels_that_pillow_repairs() -> None:
    content = saved(Image.fromarray(smooth()), "JPEG")
    blemished = content[:-2] + b"\x12\x34\x56" + content[-2:]
    np.testing.assert_array_equal(decode(blemished).pixels, np.asarray(Image.open(io.BytesIO(content))))


def test_the_pixel_hash_does_not_depend_on_the_encoding() -> None:
    image = Image.fromarray(smooth())
    assert decode(saved(image)).pixel_sha256 == decode(saved(image, "BMP")).pixel_sha256
    assert decode(saved(image)).pixel_sha256 != decode(saved(image.transpose(Image.Transpose.ROTATE_90))).pixel_sha256


def test_more_pixels_than_the_limit_are_refused_before_they_are_decoded() -> None:
    side = int(MAX_PIXELS**0.5) + 1
    content = saved(Image.new("1", (side, side)))
    with pytest.raises(PictureError) as refusal:
        decode(content)
    assert refusal.value.fault is PictureFault.TOO_MANY_PIXELS


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="3"/></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG", "AVIF"])
def test_an_orientation_in_xmp_does_not_count(form: str) -> None:
    plain, options = Image.fromarray(smooth()), {"quality": 95}
    if form == "PNG":
        notes = PngImagePlugin.PngInfo()
        notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
        turned = saved(plain, form, pnginfo=notes)
    else:
        turned = saved(plain, form, xmp=XMP, **options)
    np.testing.assert_array_equal(decode(turned).pixels, decode(saved(plain, form, **options)).pixels)


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_counts_in_every_format_also_beside_xmp(form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain = Image.fromarray(smooth())
    options: dict[str, object] = {"TIFF": {}, "AVIF": {"quality": 95}}.get(form, {"quality": 95, "xmp": XMP})
    with Image.open(io.BytesIO(saved(plain, "PNG", exif=exif))) as image:
        upright = np.asarray(ImageOps.exif_transpose(image))
    turned = decode(saved(plain, form, exif=exif, **options)).pixels.astype(int)  # AVIF's writer empties `exif`
    assert turned.shape == upright.shape
    assert np.abs(turned - upright).mean() < 3


EXTREME = [(1, 60_000), (60_000, 1), (3, 40_000), (1, 1), (1, 2)]


@pytest.mark.parametrize(("form", "size"), [(form, size) for form in ("PNG", "JPEG", "TIFF") for size in EXTREME])
def test_extreme_aspect_ratios_are_read(form: str, size: tuple[int, int]) -> None:
    ramp = np.linspace(0, 255, size[0] * size[1]).astype(np.uint8).reshape(size[1], size[0])
    pixels = np.repeat(ramp[..., None], 3, axis=2)
    content = saved(Image.fromarray(pixels), form, **({"quality": 95} if form == "JPEG" else {}))
    assert np.abs(decode(content).pixels - pixels.astype(int)).max() <= 2
    reduced = decode(content, least_px=2000)
    assert max(reduced.pixels.shape[:2]) >= min(2000, max(size))
    assert min(reduced.pixels.shape[:2]) >= 1


def test_a_picture_wider_than_opencv_takes_is_read_by_pillow() -> None:
    pixels = np.broadcast_to((np.arange(1_100_000) % 251).astype(np.uint8)[None, :, None], (1, 1_100_000, 3))
    np.testing.assert_array_equal(decode(saved(Image.fromarray(pixels), compress_level=1)).pixels, pixels)


def test_an_error_of_our_own_is_not_taken_for_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise TypeError("ours")

    monkeypatch.setattr("blendgan.data.rgb._converter", broken)
    with pytest.raises(TypeError, match="ours"):
        decode(saved(Image.fromarray(smooth())))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMATS), st.data())
def test_bytes_changed_at_random_give_a_picture_or_a_reason(form: str, data: st.DataObject) -> None:
    content = bytearray(SOUND[form])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    try:
        assert decode(bytes(content)).pixels.dtype == np.uint8
    except PictureError as error:
        assert error.detail
