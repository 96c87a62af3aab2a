"""From style features to positions on a page: principal components, then t-SNE (van der Maaten and Hinton 2008).

Pure functions of arrays. The same input and seed give the same map.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

if TYPE_CHECKING:
    from openTSNE import TSNEEmbedding

PROJECT_VERSION = "1"
FEWEST_FOR_TSNE = 8
"""Below this, neighbourhoods mean nothing: the map is the first two principal components."""
EXTEND_PERPLEXITY = 5.0
"""New faces are placed by a few neighbours only, as openTSNE advises: they settle where their nearest of kin are."""
FEWEST_FOR_THREADS = 1_000
"""Below this a step is over before threads have met, and on a busy machine they wait for each other by spinning: 300
faces take 2 s of processor time with one thread and 16 with two. Positions are the same."""
MOST_FOR_TREES = 3_000
"""Up to here Barnes-Hut trees are faster than interpolation on a grid (10 ms a step); at 6,000 they take 26 ms."""
FEWEST_FOR_LARGE_STEPS = 20_000
"""From here on fewer and larger steps of gradient descent; smaller maps would grow too far by them."""
MOST_FOR_EXACT_NEIGHBOURS = 60_000
"""Up to here comparing all pairs costs less than building an index: 5 s of processor time against 15 at 33,245."""


@dataclass(frozen=True)
class Reduction:
    """A fitted linear map to principal components, stored so that faces that are added later are projected alike."""

    mean: Float[np.ndarray, " features"]
    scale: Float[np.ndarray, " features"]
    components: Float[np.ndarray, "components features"]

    def apply(self, features: Float[np.ndarray, "faces features"]) -> Float[np.ndarray, "faces components"]:
        """Principal components of these faces."""
        reduced: np.ndarray = ((features - self.mean) * self.scale) @ self.components.T
        return reduced


def fit_reduction(
    features: Float[np.ndarray, "faces features"], block_sizes: Sequence[int], num_components: int, seed: int
) -> Reduction:
    """Principal components, after each block of features (one VGG layer each) was scaled to the same total variance.

    Otherwise the layer with the largest activations alone would decide the map.
    """
    from sklearn.decomposition import PCA

    mean = features.mean(axis=0)
    variance = features.var(axis=0)
    ends = np.cumsum(block_sizes)
    blocks = np.split(variance, ends[:-1])
    scale = np.concatenate([np.full(len(block), 1 / np.sqrt(max(block.sum(), 1e-12))) for block in blocks])
    scale = scale.astype(features.dtype)
    num_components = min(num_components, *features.shape)
    with np.errstate(invalid="ignore", divide="ignore"):  # equal faces: the share of variance, 0 / 0, is not used
        scaled = features - mean  # of 8,000 faces' Gram features 330 MB, so that there is one copy only
        scaled *= scale
        pca = PCA(num_components, random_state=seed, copy=False).fit(scaled)
    return Reduction(mean, scale, pca.components_.astype(features.dtype))


def usable_perplexity(perplexity: float, num_points: int) -> float:
    """`perplexity`, or less where points are few: t-SNE weighs three times as many neighbours as the perplexity."""
    return min(perplexity, (num_points - 1) / 3)


def lay_out(
    points: Float[np.ndarray, "faces components"], perplexity: float, seed: int, n_jobs: int = 1
) -> Float[np.ndarray, "faces 2"]:
    """Positions such that neighbours in style are neighbours on the page."""
    return lay_out_with_divergence(points, perplexity, seed, n_jobs)[0]


def lay_out_with_divergence(
    points: Float[np.ndarray, "faces components"], perplexity: float, seed: int, n_jobs: int = 1
) -> tuple[Float[np.ndarray, "faces 2"], float | None]:
    """The same, and the KL divergence that t-SNE came down to; None where faces were too few or equal for it."""
    if len(points) < FEWEST_FOR_TSNE or are_equal(points):
        return _first_two_columns(points), None
    from openTSNE import TSNE

    neighbors = "exact" if len(points) <= MOST_FOR_EXACT_NEIGHBOURS else "approx"
    tsne = TSNE(
        perplexity=usable_perplexity(perplexity, len(points)),
        neighbors=neighbors,
        negative_gradient_method=_forces(len(points)),
        random_state=seed,
        n_jobs=n_jobs if len(points) >= FEWEST_FOR_THREADS else 1,
    )
    # it begins from two principal components, so that there must be two
    points = points if points.shape[1] > 1 else _first_two_columns(points)
    is_large = len(points) >= FEWEST_FOR_LARGE_STEPS
    embedding = _descend_fast(tsne.prepare_initial(points)) if is_large else tsne.fit(points)
    return np.array(embedding, dtype=np.float64), float(embedding.kl_divergence)


def _descend_fast(embedding: "TSNEEmbedding") -> "TSNEEmbedding":
    """A large map in a third of the usual steps: more momentum and, once groups have formed, twice the learning rate.

    33,245 codes take less than half of the time so, and come to a lower KL divergence (docs/map.md).
    """
    embedding.optimize(150, inplace=True, exaggeration=12, momentum=0.8)
    embedding.optimize(120, inplace=True, momentum=0.95, learning_rate=2.0 * len(embedding))
    return embedding


def are_equal(points: Float[np.ndarray, "faces components"]) -> bool:
    """Whether all faces have the same components: then no neighbour is nearer than another."""
    return not np.ptp(points, axis=0).any()


def extend(
    points: Float[np.ndarray, "faces components"],
    positions: Float[np.ndarray, "faces 2"],
    new_points: Float[np.ndarray, "new_faces components"],
    perplexity: float,
) -> Float[np.ndarray, "new_faces 2"]:
    """Positions of new faces on an existing map, none of whose positions change.

    openTSNE's `transform` without what it does for the old faces: their affinities take half a minute and are not used.
    """
    from openTSNE import TSNEEmbedding, affinity, initialization
    from openTSNE.tsne import PartialTSNEEmbedding
    from scipy.sparse import csr_matrix

    perplexity = min(EXTEND_PERPLEXITY, usable_perplexity(perplexity, len(points)))
    near, distances = _nearest_among(points, new_points, max(1, int(3 * perplexity)))
    if len(points) < FEWEST_FOR_TSNE or are_equal(positions):
        return np.array(positions[near[:, 0]], dtype=np.float64)
    attraction = affinity.joint_probabilities_nn(
        near, distances, [perplexity], symmetrize=False, normalization="point-wise", n_reference_samples=len(points)
    )
    centre = (positions.max(axis=0) + positions.min(axis=0)) / 2  # the library repels on a grid around the origin
    among_old = affinity.PrecomputedAffinities(csr_matrix((len(points), len(points))), normalize=False)
    old = TSNEEmbedding(positions - centre, among_old, negative_gradient_method=_forces(len(points)))
    start = initialization.median(np.array(old), near)
    new = PartialTSNEEmbedding(start, old, attraction, **old.gradient_descent_params)
    new.optimize(250, inplace=True, learning_rate=0.1, exaggeration=1.5, momentum=0.8, max_grad_norm=0.25)
    return np.array(np.array(new) + centre, dtype=np.float64)


def _forces(count: int) -> str:
    return "bh" if count <= MOST_FOR_TREES else "fft"


def _nearest_among(points: np.ndarray, new_points: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=min(count, len(points)), algorithm="brute").fit(points)
    distances, indices = search.kneighbors(new_points)
    return indices, distances


def nearest_neighbours(points: Float[np.ndarray, "faces components"], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices and distances `[faces, count]` of the faces nearest in style, the face itself left out."""
    from sklearn.neighbors import NearestNeighbors

    count = min(count, len(points) - 1)
    if count < 1:
        return np.zeros((len(points), 0), dtype=np.int64), np.zeros((len(points), 0))
    distances, indices = NearestNeighbors(n_neighbors=count).fit(points).kneighbors()
    return indices, distances


def _first_two_columns(points: np.ndarray) -> np.ndarray:
    padded = np.zeros((len(points), 2))
    padded[:, : min(2, points.shape[1])] = points[:, :2]
    return padded
