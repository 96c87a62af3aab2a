"""The aligned face equals the reference, and a plain resize where the crop is a plain square."""

import functools

import cv2
import numpy as np
import pytest
from PIL import Image

from aahq_builder.align.fast_warp import (
    TILE_PX,
    Averaging,
    _sample,
    _sample_tile,
    low_pass,
    sampling_matrix,
    warp_fast,
)
from aahq_builder.align.geometry import quad_side
from aahq_builder.align.warp import border_depth, warp_reference
from tests.aahq_builder.align.reference import CASES, reference_case


@pytest.mark.parametrize("name", CASES)
def test_the_reference_mode_equals_the_reference_within_rounding(name: str) -> None:
    case = reference_case(name)
    aligned = warp_reference(case.image, case.quad, len(case.aligned))
    assert np.abs(aligned.astype(int) - case.aligned).max() <= 1


@pytest.mark.parametrize("name", CASES)
def test_the_fast_mode_is_within_48_db_of_the_reference(name: str) -> None:
    case = reference_case(name)
    assert psnr(warp_fast(case.image, case.quad, len(case.aligned)), case.aligned) >= 48


@pytest.mark.parametrize("side", [200, 900, 1400, pytest.param(2300, marks=pytest.mark.campaign)])
@pytest.mark.parametrize("centre", [(1300, 1200), (500, 300), (2400, 2100)])
def test_the_fast_mode_is_within_48_db_at_every_scale_and_border(side: int, centre: tuple[int, int]) -> None:
    picture = painted(2600, 2400)
    turn = np.radians(17)
    across = np.array([np.cos(turn), np.sin(turn)]) * side / 2
    down = np.array([-across[1], across[0]])
    quad = np.array(centre) + np.array([-across - down, -across + down, across + down, across - down])
    assert psnr(warp_fast(picture, quad, 512), warp_reference(picture, quad, 512)) >= 48


@functools.cache
def painted(width: int, height: int) -> np.ndarray:
    """Brush strokes at all scales, with the fall of contrast towards fine detail that paintings have."""
    random = np.random.default_rng(0)
    picture = np.full((height, width, 3), 128, dtype=np.float32)
    for reduction, contrast in ((200, 40), (60, 20), (20, 10), (6, 4), (2, 2)):
        size = (height // reduction, width // reduction, 3)
        strokes = random.normal(0, contrast, size).astype(np.float32)
        picture += cv2.resize(strokes, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(picture, 0, 255).astype(np.uint8)


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((first.astype(float) - second) ** 2)))


@pytest.mark.parametrize(
    ("scale", "box", "shrunk"), [(1.0, 1, 1), (1.7, 1, 1), (2.9, 1, 1), (3.2, 2, 1), (5.9, 2, 2), (6.0, 4, 2)]
)
def test_the_low_pass_keeps_the_mean_and_stops_what_the_result_cannot_show(scale: float, box: int, shrunk: int) -> None:
    kernel = low_pass(scale, box, shrunk)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    offsets = np.arange(len(kernel)) - len(kernel) // 2
    beyond = np.linspace(min(1.6 / (2 * scale) * box, 0.5), 0.5, 20)
    left = np.cos(2 * np.pi * beyond[:, None] * offsets) @ kernel * np.sinc(beyond) ** 2  # after bilinear sampling
    if scale / box > 1.6:
        assert np.abs(left).max() < 0.1


@pytest.mark.parametrize("scale", [0.5, 1.5, 2.5, 7.0])
def test_tiles_meet_without_a_seam(scale: float) -> None:
    size = 2 * TILE_PX
    picture = np.tile(painted(820, 820), (int(scale * 2) + 1, int(scale * 2) + 1, 1))
    side, middle = size * scale, np.array(picture.shape[:2]) / 2
    quad = middle + side / 2 * np.array([[-1.1, -0.9], [-0.9, 1.1], [1.1, 0.9], [0.9, -1.1]])
    averaging = Averaging.of(quad_side(quad), size)
    whole = np.zeros((size, size, 3), dtype=np.uint8)
    _sample_tile(picture, sampling_matrix(quad, size, 0), whole, averaging)
    tiled = _sample(picture, sampling_matrix(quad, size, 0), size, averaging)
    assert np.abs(tiled.astype(int) - whole).max() <= 1


def test_the_fast_mode_shrinks_by_the_same_broken_ratio_as_the_reference() -> None:
    # a half of 1003 px are 502 px: the reference takes the quad for one of a picture of 1004 px
    picture = painted(1003, 1003)
    quad = np.array([[550, 550], [550, 980], [980, 980], [980, 550]], dtype=float)
    assert psnr(warp_fast(picture, quad, 100), warp_reference(picture, quad, 100)) >= 48


def test_an_axis_aligned_crop_is_a_plain_resize() -> None:
    ramp = np.linspace(0, 255, 300)[None, :, None] * np.ones((300, 1, 3))
    picture = ramp.astype(np.uint8)
    quad = np.array([[50, 50], [50, 178], [178, 178], [178, 50]], dtype=float)
    resized = np.asarray(Image.fromarray(picture[50:178, 50:178]).resize((64, 64), Image.Resampling.LANCZOS))
    # FFHQ adds half a pixel to the corners; on this ramp that is 0.43 grey levels
    difference = np.abs(warp_reference(picture, quad, 64).astype(int) - resized)[2:-2, 2:-2]
    assert difference.max() <= 1


def test_a_border_fades_into_the_median_without_a_step() -> None:
    random = np.random.default_rng(0)
    picture = np.clip(random.normal((90, 120, 150), 5, (120, 120, 3)), 0, 255).astype(np.uint8)
    quad = np.array([[-60, -60], [-60, 60], [60, 60], [60, -60]], dtype=float)
    aligned = warp_reference(picture, quad, 64).astype(float)
    assert np.abs(np.diff(aligned, axis=0)).max() < 12
    np.testing.assert_allclose(aligned[0, 0], np.median(picture, axis=(0, 1)), atol=2)


def test_border_depth_is_one_at_the_outer_edge_and_zero_at_the_inner() -> None:
    x, y = np.arange(30, dtype=np.float32), np.arange(20, dtype=np.float32)[:, None]
    depth = border_depth(x, y, (30, 20), (np.array([5, 4]), np.array([10, 8])))
    assert depth[0].tolist() == [1.0] * 30
    assert depth[10, 5] == pytest.approx(0.0)
    assert depth[10, 29] == 1.0
    assert depth[8, 12] < 0


def test_without_padding_the_outside_is_black() -> None:
    picture = np.full((100, 100, 3), 200, dtype=np.uint8)
    quad = np.array([[-50, 0], [-50, 100], [50, 100], [50, 0]], dtype=float)
    for warp in (warp_reference, warp_fast):
        aligned = warp(picture, quad, 64, padding=False)
        assert aligned[20:40, :28].max() <= 3
        assert aligned[20:40, 34:60].min() >= 199


def test_a_crop_outside_the_picture_is_refused() -> None:
    quad = np.array([[500, 500], [500, 600], [600, 600], [600, 500]], dtype=float)
    for warp in (warp_reference, warp_fast):
        with pytest.raises(ValueError, match="outside the picture of 100 x 100 px"):
            warp(np.zeros((100, 100, 3), dtype=np.uint8), quad, 64)
