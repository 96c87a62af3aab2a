"""The table of clusters: who is in them, from where, how good, and which face stands for each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean

from aahq_builder.tsne.shown import NO_CLUSTER, Cluster, MapFace
from blendgan.counting import ranked


def describe_clusters(faces: Sequence[MapFace], medoids: Mapping[int, str]) -> list[Cluster]:
    """The clusters of these faces, the largest first; `medoids` has the face that stands for each number."""
    members: dict[int, list[MapFace]] = defaultdict(list)
    for face in faces:
        if face.cluster != NO_CLUSTER:
            members[face.cluster].append(face)
    clusters = [
        Cluster(
            number=number,
            medoid=medoids[number],
            size=len(group),
            sources=ranked(face.source for face in group),
            artists=ranked(face.artist for face in group),
            scores=_mean_scores(group),
        )
        for number, group in members.items()
    ]
    return sorted(clusters, key=lambda cluster: (-cluster.size, cluster.number))


def _mean_scores(faces: Sequence[MapFace]) -> dict[str, float]:
    """Means over the faces that were measured."""
    values: dict[str, list[float]] = defaultdict(list)
    for face in faces:
        for name, value in face.scores.items():
            values[name].append(value)
    return {name: fmean(values[name]) for name in sorted(values)}
