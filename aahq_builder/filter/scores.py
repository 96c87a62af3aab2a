"""Every measure of one face. Scores are facts: they carry no bound and give no verdict.

Pure: pixels and numbers in, numbers out. A score that cannot be taken (no edges to judge by) is left out, and a rule
over a missing score is passed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from aahq_builder.filter.defects import blockiness, text_coverage
from aahq_builder.filter.sharpness import detail_scale, edge_steepness, luminance, sharpness
from aahq_builder.filter.tone import tone

SCORES_VERSION = "2"
"""Raise it when any measure changes: every face becomes pending again."""
SURROUNDINGS = 2.5
"""How far around the face its artwork's style is judged, in sides of the quad."""
INNER = 0.6
"""Share of the quad's side that the face itself fills."""


@dataclass(frozen=True)
class FaceView:
    """All that a score may look at."""

    aligned: np.ndarray
    """uint8 RGB [S, S, 3]."""
    artwork: np.ndarray
    """uint8 RGB [H, W, 3], upright."""
    quad: np.ndarray
    """[4, 2] px in the artwork."""
    facts: Mapping[str, float]
    """What the aligner measured: `face_px`, `pad_fraction`, `confidence`."""
    others: Sequence[np.ndarray] = ()
    """Quads of the other faces in the artwork."""


def measure(view: FaceView) -> dict[str, float]:
    """All scores of a face by name."""
    size, face_px = view.aligned.shape[0], view.facts["face_px"]
    surroundings, quad = _crop_around(view.artwork, view.quad, SURROUNDINGS)
    return {
        **view.facts,
        **tone(view.aligned),
        **sharpness_scores(surroundings, quad, size),
        "upscale": size / max(face_px, 1.0),
        "effective_px": face_px * detail_scale(luminance(_crop_around(view.artwork, view.quad, INNER)[0])),
        "blockiness": blockiness(surroundings),
        "text": text_coverage(view.aligned),
        "other_faces": float(sum(inside(other.mean(axis=0), view.quad) for other in view.others)),
    }


def sharpness_scores(surroundings: np.ndarray, quad: np.ndarray, size: int) -> dict[str, float]:
    """Sharpness of the face as it will be used, and relative to the artwork around it.

    Measured in the original at the coarser of source and aligned resolution: interpolation of a small face must not
    count as blur (that is what `upscale` tells), nor a large scan be blamed for blur that alignment averages away.
    """
    scale = min(1.0, size / max(float(np.hypot(*(quad[3] - quad[0]))), 1.0))
    if scale < 1.0:
        height, width = (max(1, round(scale * side)) for side in surroundings.shape[:2])
        surroundings = cv2.resize(surroundings, (width, height), interpolation=cv2.INTER_AREA)
    steepness, edges = edge_steepness(luminance(surroundings))
    face = _polygon_mask(edges.shape, _shrink(scale * quad, INNER))
    outside = ~_polygon_mask(edges.shape, scale * quad)
    of_face = sharpness(steepness, edges & face)
    of_rest = sharpness(steepness, edges & outside)
    scores = {"sharpness": of_face or 0.0}
    if of_face and of_rest:
        scores["relative_sharpness"] = of_face / of_rest
    return scores


def inside(point: np.ndarray, quad: np.ndarray) -> bool:
    """Whether a point [2] lies in a quad [4, 2]."""
    return cv2.pointPolygonTest(quad.astype(np.float32), (float(point[0]), float(point[1])), False) >= 0


def _crop_around(artwork: np.ndarray, quad: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """The part of the artwork around the quad, `factor` times its extent, and the quad in that part's pixels."""
    height, width = artwork.shape[:2]
    middle, reach = quad.mean(axis=0), factor * np.ptp(quad, axis=0) / 2.0
    left, top = np.clip(np.floor(middle - reach), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(middle + reach), (left + 1, top + 1), (width, height)).astype(int)
    return artwork[top:bottom, left:right], quad - (left, top)


def _shrink(quad: np.ndarray, factor: float) -> np.ndarray:
    middle = quad.mean(axis=0)
    return np.asarray(middle + factor * (quad - middle))


def _polygon_mask(shape: Sequence[int], corners: np.ndarray) -> np.ndarray:
    mask = np.zeros(tuple(shape), np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 1)
    return mask.astype(bool)
