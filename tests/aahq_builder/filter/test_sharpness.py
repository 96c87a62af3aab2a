import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from aahq_builder.filter.sharpness import detail_scale, edge_steepness, luminance, sharpness


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


def test_a_flat_picture_loses_nothing_at_an_eighth_of_its_size() -> None:
    assert detail_scale(np.full((64, 64), 0.5, np.float32)) == pytest.approx(1 / 8)


def test_noise_loses_detail_at_any_reduction() -> None:
    assert detail_scale(np.random.default_rng(0).random((64, 64), np.float32)) == 1.0


@pytest.mark.parametrize(("cycles", "expected"), [(16, 0.25), (32, 0.5)])
def test_a_wave_is_held_by_the_scale_of_its_frequency(cycles: int, expected: float) -> None:
    # `cycles` over 128 px are this share of the highest frequency, 64 cycles; the next larger scale still holds it
    wave = 0.5 + 0.3 * np.cos(np.pi * (2 * cycles) * (np.arange(128) + 0.5) / 128)
    assert detail_scale(np.tile(wave.astype(np.float32), (128, 1))) == pytest.approx(expected * 2**0.25, rel=1e-6)
