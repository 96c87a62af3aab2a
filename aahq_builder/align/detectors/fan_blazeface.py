"""BlazeFace (Bazarevsky et al. 2019) in the form of the package face-alignment: fast on a CPU, for large faces.

It sees the middle square of a picture at 128 px. Copies for a search are square, so it sees all of them.
"""

from pathlib import Path

import numpy as np

from aahq_builder.align.detectors import Detection


class FanBlazeFace:
    """The network and its anchors on a device; scores are probabilities."""

    name = "blazeface"

    def __init__(self, weights: Path, anchors: Path, device: str, threshold: float) -> None:
        from face_alignment.detection.blazeface import FaceDetector

        self.network = FaceDetector(
            device, path_to_detector=str(weights), path_to_anchor=str(anchors), min_score_thresh=threshold
        )

    def detect(self, pixels: np.ndarray) -> list[Detection]:
        """Faces of at least a tenth of the picture."""
        boxes = [[float(value) for value in box] for box in self.network.detect_from_image(pixels)]
        return [_detection(*box) for box in boxes if box]


def _detection(left: float, top: float, right: float, bottom: float, score: float) -> Detection:
    """Its boxes reach from the brows to the chin, as dlib's; its pixels lie between whole numbers."""
    centre = np.array([left + right, top + bottom]) / 2 - 0.5
    return Detection(centre, (right - left + bottom - top) / 2, min(score, 1.0))
