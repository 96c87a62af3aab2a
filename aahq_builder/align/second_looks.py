"""Looking again at one face: the part of the picture around it, upright, as a detector is shown it."""

import numpy as np

from aahq_builder.align.detectors import Detection, Detector
from aahq_builder.align.landmarks import FaceBox
from aahq_builder.align.looks import Look, render

SECOND_PX = 200
CONTEXT = 2.0
"""Side of a second look, in sides of the face box."""


def look_at(detector: Detector, pixels: np.ndarray, box: FaceBox, look: Look) -> tuple[Detection | None, np.ndarray]:
    """The best detection in the middle of the look, in pixels of the look, and the matrix from the picture to it."""
    matrix = look.matrix(box.centre, box.side * CONTEXT, SECOND_PX, box.degrees)
    expected = SECOND_PX / CONTEXT
    found = [
        detection
        for detection in detector.detect(render(pixels, matrix, SECOND_PX))
        if np.hypot(*(detection.centre - SECOND_PX / 2)) < 0.3 * expected and 0.6 < detection.side / expected < 1.6
    ]
    return max(found, key=lambda detection: detection.score, default=None), matrix
