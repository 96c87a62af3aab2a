"""Purity of neighbourhoods, by a slow loop, by scikit-learn and by algebra."""

import math

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from pipelines.style_map.purity import purity, purity_by_chance


@pytest.mark.parametrize("count", [1, 4, 10])
def test_purity_is_what_a_slow_loop_finds(count: int) -> None:
    rng = np.random.default_rng(count)
    points, styles = rng.normal(size=(40, 3)), rng.integers(0, 4, 40)
    shares = []
    for one in range(40):
        others = sorted((math.dist(points[one], points[other]), other) for other in range(40) if other != one)
        shares.append(sum(styles[other] == styles[one] for _, other in others[:count]) / count)
    assert purity(points, styles, count) == pytest.approx(np.mean(shares), abs=1e-12)


def test_purity_of_one_neighbour_is_how_often_a_classifier_that_leaves_the_picture_out_is_right() -> None:
    rng = np.random.default_rng(0)
    points, styles = rng.normal(size=(30, 2)), rng.integers(0, 3, 30)
    right = [
        KNeighborsClassifier(1).fit(np.delete(points, one, 0), np.delete(styles, one)).predict(points[[one]])[0]
        == styles[one]
        for one in range(30)
    ]
    assert purity(points, styles, 1) == np.mean(right)


def test_styles_far_apart_are_pure_and_pairs_of_two_styles_are_not() -> None:
    styles = np.repeat(np.arange(3), 12)
    apart = styles[:, None] * 100.0 + np.random.default_rng(0).random((36, 2))
    assert purity(apart, styles, 10) == 1
    couples = np.repeat(np.arange(10.0), 2)[:, None] * [[1.0, 0.0]]
    assert purity(couples, np.tile([0, 1], 10), 1) == 0


def test_chance_is_the_purity_of_neighbours_drawn_at_random() -> None:
    styles = np.array([0] * 5 + [1] * 15)
    everyone_else = purity(np.random.default_rng(0).normal(size=(20, 2)), styles, 19)
    assert purity_by_chance(styles) == pytest.approx(everyone_else) == pytest.approx((5 * 4 + 15 * 14) / (20 * 19))


def test_a_picture_alone_has_no_neighbourhood() -> None:
    assert math.isnan(purity(np.zeros((1, 2)), np.zeros(1, dtype=int), 10))
    assert purity_by_chance(np.zeros(1, dtype=int)) == 0
