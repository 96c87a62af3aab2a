"""dlib's convolutional face detector (max-margin object detection): surer than HOG, a hundred times slower on a CPU."""

from pathlib import Path

import numpy as np

from aahq_builder.align.detectors import Detection


class DlibMmod:
    """The network; it sees faces of 40 px and more."""

    name = "mmod"

    def __init__(self, weights: Path) -> None:
        import dlib

        self.network = dlib.cnn_face_detection_model_v1(str(weights))

    def detect(self, pixels: np.ndarray) -> list[Detection]:
        """Faces of at least 40 px."""
        found = self.network(np.ascontiguousarray(pixels), 0)
        return [
            Detection(
                np.array([face.rect.left() + face.rect.right(), face.rect.top() + face.rect.bottom()]) / 2,
                float(face.rect.width()),
                face.confidence,
            )
            for face in found
        ]
