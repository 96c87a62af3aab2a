"""Landmark repair: move the four points that decide the crop, and cut the face out anew.

Pure: pixels and points in, pixels and columns of the face's row out.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from aahq_builder.align.columns import crop_of, geometry_columns
from aahq_builder.align.fast_warp import warp_fast
from aahq_builder.align.geometry import (
    EYE_LEFT,
    EYE_RIGHT,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    FourPoints,
    four_points,
    overlap,
    pad_fraction,
    quad_side,
)
from aahq_builder.errors import UserError

INNER_MOUTH_LEFT, INNER_MOUTH_RIGHT = 60, 64
SAME_FACE = 0.3
"""Overlap of two crops of one artwork from which on they are taken for the same face."""


def move_landmarks(landmarks: np.ndarray, points: FourPoints) -> np.ndarray:
    """68 points with these eye centres and mouth corners: an eye moves as a whole, a corner with its inner one."""
    old = four_points(landmarks)
    moved = landmarks.astype(np.float64).copy()
    moved[EYE_LEFT] += points.eye_left - old.eye_left
    moved[EYE_RIGHT] += points.eye_right - old.eye_right
    moved[[MOUTH_LEFT, INNER_MOUTH_LEFT]] += points.mouth_left - old.mouth_left
    moved[[MOUTH_RIGHT, INNER_MOUTH_RIGHT]] += points.mouth_right - old.mouth_right
    return moved


def cut(pixels: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    """The aligned face, `size` px a side; `UserError` if the points describe no face."""
    return warp_fast(pixels, checked_quad(landmarks, pixels.shape[1], pixels.shape[0]), size)


def checked_quad(landmarks: np.ndarray, width: int, height: int) -> np.ndarray:
    """The crop of these landmarks, if it can be cut out of a picture of this size."""
    if not np.isfinite(landmarks).all():
        raise UserError("the landmarks hold something that is not a number; drag them again")
    try:
        quad = crop_of(landmarks)[1]
    except ValueError as error:
        raise UserError(f"{error}; drag them apart") from error
    side = quad_side(quad)
    if not 4 <= side <= 4 * max(width, height):
        raise UserError(f"the crop would be {side:.0f} px wide in {width} x {height} px; drag the points back")
    if pad_fraction(quad, width, height) > 0.9:
        raise UserError("nearly all of the crop lies outside the picture; drag the points back")
    return quad


def row_columns(landmarks: np.ndarray, width: int, height: int) -> dict[str, Any]:
    """The columns of a face's row that follow from its landmarks."""
    quad = checked_quad(landmarks, width, height)
    return geometry_columns(landmarks, crop_of(landmarks)[0], quad, (width, height))


def parse_points(points: object) -> FourPoints:
    """Four points as the page sends them: `{"eye_left": [x, y], ...}`."""
    try:
        assert isinstance(points, Mapping)
        return FourPoints(*(_point(points[name]) for name in FourPoints._fields))
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"points need {', '.join(FourPoints._fields)}, each two numbers") from error


def same_face(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two quads of one artwork show the same face."""
    return overlap(first, second) >= SAME_FACE


def _point(value: object) -> np.ndarray:
    point = np.asarray(value, dtype=np.float64)
    if point.shape != (2,):
        raise ValueError(f"a point has two numbers, not {point.shape}")
    return point
