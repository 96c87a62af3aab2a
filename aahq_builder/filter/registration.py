"""Register two gradient-magnitude images and measure the share of gradient magnitude that coincides."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from aahq_builder.filter.sketch import GRADIENT_PX, MAGNITUDE_UNIT

ECC_SMOOTHING_PX = 1.5
"""Sigma of the blur before registration: it makes the correlation smooth enough for a gradient search."""
ECC_STEPS, ECC_TOLERANCE = 50, 1e-4
COARSE_PX, COARSE_SMOOTHING_PX, COARSE_SURROUNDINGS_PX = 24, 2.0, 4.0
WINDOW_PX = 2.7
"""Neighbourhood in which two images are correlated locally (sigma of a Gaussian)."""
MIN_LOCAL_CORRELATION = 0.6
"""From here on the gradient magnitude at a place counts as coinciding."""
REACH = 0.85
"""Only places within this share of the half side count: the corners of a face crop are background."""
MIN_OVERLAP = 0.5
MAX_SCALE = 1.6
NOISE_FLOOR = 0.05
REGIONS = 4
"""The share of a region is that of one of 4 x 4 blocks."""
EMPTY_REGION = 0.5
"""Magnitude that is counted as coinciding in each region, relative to the mean: regions without edges do not differ."""
IDENTITY = np.eye(2, 3, dtype=np.float32)


@dataclass(frozen=True)
class Registration:
    """How one image lies on another, and what coincides there."""

    share: float
    """Share of the gradient magnitude, in [0, 1], that coincides."""
    worst_region: float
    """The least such share of a region that both images cover."""
    transform: np.ndarray
    """[2, 3], from pixels of the first image to the second."""


def coarse_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation in [-1, 1] of two magnitudes uint8 [64, 64], reduced to 24 x 24 px and not registered.

    The coarse pass before `register`; it takes a fiftieth of the time.
    """
    one, two = (_coarse(image) for image in (first, second))
    return float((one * two).sum())


def _coarse(image: np.ndarray) -> np.ndarray:
    """Difference to the local mean at 24 x 24 px, of unit length."""
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), COARSE_SMOOTHING_PX)
    small = cv2.resize(smooth, (COARSE_PX, COARSE_PX), interpolation=cv2.INTER_AREA)
    relative = small - cv2.GaussianBlur(small, (0, 0), COARSE_SURROUNDINGS_PX)
    return np.asarray(relative / (np.linalg.norm(relative) + 1e-6))


def register(first: np.ndarray, second: np.ndarray, start: np.ndarray = IDENTITY) -> Registration:
    """Find the affine transform under which two magnitudes uint8 [64, 64] coincide, and measure how far they do.

    It is sought from `start` by the enhanced correlation coefficient (ECC, Evangelidis and Psarakis 2008). Unrelated
    drawings share up to 0.45 by chance, copies above 0.8; another expression, hair or dress lies between.
    """
    one, two = (image.astype(np.float32) / MAGNITUDE_UNIT for image in (first, second))
    transform = _register(one, two, start)
    inside, warped = _warp(np.ones_like(two), transform) > 0.99, _warp(two, transform)
    scale = float(np.sqrt(abs(np.linalg.det(transform[:, :2]))))
    if inside.mean() < MIN_OVERLAP or not 1 / MAX_SCALE < scale < MAX_SCALE:
        return Registration(0.0, 0.0, transform)
    coinciding, magnitude = _coinciding(one, warped)
    disc = inside & _disc()
    total = float(magnitude[disc].sum())
    share = float(coinciding[disc].sum()) / total if total > 0 else 0.0
    return Registration(share, _worst_region(coinciding * inside, magnitude * inside, inside), transform)


def _register(one: np.ndarray, two: np.ndarray, start: np.ndarray) -> np.ndarray:
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, ECC_STEPS, ECC_TOLERANCE)
    template, other = (cv2.GaussianBlur(image, (0, 0), ECC_SMOOTHING_PX) for image in (one, two))
    try:
        _, transform = cv2.findTransformECC(template, other, start.copy(), cv2.MOTION_AFFINE, criteria)
    except cv2.error:  # no convergence (unrelated or blank images): they are judged where the search started
        return start
    return np.asarray(transform)


def _warp(image: np.ndarray, transform: np.ndarray) -> np.ndarray:
    size = (GRADIENT_PX, GRADIENT_PX)
    return cv2.warpAffine(image, transform, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _coinciding(one: np.ndarray, two: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Magnitude per pixel where the local correlation is high (elsewhere 0), and everywhere."""
    mean_one, mean_two = _local_mean(one), _local_mean(two)
    energy_one = np.maximum(_local_mean(one * one) - mean_one**2, 0)
    energy_two = np.maximum(_local_mean(two * two) - mean_two**2, 0)
    together = _local_mean(one * two) - mean_one * mean_two
    floor = 0.02 * (np.median(energy_one) + np.median(energy_two)) + NOISE_FLOOR
    correlation = together / np.sqrt((energy_one + floor) * (energy_two + floor))
    magnitude = np.sqrt(energy_one + energy_two)
    return magnitude * (correlation > MIN_LOCAL_CORRELATION), magnitude


def _worst_region(coinciding: np.ndarray, magnitude: np.ndarray, inside: np.ndarray) -> float:
    side = GRADIENT_PX // REGIONS
    blocks = (REGIONS, side, REGIONS, side)
    same, total = (image.reshape(blocks).sum(axis=(1, 3)) for image in (coinciding, magnitude))
    floor = EMPTY_REGION * float(total.mean()) + 1e-6
    covered = inside.reshape(blocks).mean(axis=(1, 3)) > 0.5
    return float(np.where(covered, (same + floor) / (total + floor), 1.0).min())


def _local_mean(image: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(image, (0, 0), WINDOW_PX)


@cache
def _disc() -> np.ndarray:
    rows, columns = np.indices((GRADIENT_PX, GRADIENT_PX)) - (GRADIENT_PX - 1) / 2
    return np.asarray(np.hypot(rows, columns) < REACH * GRADIENT_PX / 2)
