"""dlib's frontal face detector: histograms of gradients and five linear templates, no weights to fetch.

It sees faces of 80 px and more; who wants smaller ones enlarges the picture.
"""

import copy

import numpy as np

from aahq_builder.align.detectors import Detection


class DlibHog:
    """The detector at a chosen threshold; 0 is dlib's own, lower finds more and errs more."""

    name = "dlib"

    def __init__(self, threshold: float) -> None:
        import dlib

        self.threshold = threshold
        self.detector = dlib.get_frontal_face_detector()

    def at(self, threshold: float) -> "DlibHog":
        """The same templates at another threshold: reading them anew would take a third of a second."""
        other = copy.copy(self)
        other.threshold = threshold
        return other

    def detect(self, pixels: np.ndarray) -> list[Detection]:
        """Faces of at least 80 px."""
        boxes, scores, _ = self.detector.run(np.ascontiguousarray(pixels), 0, self.threshold)
        return [
            Detection(np.array([box.left() + box.right(), box.top() + box.bottom()]) / 2, float(box.width()), score)
            for box, score in zip(boxes, scores, strict=True)
        ]
