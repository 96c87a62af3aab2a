"""S3FD, the face detector of the package face-alignment (Zhang et al. 2017): a network that sees faces from 16 px."""

from pathlib import Path

import numpy as np

from aahq_builder.align.detectors import Detection


class FanS3fd:
    """The network on a device; scores are probabilities."""

    name = "fan"

    def __init__(self, weights: Path, device: str, threshold: float) -> None:
        from face_alignment.detection.sfd import FaceDetector

        self.network = FaceDetector(device, path_to_detector=str(weights), filter_threshold=threshold)

    def detect(self, pixels: np.ndarray) -> list[Detection]:
        """Faces of at least 16 px."""
        return [_detection(*map(float, box)) for box in self.network.detect_from_image(np.ascontiguousarray(pixels))]


def _detection(left: float, top: float, right: float, bottom: float, score: float) -> Detection:
    """Its boxes reach from the forehead to the chin; dlib's squares are as wide and end at the chin too."""
    side = right - left
    # its pixels lie between whole numbers, ours on them
    centre = np.array([(left + right) / 2, bottom - side / 2]) - 0.5
    return Detection(centre, side, min(score, 1.0))
