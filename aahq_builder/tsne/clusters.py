"""Clusters of style: HDBSCAN (Campello et al. 2013) over the graph of each face's nearest faces in style.

Among all pairs of 33,245 faces in 50 components it would take minutes. The nearest neighbours, which the table and the
quality of a map need too, decide what is dense; they do not tell how near two dense regions are to each other, if no
face of one is among the nearest of a face of the other. So scikit-learn's HDBSCAN gets the graph of neighbours, and
then once more with the shortest edges between the clusters that it found (`bridges.py`). Pure functions of arrays.
"""

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from aahq_builder.tsne.bridges import bridges
from aahq_builder.tsne.shown import NO_CLUSTER

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FEWEST_IN_CLUSTER = 5
MIN_SAMPLES = 2
"""A face's density is measured by its distance to its second nearest face: of 660 faces drawn in ten styles more
samples only turn more of them into strangers (4 % do with 2, 13 % with 7), and mix no style in either case."""
COINCIDENT = 1e-6
"""Faces with the same features are set apart by this share of a usual distance: a sparse matrix holds no zeros."""


@dataclass(frozen=True)
class StyleClusters:
    """Faces grouped by style."""

    labels: Int[np.ndarray, " faces"]
    """0, 1, … or `NO_CLUSTER`."""
    distances: Float[np.ndarray, " faces"]
    """To the nearest other face of a cluster, in that cluster's reach: the largest such distance among its own faces.

    At most 1 for faces of a cluster, more for faces beside it; NaN if there is no cluster."""
    medoids: Int[np.ndarray, " clusters"]
    """For each cluster the face with the least mean squared distance to the others: the one nearest to their mean."""


def smallest_cluster(num_faces: int) -> int:
    """How many faces make a cluster: 5 up to 900 faces, then growing with the square root; 30 of 33,245."""
    return max(FEWEST_IN_CLUSTER, round(sqrt(num_faces) / 6))


def find_clusters(
    points: Float[np.ndarray, "faces components"],
    neighbours: Int[np.ndarray, "faces near"],
    distances: Float[np.ndarray, "faces near"],
) -> StyleClusters:
    """Clusters of these faces, given each one's nearest others; the same input gives the same clusters."""
    size = smallest_cluster(len(points))
    if len(points) < 2 * size or not distances.any():
        nobody = np.full(len(points), NO_CLUSTER)
        return StyleClusters(nobody, np.full(len(points), np.nan), np.zeros(0, dtype=np.int64))
    from scipy.sparse import csr_array

    graph = _connected(points, _graph(neighbours, distances))
    first = _search(graph, size)
    if first.max() > 0:
        graph = csr_array(graph.maximum(bridges(points, first, _core(graph))))
    labels = _search(graph, size)
    return StyleClusters(labels, distances_in_reach(points, graph, labels), medoids(points, labels))


def _search(graph: "csr_array", size: int) -> np.ndarray:
    """Labels of HDBSCAN."""
    from sklearn.cluster import HDBSCAN

    search = HDBSCAN(metric="precomputed", min_cluster_size=size, min_samples=MIN_SAMPLES, copy=True)
    labels: np.ndarray = search.fit(graph).labels_.astype(np.int64)
    labels[labels < 0] = NO_CLUSTER
    return labels


def _graph(neighbours: np.ndarray, distances: np.ndarray) -> "csr_array":
    """Distances between a face and its nearest ones, symmetric: an edge if either is among the other's nearest."""
    from scipy.sparse import csr_array

    count, near = neighbours.shape
    apart = np.maximum(distances, COINCIDENT * np.median(distances[distances > 0]))
    graph = csr_array((apart.ravel(), neighbours.ravel(), np.arange(0, count * near + 1, near)), shape=(count, count))
    return csr_array(graph.maximum(graph.T))


def _core(graph: "csr_array") -> np.ndarray:
    """The distance of each face to its nearest face number `MIN_SAMPLES`."""
    rows = zip(graph.indptr, graph.indptr[1:], strict=False)
    return np.array([np.partition(graph.data[start:end], MIN_SAMPLES - 1)[MIN_SAMPLES - 1] for start, end in rows])


def _connected(points: np.ndarray, graph: "csr_array") -> "csr_array":
    """The graph with its parts joined, for HDBSCAN takes only one that is in one piece."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    num_parts, part = connected_components(graph, directed=False)
    return graph if num_parts == 1 else csr_array(graph.maximum(bridges(points, part, _core(graph))))


def medoids(
    points: Float[np.ndarray, "faces components"], labels: Int[np.ndarray, " faces"]
) -> Int[np.ndarray, " clusters"]:
    """The face of each cluster that stands for it."""
    # the sum over others of |x - other|^2 is size * |x - mean|^2 and a constant
    chosen = []
    for label in range(labels.max(initial=NO_CLUSTER) + 1):
        members = np.flatnonzero(labels == label)
        off = points[members] - points[members].mean(axis=0)
        chosen.append(members[(off**2).sum(axis=1).argmin()])
    return np.array(chosen, dtype=np.int64)


def distances_in_reach(
    points: Float[np.ndarray, "faces components"], graph: "csr_array", labels: Int[np.ndarray, " faces"]
) -> Float[np.ndarray, " faces"]:
    """See `StyleClusters.distances`."""
    from sklearn.neighbors import NearestNeighbors

    far = np.full(len(points), np.nan)
    inside, outside = np.flatnonzero(labels != NO_CLUSTER), np.flatnonzero(labels == NO_CLUSTER)
    if not len(inside):
        return far
    edges = graph.tocoo()
    rows, columns = edges.coords
    fellows = (labels[rows] == labels[columns]) & (labels[rows] != NO_CLUSTER)
    far[inside] = np.inf
    np.minimum.at(far, rows[fellows], edges.data[fellows])
    reach = np.zeros(labels.max() + 1)
    np.maximum.at(reach, labels[inside], far[inside])
    far[inside] /= reach[labels[inside]]
    if len(outside):
        distance, nearest = NearestNeighbors(n_neighbors=1).fit(points[inside]).kneighbors(points[outside])
        far[outside] = distance[:, 0] / reach[labels[inside[nearest[:, 0]]]]
    return far
