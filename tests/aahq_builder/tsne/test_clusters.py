"""Clusters against scikit-learn's HDBSCAN on all pairs, medoids and distances against slow loops and by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score

from aahq_builder.tsne.clusters import StyleClusters, distances_in_reach, find_clusters, medoids, smallest_cluster
from aahq_builder.tsne.project import nearest_neighbours
from aahq_builder.tsne.shown import NO_CLUSTER


def groups_and_strangers(sizes: tuple[int, ...], strangers: int = 8, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    groups = [rng.normal(12 * number, 1.0, (size, 6)) for number, size in enumerate(sizes)]
    return np.concatenate([*groups, rng.uniform(-30, 60, (strangers, 6))]).astype(np.float32)


def clusters_of(points: np.ndarray, near: int = 50) -> StyleClusters:
    return find_clusters(points, *nearest_neighbours(points, near))


def on_all_pairs(points: np.ndarray) -> np.ndarray:
    # it counts the face itself among its samples
    search = HDBSCAN(min_cluster_size=smallest_cluster(len(points)), min_samples=3, copy=True)
    return search.fit(points.astype(np.float64)).labels_


@pytest.mark.parametrize("sizes", [(14, 20, 9), (70, 60, 90)])  # few enough for all pairs; a graph in parts
def test_clusters_are_those_of_hdbscan_on_all_pairs(sizes: tuple[int, ...]):
    points = groups_and_strangers(sizes)
    found, expected = clusters_of(points).labels, on_all_pairs(points)
    np.testing.assert_array_equal(found == NO_CLUSTER, expected < 0)
    assert adjusted_rand_score(found, expected) == 1
    assert len(set(found[: sizes[0]])) == 1
    assert found.max() == 2


def test_the_same_faces_in_another_order_form_the_same_clusters():
    points = groups_and_strangers((30, 40))
    order = np.random.default_rng(1).permutation(len(points))
    assert adjusted_rand_score(clusters_of(points[order]).labels, clusters_of(points).labels[order]) == 1


def test_a_medoid_has_the_least_mean_squared_distance_to_the_others():
    points = groups_and_strangers((15, 25))
    labels = np.repeat([0, 1, NO_CLUSTER], [15, 25, 8])
    slow = []
    for label in (0, 1):
        members = np.flatnonzero(labels == label)
        sums = [sum(float(((points[one] - points[other]) ** 2).sum()) for other in members) for one in members]
        slow.append(members[int(np.argmin(sums))])
    assert medoids(points, labels).tolist() == slow


def test_distances_are_measured_in_the_reach_of_the_nearest_cluster():
    points = np.array([[0.0], [1.0], [3.0], [7.0], [100.0], [101.0], [103.5]])
    labels = np.array([0, 0, 0, NO_CLUSTER, 1, 1, NO_CLUSTER])
    every_pair = csr_array(cdist(points, points))
    # cluster 0: nearest fellows at 1, 1 and 2, the reach is 2, and 7 is 4 from 3; cluster 1: the reach is 1
    expected = [0.5, 0.5, 1, 2, 1, 1, 2.5]
    np.testing.assert_allclose(distances_in_reach(points, every_pair, labels), expected)


def test_faces_of_a_cluster_are_within_its_reach_and_one_is_at_its_edge():
    points = groups_and_strangers((60, 70))
    found = clusters_of(points)
    for label in (0, 1):
        assert found.distances[found.labels == label].max() == 1
    assert (found.distances[-8:] > 2).all(), "strangers lie ten times as far apart as the groups' faces"


@pytest.mark.parametrize("count", [0, 1, 9])
def test_fewer_faces_than_two_clusters_need_are_in_none(count: int):
    found = clusters_of(np.random.default_rng(0).standard_normal((count, 3)))
    assert found.labels.tolist() == [NO_CLUSTER] * count
    assert np.isnan(found.distances).all() and len(found.medoids) == 0


def test_faces_with_equal_features_are_in_no_cluster_of_their_own_making():
    assert (clusters_of(np.ones((30, 4))).labels == NO_CLUSTER).all()


def test_copies_of_one_style_are_a_cluster_among_others():
    points = groups_and_strangers((20, 20))
    points[:6] = points[0]
    found = clusters_of(points)
    assert len(set(found.labels[:6]) - {NO_CLUSTER}) == 1
    assert np.isfinite(found.distances).all()


@pytest.mark.parametrize(("faces", "expected"), [(1, 5), (900, 5), (3600, 10), (33_245, 30)])
def test_the_smallest_cluster_grows_with_the_square_root(faces: int, expected: int):
    assert smallest_cluster(faces) == expected
