"""Four ways to draw a portrait that no model of the demo saw: references of a style that is out of the distribution.

Like those of `drawing_styles.py`, which the demo's model learned from, they are filters and say nothing about art.
"""

from collections.abc import Callable

import cv2
import numpy as np

from pipelines.drawing_styles import Picture

BLUE, CHALK, BOARD = (16, 48, 128), (235, 235, 220), (24, 66, 48)
POSTER = np.array([(40, 10, 90), (230, 30, 120), (255, 150, 40), (255, 245, 160)], np.uint8)


def blueprint(image: Picture) -> Picture:
    """White lines on blue."""
    return _mixed(_edges(image), BLUE, (255, 255, 255))


def chalk(image: Picture) -> Picture:
    """Light parts in chalk on a green board."""
    light = cv2.GaussianBlur(_grey(image), (0, 0), 1).astype(np.float32) / 255
    return _mixed(light**2, BOARD, CHALK)


def poster(image: Picture) -> Picture:
    """Four inks, from violet to yellow, by lightness alone."""
    ranks = np.searchsorted(np.quantile(_grey(image), (0.25, 0.5, 0.75)), cv2.medianBlur(_grey(image), 5))
    return POSTER[ranks]


def heat(image: Picture) -> Picture:
    """The false colours of a thermal camera."""
    return cv2.cvtColor(cv2.applyColorMap(cv2.equalizeHist(_grey(image)), cv2.COLORMAP_JET), cv2.COLOR_BGR2RGB)


def _grey(image: Picture) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def _edges(image: Picture) -> np.ndarray:
    grey = cv2.GaussianBlur(_grey(image), (0, 0), 1).astype(np.float32)
    slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    return np.clip(slope / 80, 0, 1)


def _mixed(share: np.ndarray, low: tuple[int, int, int], high: tuple[int, int, int]) -> Picture:
    mixed = (1 - share[..., None]) * np.array(low) + share[..., None] * np.array(high)
    return mixed.round().astype(np.uint8)


UNSEEN_STYLES: dict[str, Callable[[Picture], Picture]] = {
    style.__name__: style for style in (blueprint, chalk, poster, heat)
}
