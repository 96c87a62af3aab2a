"""The columns of a face's row that follow from its landmarks and its crop."""

from typing import Any

import numpy as np

from aahq_builder.align.geometry import FFHQ, CropStyle, FourPoints, crop_quad, four_points, pad_fraction, quad_side

DECIMALS = 2
"""Points are stored in hundredths of a pixel."""


def crop_of(landmarks: np.ndarray, style: CropStyle = FFHQ) -> tuple[FourPoints, np.ndarray]:
    """Of landmarks [68, 2] the four points as rows store them, and the corners [4, 2] of the crop that follows.

    The crop follows from the rounded points, so that whoever is given the points alone cuts out the very same face.
    """
    points = FourPoints(*(np.round(point, DECIMALS) for point in four_points(np.round(landmarks, DECIMALS))))
    return points, crop_quad(points, style)


def geometry_columns(
    landmarks: np.ndarray, points: FourPoints, quad: np.ndarray, size: tuple[int, int], *, as_given: bool = False
) -> dict[str, Any]:
    """Landmarks [N, 2], four points, crop corners [4, 2], side of the crop and its share outside the picture.

    All in pixels of the upright original, whose (width, height) is `size`. Points are rounded, unless they come from a
    published list and are kept `as_given`; corners are stored to the last digit, since others cut by them.
    """
    stored = (lambda array: np.asarray(array).tolist()) if as_given else rounded
    return {
        "landmarks": stored(landmarks),
        **{name: stored(point) for name, point in points._asdict().items()},
        "quad": np.asarray(quad).tolist(),
        "face_px": round(quad_side(quad), DECIMALS),
        "pad_fraction": round(pad_fraction(quad, *size), 4),
    }


def rounded(points: np.ndarray) -> Any:
    """As rows store points: nested lists, hundredths of a pixel."""
    return np.round(points, DECIMALS).tolist()
