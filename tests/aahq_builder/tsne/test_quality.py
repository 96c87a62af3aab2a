"""How well a map keeps neighbourhoods: against scikit-learn, a slow loop, and what is known beforehand."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as in_full_memory

from aahq_builder.tsne import quality
from aahq_builder.tsne.project import nearest_neighbours
from aahq_builder.tsne.quality import FEW, in_words, judge, neighbours_kept, trustworthiness
from aahq_builder.tsne.shown import MapQuality


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((90, 7))


def near(points: np.ndarray, count: int) -> np.ndarray:
    return nearest_neighbours(points, count)[0]


@pytest.mark.parametrize("count", [5, FEW])
def test_trustworthiness_over_all_faces_is_scikit_learns(
    points: np.ndarray, count: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(quality, "AT_ONCE", 37)
    positions = points[:, :2] + 0.3
    found = trustworthiness(points, near(positions, count), np.arange(len(points)))
    assert found == pytest.approx(in_full_memory(points, positions, n_neighbors=count), abs=1e-12)


def test_the_mean_over_parts_is_the_whole(points: np.ndarray):
    on_page = near(points[:, :2], FEW)
    parts = [trustworthiness(points, on_page, part) for part in np.split(np.arange(len(points)), 3)]
    assert np.mean(parts) == pytest.approx(trustworthiness(points, on_page, np.arange(len(points))))


def test_a_map_of_two_components_that_shows_just_them_is_perfect(points: np.ndarray):
    flat = points[:, :2]
    assert judge(flat, flat, near(flat, 50), None, seed=0) == MapQuality(1.0, 1.0, 1.0, None)


def test_neighbours_kept_are_counted_one_by_one(points: np.ndarray):
    in_style, on_page = near(points, 8), near(points[:, :2], 8)
    kept = sum(neighbour in on_page[face] for face in range(len(points)) for neighbour in in_style[face])
    assert neighbours_kept(in_style, on_page) == kept / (8 * len(points))
    assert 0.1 < kept / (8 * len(points)) < 0.9


def test_of_many_faces_a_seeded_sample_is_judged(points: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quality, "SAMPLE", 40)
    first, again, other = (judge(points, points[:, :2], near(points, 50), 0.5, seed) for seed in (3, 3, 4))
    assert first is not None and other is not None
    assert first == again
    assert first.trustworthiness != other.trustworthiness
    assert first.kept_at_10 == other.kept_at_10
    assert first.trustworthiness == pytest.approx(in_full_memory(points, points[:, :2], n_neighbors=FEW), abs=0.05)


def test_a_handful_of_faces_or_equal_ones_are_not_judged_and_this_is_said(points: np.ndarray):
    few = points[:20]
    assert judge(few, few[:, :2], near(few, 50), None, seed=0) is None
    equal = np.ones((40, 3))
    assert judge(equal, equal[:, :2], near(equal, 50), None, seed=0) is None
    assert in_words(None, 20, 30) == ["A map is judged from 21 faces on that are not all equal; this one is not."]
    assert judge(points[:21], points[:21, :2], near(points[:21], 50), None, seed=0) is not None


def test_every_measure_is_a_sentence_with_a_grade():
    trust, at_10, at_50, divergence = in_words(MapQuality(0.96, 0.35, 0.1, 2.5), 3001, 30)
    assert trust.startswith("Trustworthiness 0.960 (very good)")
    assert at_10.startswith("35% (good) of the 10 nearest") and "chance would keep 0.3%" in at_10
    assert at_50.startswith("10% (poor) of the 50 nearest")
    assert divergence.startswith("KL divergence 2.50") and "about 4.6" in divergence  # log(3000 / 30)


def test_what_chance_keeps_is_not_called_good():
    _, at_10, at_50 = in_words(MapQuality(0.85, 0.1, 0.5, None), 101, 30)
    assert at_10.startswith("10% (poor)") and at_50.startswith("50% (poor)")


def test_all_faces_are_no_neighbourhood():
    assert len(in_words(MapQuality(0.9, 0.9, 1.0, None), 51, 30)) == 2
