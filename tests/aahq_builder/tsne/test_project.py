"""Principal components against scikit-learn's definition; maps that repeat, separate and grow without moving."""

import numpy as np
import pytest

from aahq_builder.tsne import project
from aahq_builder.tsne.project import (
    extend,
    fit_reduction,
    lay_out,
    lay_out_with_divergence,
    nearest_neighbours,
    usable_perplexity,
)


def two_clusters(count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((count, 6))
    points[count // 2 :] += 40
    return points


def test_each_block_of_features_gets_the_same_variance():
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.standard_normal((50, 3)) * 1000, rng.standard_normal((50, 5)) * 0.01], axis=1)
    rule = fit_reduction(features, (3, 5), num_components=8, seed=0)
    scaled = (features - rule.mean) * rule.scale
    np.testing.assert_allclose([scaled[:, :3].var(axis=0).sum(), scaled[:, 3:].var(axis=0).sum()], 1.0)


def test_all_components_keep_all_distances():
    features = np.random.default_rng(0).standard_normal((20, 7))
    rule = fit_reduction(features, (7,), num_components=7, seed=0)
    scaled, points = features * rule.scale, rule.apply(features)
    expected = np.linalg.norm(scaled[:, None] - scaled[None], axis=2)
    np.testing.assert_allclose(np.linalg.norm(points[:, None] - points[None], axis=2), expected, atol=1e-9)


def test_components_come_in_order_of_variance():
    features = np.random.default_rng(0).standard_normal((60, 10)) * np.arange(1, 11)
    variance = fit_reduction(features, (10,), 4, 0).apply(features).var(axis=0)
    assert list(variance) == sorted(variance, reverse=True)


def test_constant_features_give_a_finite_map():
    features = np.ones((9, 4))
    assert np.isfinite(fit_reduction(features, (4,), 2, 0).apply(features)).all()


@pytest.mark.parametrize("count", [1, 2, 7, 8, 20])
def test_equal_faces_share_one_place(count: int):
    positions = lay_out(np.full((count, 5), 3.0), 30, seed=0)
    assert positions.shape == (count, 2)
    assert np.isfinite(positions).all() and (positions == positions[0]).all()


def test_faces_that_differ_in_one_number_only_are_laid_out_in_its_order():
    points = np.sort(np.random.default_rng(0).standard_normal((20, 1)) * 50, axis=0)
    positions = lay_out(points, 5, seed=0)
    assert positions.shape == (20, 2) and np.isfinite(positions).all()
    assert np.argmax(np.linalg.norm(positions - positions[0], axis=1)) > 10, "the far end is far on the map"


