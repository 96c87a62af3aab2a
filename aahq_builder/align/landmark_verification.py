"""Verification by a further model: how sure it is of a face, and whether its own landmarks give the same crop.

A model that detects a face but puts eyes and mouth elsewhere does not raise the confidence: it may see another face.
"""

from dataclasses import dataclass

import numpy as np

from aahq_builder.align.augmentation import AugmentedCopy, to_picture
from aahq_builder.align.detectors import Detector
from aahq_builder.align.geometry import FourPoints, crop_quad, four_points, quad_side
from aahq_builder.align.landmarks import FaceBox, LandmarkModel, predict_augmented
from aahq_builder.align.verification import detect_at

AGREEMENT_WIDTH = 0.1
"""Distance of two crops' corners, in sides of the crop, at which agreement has fallen to 1/e."""


@dataclass(frozen=True)
class LandmarkVerifier:
    """A detector whose scores are probabilities, and its landmarks: the detector's own, or those of another model."""

    detector: Detector
    landmark_model: LandmarkModel | None = None

    def scores(self, pixels: np.ndarray, quad: np.ndarray) -> dict[str, float]:
        """Probability of a face with this crop [4, 2], and agreement of the crops in [0, 1]; both 0 if none is seen."""
        name = self.detector.name
        box = FaceBox.of_quad(quad)
        seen, matrix = detect_at(self.detector, pixels, box, AugmentedCopy())
        if seen is None:
            return {name: 0.0, f"{name}_agreement": 0.0}
        points = self._points(pixels, box) if seen.points is None else _in_picture(seen.points, matrix)
        return {name: seen.score, f"{name}_agreement": agreement(points, quad)}

    def support(self, scores: dict[str, float]) -> float:
        """Probability, by this model alone, that the crop is right."""
        return scores[self.detector.name] * scores[f"{self.detector.name}_agreement"]

    def _points(self, pixels: np.ndarray, box: FaceBox) -> FourPoints:
        assert self.landmark_model is not None, f"{self.detector.name} gives boxes only"
        return four_points(predict_augmented(self.landmark_model, pixels, box, (AugmentedCopy(),))[0])


def agreement(points: FourPoints, quad: np.ndarray) -> float:
    """How well the crop of these points and a given crop [4, 2] coincide: 1 if exactly, 0.37 at a tenth of the side."""
    try:
        distance = np.linalg.norm(crop_quad(points) - quad, axis=1).mean() / quad_side(quad)
    except ValueError:
        return 0.0
    return float(np.exp(-((distance / AGREEMENT_WIDTH) ** 2)))


def _in_picture(points: FourPoints, matrix: np.ndarray) -> FourPoints:
    return FourPoints(*to_picture(np.stack(points), matrix))
