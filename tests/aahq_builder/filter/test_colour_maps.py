import colorsys

import numpy as np
import pytest

from aahq_builder.filter.colour_maps import (
    ColourMap,
    colour_spread,
    commonest_turns,
    fit_affine,
    fit_toned,
    fit_turn,
    likely_gamma,
    turned,
)
from tests.recolourings import SEPIA

COLOURS = np.random.default_rng(0).uniform(0.05, 0.95, (300, 3))
SHARE = np.full(300, 1 / 300)
WHITE_BALANCE = np.array([[0.8, 0.05, 0.0, 0.01], [0.0, 0.7, 0.05, 0.0], [0.05, 0.0, 0.9, 0.0]])


def through(colours: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    return np.asarray(np.column_stack([colours, np.ones(len(colours))]) @ coefficients.T)


@pytest.mark.parametrize("degrees", [0.0, 33.0, 120.0, 251.5, -40.0])
def test_turning_the_hue_is_what_colorsys_does(degrees: float) -> None:
    for colour, found in zip(COLOURS[:50], turned(COLOURS[:50], degrees), strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*colour)
        assert found == pytest.approx(colorsys.hsv_to_rgb((hue + degrees / 360) % 1, saturation, value), abs=1e-9)


def test_a_white_balance_is_found_although_a_fifth_was_painted_over() -> None:
    target = through(COLOURS, WHITE_BALANCE)
    target[:60] = np.random.default_rng(1).uniform(0, 1, (60, 3))
    found = fit_affine(COLOURS, target, SHARE)
    assert found is not None
    assert found.gamma == 1.0
    assert found.coefficients == pytest.approx(WHITE_BALANCE, abs=0.02)


@pytest.mark.parametrize("gamma", [0.5, 1.4, 2.0])
def test_a_gamma_after_an_affine_map_is_found(gamma: float) -> None:
    target = through(COLOURS, WHITE_BALANCE) ** gamma
    found = fit_affine(COLOURS, target, SHARE)
    assert found is not None
    assert found.gamma == gamma
    assert found.error < 0.005


def test_a_turn_with_other_strengths_and_gamma_is_found() -> None:
    target = (turned(COLOURS, 97.0) * (0.95, 0.85, 0.8)) ** 1.25
    found = fit_turn(COLOURS, target, SHARE)
    assert found is not None and found.turn is not None
    assert found.turn == pytest.approx(97.0, abs=5.0)
    assert found.error < 0.015


def test_sepia_is_found_although_bright_colours_were_cut_off() -> None:
    target = np.clip(COLOURS @ SEPIA.T, 0, 1)
    assert (target[:, 0] == 1).mean() > 0.05
    found = fit_toned(COLOURS, target, SHARE)
    assert found is not None
    assert found.coefficients[:, :3] == pytest.approx(SEPIA, abs=0.03)


def test_a_map_is_applied_to_the_colours_of_a_picture() -> None:
    pixels = np.round(255 * COLOURS).astype(np.uint8).reshape(20, 15, 3)
    balanced = ColourMap(None, 2.0, WHITE_BALANCE, 0.0).apply(pixels)
    expected = 255 * np.clip(through(pixels.reshape(-1, 3) / 255, WHITE_BALANCE), 0, 1) ** 2
    assert np.abs(balanced.reshape(-1, 3) - expected).max() <= 0.51


def test_a_map_that_tints_grey_is_not_plausible() -> None:
    # as if black hair became red while white eyes stayed white
    tinting = np.array([[0.4, 0.0, 0.0, 0.6], [0.0, 0.9, 0.0, 0.05], [0.0, 0.0, 0.9, 0.05]])
    assert fit_affine(COLOURS, through(COLOURS, tinting), SHARE) is None


def test_a_map_that_turns_one_channel_around_is_not_plausible() -> None:
    contrary = np.array([[0.8, 0.0, 0.0, 0.1], [0.0, -0.8, 0.0, 0.9], [0.0, 0.0, 0.8, 0.1]])
    assert fit_affine(COLOURS, through(COLOURS, contrary), SHARE) is None


def test_grey_is_no_difference_of_channels() -> None:
    weights = np.tile([1.5, -0.9, 0.4, 0.0], (3, 1))
    assert fit_toned(COLOURS, np.clip(through(COLOURS, weights), 0, 1), SHARE) is None


def test_colours_on_a_line_have_no_spread_and_a_round_cloud_has_one() -> None:
    line = np.linspace(0, 1, 50)[:, None] * [0.9, 0.7, 0.5] + 0.05
    assert colour_spread(line) == pytest.approx(0.0, abs=1e-4)
    assert colour_spread(np.random.default_rng(0).normal(0.5, 0.1, (5000, 3))) == pytest.approx(1.0, abs=0.05)
    stretched = np.random.default_rng(0).normal(0.5, [0.4, 0.1, 0.01], (5000, 3))
    assert colour_spread(stretched) == pytest.approx(0.25, abs=0.02)


def test_a_picture_of_many_colours_is_not_toned() -> None:
    assert fit_toned(COLOURS, COLOURS, SHARE) is None


def test_the_two_commonest_turns_are_those_of_the_two_largest_groups() -> None:
    chromatic = COLOURS[np.ptp(COLOURS, axis=1) > 0.3]
    many, few = np.split(chromatic, [2 * len(chromatic) // 3])
    target = np.concatenate([turned(many, 100.0), turned(few, 200.0)])
    found = commonest_turns(chromatic, target, np.full(len(chromatic), 1.0))
    assert found == pytest.approx((100.0, 200.0), abs=5.0)


def test_the_likely_gamma_is_the_slope_of_the_logarithms() -> None:
    assert likely_gamma(COLOURS, 0.9 * COLOURS**1.4, SHARE) == 1.4
    assert likely_gamma(COLOURS, COLOURS**0.5, SHARE) == 0.5
    assert likely_gamma(COLOURS, 1 - COLOURS, SHARE) == 1.0
