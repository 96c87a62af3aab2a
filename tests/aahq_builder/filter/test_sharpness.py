import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from aahq_builder.filter.sharpness import edge_steepness, luminance, sharpness


def step_edge(low: float = 0.2, high: float = 0.8, size: int = 64) -> np.ndarray:
    picture = np.full((size, size), low, np.float32)
    picture[:, size // 2 :] = high
    return picture


@pytest.mark.parametrize("high", [0.4, 0.8, 1.0])
def test_a_perfect_step_scores_one_whatever_its_contrast(high: float) -> None:
    assert sharpness(*edge_steepness(step_edge(0.2, high))) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("sigma", [1.0, 1.5])
def test_a_gaussian_edge_rises_by_the_middle_weights_of_its_filter(sigma: float) -> None:
    blurred = gaussian_filter(step_edge(), sigma)
    steepness, _ = edge_steepness(blurred)
    # a step filtered by weights w rises by w[0] and w[1] over the two pixels that a central difference spans
    weights = [math.exp(-(k**2) / (2 * sigma**2)) for k in range(-10, 11)]
    assert steepness[32, 32] == pytest.approx(
        (weights[10] + weights[11]) / sum(weights), rel=0.015
    )  # the window cuts the tails


def test_more_blur_is_less_sharp() -> None:
    scores = [sharpness(*edge_steepness(gaussian_filter(step_edge(), sigma))) for sigma in (0.5, 1, 2, 4)]
    assert None not in scores
    assert scores == sorted(scores, key=lambda score: -(score or 0))


def test_a_picture_without_edges_has_no_sharpness() -> None:
    assert sharpness(*edge_steepness(np.full((32, 32), 0.5, np.float32))) is None


def test_faint_grain_is_no_edge() -> None:
    grain = 0.5 + np.random.default_rng(0).normal(0, 0.005, (64, 64)).astype(np.float32)
    assert sharpness(*edge_steepness(grain)) is None


def test_luminance_weighs_the_primaries_as_rec_601_does() -> None:
    primaries = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    assert luminance(primaries)[0] == pytest.approx([0.299, 0.587, 0.114, 1.0], abs=2 / 255)
