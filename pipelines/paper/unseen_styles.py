"""Two ways to draw a portrait that no model of the demo saw: references of a style that is out of the distribution.

Like those of `drawing_styles.py`, which the demo's model learned from, they are filters and say nothing about art.
"""

from collections.abc import Callable

import cv2
import numpy as np

from pipelines.drawing.drawing_styles import Picture

BLUE = np.array([16, 48, 128])
STEEP = 80
"""The slope of grey that is a white line."""


def blueprint(image: Picture) -> Picture:
    """White lines on blue."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (0, 0), 1).astype(np.float32)
    slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    line = np.clip(slope / STEEP, 0, 1)[..., None]
    drawn: Picture = ((1 - line) * BLUE + line * 255).round().astype(np.uint8)
    return drawn


def heat(image: Picture) -> Picture:
    """The false colours of a thermal camera."""
    grey = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    return cv2.cvtColor(cv2.applyColorMap(grey, cv2.COLORMAP_JET), cv2.COLOR_BGR2RGB)


UNSEEN_STYLES: dict[str, Callable[[Picture], Picture]] = {style.__name__: style for style in (blueprint, heat)}
