"""The aligned face equals the reference, and a plain resize where the crop is a plain square."""

import numpy as np
import pytest
from PIL import Image

from aahq_builder.align.warp import border_depth, warp_reference
from tests.aahq_builder.align.reference import CASES, reference_case


@pytest.mark.parametrize("name", CASES)
def test_the_reference_mode_equals_the_reference_within_rounding(name: str) -> None:
    case = reference_case(name)
    aligned = warp_reference(case.image, case.quad, len(case.aligned))
    assert np.abs(aligned.astype(int) - case.aligned).max() <= 1


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
    depth = border_depth((20, 30), (5, 4), (10, 8))
    assert depth[0].tolist() == [1.0] * 30
    assert depth[10, 5] == pytest.approx(0.0)
    assert depth[10, 29] == 1.0
    assert depth[8, 12] < 0