@pytest.fixture(params=["usual steps", "large steps"])
def steps(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    """Both ways down, of which large maps take the second."""
    if request.param == "large steps":
        monkeypatch.setattr(project, "FEWEST_FOR_LARGE_STEPS", 0)


@pytest.mark.usefixtures("steps")
def test_the_same_seed_gives_the_same_map():
    points = two_clusters(60)
    np.testing.assert_array_equal(lay_out(points, 10, seed=3), lay_out(points, 10, seed=3))


@pytest.mark.parametrize(
    ("steps", "count"),
    [
        ("usual steps", 60),
        ("large steps", 60),
        ("usual steps", 1000),
        pytest.param("usual steps", 3100, marks=pytest.mark.campaign),
        pytest.param("large steps", 3100, marks=pytest.mark.campaign),
    ],
    indirect=["steps"],
)
@pytest.mark.usefixtures("steps")
def test_any_number_of_threads_gives_the_same_map(count: int):
    points = two_clusters(count)
    np.testing.assert_array_equal(lay_out(points, 10, seed=3, n_jobs=1), lay_out(points, 10, seed=3, n_jobs=3))


@pytest.mark.campaign
def test_large_steps_come_as_far_down_as_the_usual_ones_of_opentsne():
    """In KL divergence, at the number of faces from which they are taken."""
    from openTSNE import TSNE

    rng = np.random.default_rng(0)
    centres = rng.standard_normal((80, 10))
    points = centres[rng.integers(0, 80, project.FEWEST_FOR_LARGE_STEPS)]
    points += 0.4 * rng.standard_normal(points.shape)
    usual = TSNE(neighbors="exact", negative_gradient_method="fft", random_state=0, n_jobs=2).fit(points)
    _, divergence = lay_out_with_divergence(points, 30, seed=0, n_jobs=2)
    assert divergence is not None and divergence < 1.01 * usual.kl_divergence


@pytest.mark.usefixtures("steps")
def test_two_far_clusters_stay_apart():
    positions = lay_out(two_clusters(60), 10, seed=0)
    first, second = positions[:30], positions[30:]
    gap = np.linalg.norm(first.mean(axis=0) - second.mean(axis=0))
    assert gap > 2 * max(first.std(), second.std())


def test_new_faces_join_their_cluster_and_move_nobody():
    points = two_clusters(60)
    positions = lay_out(points, 10, seed=0)
    before = positions.copy()
    placed = extend(points, positions, points[[0, 45]] + 0.01, perplexity=10)
    np.testing.assert_array_equal(positions, before)
    centres = np.stack([positions[:30].mean(axis=0), positions[30:].mean(axis=0)])
    assert list(np.linalg.norm(placed[:, None] - centres[None], axis=2).argmin(axis=1)) == [0, 1]


@pytest.mark.parametrize("most_for_trees", [0, 1000])
def test_new_faces_go_where_the_map_is_wherever_that_lies(most_for_trees: int, monkeypatch: pytest.MonkeyPatch):
    """On a map that was moved, the new ones are found moved alike; twins of old faces are placed beside them."""
    points, moved_by = two_clusters(60), np.array([100, -50])
    positions = lay_out(points, 10, seed=0)
    monkeypatch.setattr(project, "MOST_FOR_TREES", most_for_trees)
    added = points[[0, 45]] + 0.01
    placed = extend(points, positions, added, perplexity=10)
    moved = extend(points, positions + moved_by, added, perplexity=10)
    np.testing.assert_allclose(moved, placed + moved_by, atol=1e-3)
    assert np.linalg.norm(placed - positions[[0, 45]], axis=1).max() < np.linalg.norm(np.ptp(positions, axis=0)) / 4


def test_placing_agrees_with_opentsnes_transform():
    """Which computes affinities of the old faces, too, and gives positions around the middle of the old ones."""
    from openTSNE import TSNEEmbedding, affinity

    points, added = two_clusters(60), two_clusters(20, seed=5)
    positions = lay_out(points, 10, seed=0)
    affinities = affinity.PerplexityBasedNN(points, perplexity=10, method="exact")
    reference = TSNEEmbedding(positions.copy(), affinities, negative_gradient_method="bh")
    expected = np.array(reference.transform(added, perplexity=5, k=15))
    middle = (positions.max(axis=0) + positions.min(axis=0)) / 2
    np.testing.assert_allclose(extend(points, positions, added, perplexity=10) - middle, expected, atol=1e-6)


def test_new_faces_on_a_map_of_one_place_are_put_there():
    points, positions = np.full((12, 3), 2.0), np.full((12, 2), 5.0)
    np.testing.assert_array_equal(extend(points, positions, np.eye(3), perplexity=30), np.full((3, 2), 5.0))


@pytest.mark.parametrize("count", [1, 2, 7])
def test_on_a_map_of_a_handful_a_new_face_is_put_at_its_nearest(count: int):
    points = np.arange(count, dtype=float)[:, None] * [1.0, 0.0]
    placed = extend(points, points * 3, points + 0.2, perplexity=30)
    np.testing.assert_array_equal(placed, points * 3)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_handful_of_faces_is_laid_out_by_components(count: int):
    points = np.random.default_rng(0).standard_normal((count, 3))
    np.testing.assert_array_equal(lay_out(points, 30, seed=0), points[:, :2])


def test_perplexity_is_never_more_than_a_third_of_the_faces():
    assert usable_perplexity(30, 10) == pytest.approx(3)
    assert usable_perplexity(30, 1000) == 30


def test_nearest_neighbours_leave_out_the_face_itself():
    indices, distances = nearest_neighbours(np.array([[0.0], [1.0], [3.0]]), count=10)
    assert indices.tolist() == [[1, 2], [0, 2], [1, 0]]
    assert distances.tolist() == [[1, 3], [1, 2], [2, 3]]
