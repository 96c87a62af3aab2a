"""The shortest edges that join groups of faces, by mutual reachability (Campello et al. 2013).

The mutual reachability of two faces is their distance, or the core distance of either if that is larger: what HDBSCAN
takes for a distance. Pure functions of arrays.
"""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

if TYPE_CHECKING:
    from scipy.sparse import csr_array

AT_ONCE = 500
"""Faces whose distances to all others are in memory together: 66 MB of 33,245."""


def bridges(
    points: Float[np.ndarray, "faces components"], groups: Int[np.ndarray, " faces"], core: Float[np.ndarray, " faces"]
) -> "csr_array":
    """Symmetric edges, with their distances, that span groups 0, 1, … as the minimum spanning tree of all edges would.

    Faces of a negative group take no part.
    """
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    # of a dense matrix it would overlook what is below 1e-8
    tree = minimum_spanning_tree(csr_array(_between_groups(points, groups, core))).tocoo()
    of_group = [np.flatnonzero(groups == group) for group in range(groups.max() + 1)]
    pairs = zip(tree.row, tree.col, strict=True)
    rows, columns = np.array([_shortest(points, core, of_group[one], of_group[other]) for one, other in pairs]).T
    lengths = np.linalg.norm((points[rows] - points[columns]).astype(np.float64), axis=1)
    edges = coo_array((lengths, (rows, columns)), shape=(len(points), len(points))).tocsr()
    return edges + edges.T


def _between_groups(points: np.ndarray, groups: np.ndarray, core: np.ndarray) -> np.ndarray:
    """The least squared mutual reachability between the faces of any two groups, `[groups, groups]`; 0 within one.

    In single precision, about the mean of all: which groups are near does not hang on the last digits.
    """
    ordered = np.argsort(groups, kind="stable")[np.count_nonzero(groups < 0) :]
    group, centred = groups[ordered], (points[ordered] - points.mean(axis=0)).astype(np.float32)
    begin = np.searchsorted(group, np.arange(group[-1] + 1))
    squares, cores = (centred**2).sum(axis=1), core[ordered].astype(np.float32) ** 2
    least = np.full((len(begin), len(begin)), np.inf, dtype=np.float32)
    for start in range(0, len(ordered), AT_ONCE):
        # every pair once: from these faces to themselves and those behind them
        rows, first = slice(start, start + AT_ONCE), group[start]
        apart = centred[rows] @ (-2 * centred[start:].T)
        apart += squares[start:]
        apart += squares[rows, None]
        np.maximum(apart, cores[start:], out=apart)
        np.maximum(apart, cores[rows, None], out=apart)
        nearest = np.minimum.reduceat(apart, np.maximum(begin[first:] - start, 0), axis=1)
        np.minimum.at(least[:, first:], group[rows], nearest)
    np.fill_diagonal(least, 0)
    return np.minimum(least, least.T)


def _shortest(points: np.ndarray, core: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> tuple[int, int]:
    """The two faces of least mutual reachability; of several such pairs the nearest."""
    from sklearn.metrics import euclidean_distances

    found = []
    for start in range(0, len(inside), AT_ONCE):
        rows = inside[start : start + AT_ONCE]
        apart = euclidean_distances(points[rows], points[outside])
        reachability = np.maximum(np.maximum(apart, core[outside]), core[rows, None])
        near = np.flatnonzero(reachability == reachability.min())
        row, column = np.unravel_index(near[apart.ravel()[near].argmin()], apart.shape)
        found.append((reachability.min(), apart[row, column], int(rows[row]), int(outside[column])))
    return min(found)[2:]
