"""What a map lacks and what it has twice: sparse styles and who could fill them, styles of one artist, strangers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from jaxtyping import Float, Int

from aahq_builder.tsne.shown import NO_CLUSTER, UNKNOWN_ARTIST, Cluster, MapFace

OF_ONE_ARTIST = 0.9
"""Share of a cluster's faces from which on its style is one artist's."""
ALIKE = 0.5
"""Two faces are nearly equal in style if they are nearer than this share of the usual distance between neighbours."""
FAR = 2.0
"""A face is far from every cluster if the nearest is farther than this, in that cluster's reach."""


@dataclass(frozen=True)
class SourceState:
    """What a source has given to a build, and what it still may give."""

    fetched: int
    waiting: int
    """Artworks that were found and not fetched yet."""
    goes_on: bool
    """Whether a listing of it was not read to its end."""


@dataclass(frozen=True)
class Supply:
    """A source that could bring more faces of a style."""

    source: str
    faces: int
    """Faces that the style has from it."""
    waiting: int
    """Its artworks that were found and not fetched yet."""
    expected: float
    """Faces of the style among them, if they bring as many as those that were fetched did."""
    goes_on: bool
    """Whether its listing names more."""


def is_sparse(cluster: Cluster, clusters: Sequence[Cluster]) -> bool:
    """Whether a cluster has less than half as many faces as the median cluster."""
    return 2 * cluster.size < median(other.size for other in clusters)


def supplies(cluster: Cluster, states: Mapping[str, SourceState]) -> list[Supply]:
    """The cluster's sources that have more to give, those first that are expected to bring the most."""
    found = []
    for source, faces in cluster.sources:
        state = states.get(source)
        if state and (state.waiting or state.goes_on):
            expected = state.waiting * faces / max(state.fetched, 1)
            found.append(Supply(source, faces, state.waiting, expected, state.goes_on))
    return sorted(found, key=lambda supply: (-supply.expected, -supply.faces, supply.source))


def only_artist(cluster: Cluster) -> str | None:
    """The artist whom nearly all of a cluster's faces are by, if there is one and known."""
    known = [(artist, faces) for artist, faces in cluster.artists if artist != UNKNOWN_ARTIST]
    return next((artist for artist, faces in known if faces >= OF_ONE_ARTIST * cluster.size), None)


def alike(
    faces: Sequence[MapFace], neighbours: Int[np.ndarray, "faces near"], distances: Float[np.ndarray, "faces near"]
) -> list[tuple[int, int, float]]:
    """Pairs of faces of one artist from two artworks that are nearly equal in style, by index, the nearest first.

    Distances come as shares of the usual one: the median distance of a face to its nearest.
    """
    usual = float(np.median(distances[:, 0])) if distances.size else 0.0
    if not usual:
        return []
    pairs: dict[tuple[int, int], float] = {}
    for row, column in zip(*np.nonzero(distances < ALIKE * usual), strict=True):
        first, second = sorted((int(row), int(neighbours[row, column])))
        one, other = faces[first], faces[second]
        if one.artist == other.artist != UNKNOWN_ARTIST and one.artwork_id != other.artwork_id:
            pairs[first, second] = float(distances[row, column]) / usual
    return sorted(((*pair, share) for pair, share in pairs.items()), key=lambda item: (item[2], item[:2]))


def far_faces(faces: Sequence[MapFace]) -> list[MapFace]:
    """Faces that are far from every cluster, the farthest first: crops that went wrong, or the first of their style."""
    far = [(face.distance, face) for face in faces if face.cluster == NO_CLUSTER and face.distance is not None]
    far = [(distance, face) for distance, face in far if distance > FAR]
    return [face for _, face in sorted(far, key=lambda item: (-item[0], item[1].face_id))]
