"""Edges between groups of faces: by hand, and against the minimum spanning tree of all pairs."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from aahq_builder.tsne import bridges as bridges_module
from aahq_builder.tsne.bridges import bridges


def edges(points: np.ndarray, groups: np.ndarray, core: np.ndarray) -> dict[tuple[int, int], float]:
    found = bridges(points, groups, core).tocoo()
    assert (abs(found - found.T) > 0).nnz == 0
    triples = zip(found.row.tolist(), found.col.tolist(), found.data.tolist(), strict=True)
    return {(one, other): length for one, other, length in triples if one < other}


def test_groups_are_joined_by_their_shortest_edges():
    points = np.array([[0.0], [1.0], [10.0], [11.0], [14.0], [15.0], [5.0]])
    groups = np.array([0, 0, 1, 1, 2, 2, -1])  # nobody takes the face at 5
    assert edges(points, groups, np.ones(7)) == {(1, 2): 9.0, (3, 4): 3.0}


def test_a_face_in_a_sparse_place_is_farther_than_it_lies():
    points = np.array([[0.0], [1.0], [3.0], [4.0]])
    groups = np.array([0, 0, 1, 1])
    assert edges(points, groups, np.array([1.0, 1.0, 1.0, 1.0])) == {(1, 2): 2.0}
    assert edges(points, groups, np.array([1.0, 1.0, 9.0, 1.0])) == {(1, 3): 3.0}
    assert edges(points, groups, np.array([1.0, 9.0, 9.0, 1.0])) == {(0, 3): 4.0}


def test_groups_that_nearly_coincide_are_joined_too():
    points = np.array([[0.0], [1e-6], [2e-6]])
    found = edges(points, np.array([0, 1, 2]), np.full(3, 1e-9))
    assert found == {(0, 1): pytest.approx(1e-6), (1, 2): pytest.approx(1e-6)}


@pytest.mark.parametrize("at_once", [7, 500])
def test_weights_are_those_of_the_spanning_tree_of_all_pairs(at_once: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bridges_module, "AT_ONCE", at_once)
    rng = np.random.default_rng(0)
    points, groups, core = rng.standard_normal((60, 4)) * 3, rng.permutation(np.arange(60) % 9), rng.uniform(0, 6, 60)
    whole = np.maximum(np.maximum(cdist(points, points), core[:, None]), core)
    whole[groups[:, None] == groups] = 1e-9  # within a group nothing is far
    expected = np.sort(minimum_spanning_tree(csr_array(whole)).data)[-8:]
    found = [max(length, core[one], core[other]) for (one, other), length in edges(points, groups, core).items()]
    np.testing.assert_allclose(sorted(found), expected)
