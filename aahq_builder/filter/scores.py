"""Every measure of one face. Scores are facts: they carry no bound and give no verdict.

Pure: pixels and numbers in, numbers out. A score that cannot be taken (no edges to judge by) is left out, and a rule
over a missing score is passed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from aahq_builder.filter.sharpness import edge_steepness, luminance, sharpness
from aahq_builder.filter.tone import tone

SCORES_VERSION = "1"
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


def measure(view: FaceView) -> dict[str, float]:
    """All scores of a face by name."""
    return {
        **view.facts,
        "upscale": view.aligned.shape[0] / view.facts["face_px"],
        **tone(view.aligned),
        **sharpness_scores(view.artwork, view.quad, view.aligned.shape[0]),
    }


def sharpness_scores(artwork: np.ndarray, quad: np.ndarray, size: int) -> dict[str, float]:
    """Sharpness of the face as it will be used, and relative to the artwork around it.

    Measured in the original at the coarser of source and aligned resolution: interpolation of a small face must not
    count as blur (that is what `upscale` tells), nor a large scan be blamed for blur that alignment averages away.
    """
    side = float(np.hypot(*(quad[3] - quad[0])))
    surroundings, moved_quad = _crop_around(artwork, quad, SURROUNDINGS)
    scale = min(1.0, size / side)
    if scale < 1.0:
        surroundings = cv2.resize(surroundings, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        moved_quad = moved_quad * scale
    steepness, edges = edge_steepness(luminance(surroundings))
    face = _polygon_mask(edges.shape, _shrink(moved_quad, INNER))
    outside = ~_polygon_mask(edges.shape, moved_quad)
    of_face = sharpness(steepness, edges & face)
    of_rest = sharpness(steepness, edges & outside)
    scores = {"sharpness": of_face or 0.0}
    if of_face and of_rest:
        scores["relative_sharpness"] = of_face / of_rest
    return scores


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
