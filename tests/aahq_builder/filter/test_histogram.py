import re
from xml.etree import ElementTree

import numpy as np
import pytest

from aahq_builder.filter.histogram import HEIGHT, MARGIN, histogram_svg, limits

RANDOM = np.random.default_rng(0)


def heights(svg: str, colour: str) -> list[float]:
    return [float(bar.get("height", "")) for bar in ElementTree.fromstring(svg) if bar.get("class") == colour]


def test_squares_of_heights_are_in_the_ratio_of_the_counts() -> None:
    svg = histogram_svg(np.array([0.0] * 9 + [1.0] * 4), 0.5, keeps_upper=True)
    cut, kept = max(heights(svg, "cut")), max(heights(svg, "kept"))
    assert cut == HEIGHT - MARGIN
    assert (kept / cut) ** 2 == pytest.approx(4 / 9, abs=0.02)


@pytest.mark.parametrize(("keeps_upper", "share"), [(True, 1.0), (False, 0.5**0.5)])
def test_what_lies_beyond_the_bound_has_the_colour_of_rejection(keeps_upper: bool, share: float) -> None:
    svg = histogram_svg(np.array([0.0, 0.0, 1.0]), 0.9, keeps_upper)
    rejected = sum(height > 0 for height in heights(svg, "cut"))
    assert rejected == 1
    assert max(heights(svg, "cut")) == pytest.approx(
        HEIGHT - MARGIN if keeps_upper else 0.7071 * (HEIGHT - MARGIN), abs=0.1
    )


def test_one_outlier_does_not_flatten_the_rest() -> None:
    low, high = limits(np.append(RANDOM.uniform(0, 1, 999), 1e6), 0.5)
    assert low < 0.05
    assert high < 2


def test_a_bound_far_from_all_values_is_still_on_the_axis() -> None:
    low, high = limits(np.array([0.4, 0.5]), 3.0)
    assert low < 0.4
    assert high > 3.0


def test_equal_values_and_none_at_all_can_be_drawn() -> None:
    assert "1 values" in histogram_svg(np.array([1.0]), 1.0, keeps_upper=True)
    assert "no values" in histogram_svg(np.array([]), 1.0, keeps_upper=True)


def test_the_picture_says_in_words_what_it_shows() -> None:
    label = re.search('aria-label="([^"]*)"', histogram_svg(np.array([0.0, 1.0]), 0.25, keeps_upper=True))
    assert label is not None
    assert "2 values" in label[1]
    assert "bound 0.25" in label[1]
