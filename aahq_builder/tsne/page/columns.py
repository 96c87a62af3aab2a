"""Faces and clusters in the form that the page reads: columns of plain JSON values, none of them NaN."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from aahq_builder.tsne.shown import Cluster, MapFace

LONGEST = 200
"""Characters of a title or name; nobody's title fills the page."""


def face_columns(faces: Sequence[MapFace]) -> dict[str, Any]:
    """One list per fact. Positions are moved and scaled into [-0.5, 0.5]; names that recur are listed once."""
    positions = _unit_square(np.array([[face.x, face.y] for face in faces], dtype=np.float64).reshape(-1, 2))
    return {
        "id": [face.face_id for face in faces],
        "x": [round(x, 6) for x in positions[:, 0].tolist()],
        "y": [round(y, 6) for y in positions[:, 1].tolist()],
        "title": [_cut(face.title) for face in faces],
        "artist": _shared([_cut(face.artist) for face in faces]),
        "license": _shared([_cut(face.license) for face in faces]),
        "source": _shared([_cut(face.source) for face in faces]),
        "url": [face.page_url for face in faces],
        "cluster": [face.cluster for face in faces],
        "distance": [_number(face.distance) for face in faces],
        "decision": [face.decision for face in faces],
        "scores": {
            name: [_number(face.scores.get(name)) for face in faces]
            for name in sorted({name for face in faces for name in face.scores})
        },
    }


def cluster_rows(clusters: Sequence[Cluster]) -> list[dict[str, Any]]:
    """Clusters, the largest first; the few sources and artists with the most faces."""
    return [
        {
            "number": cluster.number,
            "medoid": cluster.medoid,
            "size": cluster.size,
            "sources": [[_cut(name), count] for name, count in cluster.sources[:5]],
            "artists": [[_cut(name), count] for name, count in cluster.artists[:5]],
            "scores": {name: _number(value) for name, value in sorted(cluster.scores.items())},
        }
        for cluster in sorted(clusters, key=lambda cluster: (-cluster.size, cluster.number))
    ]


def _unit_square(positions: np.ndarray) -> np.ndarray:
    if not len(positions):
        return positions
    assert np.isfinite(positions).all(), "a face without a finite position is not on the map"
    low, high = positions.min(axis=0), positions.max(axis=0)
    return np.asarray((positions - (low + high) / 2) / (float((high - low).max()) or 1.0))


def _shared(names: Sequence[str]) -> dict[str, Any]:
    known = sorted(set(names))
    place = {name: index for index, name in enumerate(known)}
    return {"names": known, "of": [place[name] for name in names]}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _number(value: float | None) -> float | None:
    """Four digits tell more than a page shows; JSON knows no NaN."""
    return float(f"{value:.4g}") if value is not None and math.isfinite(value) else None
