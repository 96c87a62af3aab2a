"""Lay one sketch over another and tell how much of their strokes coincide."""

import cv2
import numpy as np

from aahq_builder.filter.sketch import STROKE_UNIT, STROKES_PX

SEARCH_SMOOTHING_PX = 1.5
"""Blur under which the search for the best position is smooth."""
STEPS, STEP_TOLERANCE = 50, 1e-4
GLANCE_PX, GLANCE_SMOOTHING_PX, GLANCE_SURROUNDINGS_PX = 24, 2.0, 4.0
WINDOW_PX = 2.7
"""Neighbourhood in which strokes are compared (sigma of a Gaussian)."""
COINCIDE = 0.6
"""Least local correlation of strokes that count as the same."""
REACH = 0.85
"""Only strokes within this share of the half side count: the corners of a face are background."""
MIN_OVERLAP = 0.5
MAX_SCALE = 1.6
NOISE_FLOOR = 0.05
IDENTITY = np.eye(2, 3, dtype=np.float32)


def glance(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation of the strokes where they lie, coarse and relative to their surroundings: a fiftieth of the time."""
    one, two = (_coarse(image) for image in (first, second))
    return float((one * two).sum())


def _coarse(image: np.ndarray) -> np.ndarray:
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), GLANCE_SMOOTHING_PX)
    small = cv2.resize(smooth, (GLANCE_PX, GLANCE_PX), interpolation=cv2.INTER_AREA)
    relative = small - cv2.GaussianBlur(small, (0, 0), GLANCE_SURROUNDINGS_PX)
    return np.asarray(relative / (np.linalg.norm(relative) + 1e-6))


def shared_strokes(first: np.ndarray, second: np.ndarray, start: np.ndarray = IDENTITY) -> tuple[float, np.ndarray]:
    """Share of the strokes, in [0, 1], that coincide when `second` is laid over `first`; and how it was laid.

    Both are uint8 [64, 64]. The position [2, 3] maps pixels of the first to the second; it is sought among affine maps
    from `start` by the enhanced correlation coefficient (Evangelidis and Psarakis 2008). Other drawings share up to
    0.45 by chance, copies above 0.8, versions with another expression, hair or dress lie between.
    """
    one, two = (image.astype(np.float32) / STROKE_UNIT for image in (first, second))
    position = _register(one, two, start)
    inside, laid = _lay(np.ones_like(two), position) > 0.99, _lay(two, position)
    scale = float(np.sqrt(abs(np.linalg.det(position[:, :2]))))
    if inside.mean() < MIN_OVERLAP or not 1 / MAX_SCALE < scale < MAX_SCALE:
        return 0.0, position
    return _coinciding(one, laid, inside & _disc()), position


def _register(one: np.ndarray, two: np.ndarray, start: np.ndarray) -> np.ndarray:
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, STEPS, STEP_TOLERANCE)
    template, other = (cv2.GaussianBlur(image, (0, 0), SEARCH_SMOOTHING_PX) for image in (one, two))
    try:
        _, position = cv2.findTransformECC(template, other, start.copy(), cv2.MOTION_AFFINE, criteria)
    except cv2.error:  # the search ran off the picture: what does not converge is judged where it started
        return start
    return np.asarray(position)


def _lay(image: np.ndarray, position: np.ndarray) -> np.ndarray:
    size = (STROKES_PX, STROKES_PX)
    return cv2.warpAffine(image, position, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _coinciding(one: np.ndarray, two: np.ndarray, where: np.ndarray) -> float:
    """Share of stroke energy in places where the local correlation is high."""
    mean_one, mean_two = _local_mean(one), _local_mean(two)
    energy_one = np.maximum(_local_mean(one * one) - mean_one**2, 0)
    energy_two = np.maximum(_local_mean(two * two) - mean_two**2, 0)
    together = _local_mean(one * two) - mean_one * mean_two
    floor = 0.02 * (np.median(energy_one) + np.median(energy_two)) + NOISE_FLOOR
    correlation = together / np.sqrt((energy_one + floor) * (energy_two + floor))
    weight = np.sqrt(energy_one + energy_two) * where
    total = float(weight.sum())
    return float(weight[correlation > COINCIDE].sum()) / total if total > 0 else 0.0


def _local_mean(image: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(image, (0, 0), WINDOW_PX)


def _disc() -> np.ndarray:
    rows, columns = np.indices((STROKES_PX, STROKES_PX)) - (STROKES_PX - 1) / 2
    return np.asarray(np.hypot(rows, columns) < REACH * STROKES_PX / 2)
