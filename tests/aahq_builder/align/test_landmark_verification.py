"""A further model supports a crop as far as it sees a face there and its own landmarks agree."""

import cv2
import numpy as np
import pytest

from aahq_builder.align.confidence import supported
from aahq_builder.align.detectors import Detection
from aahq_builder.align.geometry import FourPoints, crop_quad
from aahq_builder.align.landmark_verification import AGREEMENT_WIDTH, LandmarkVerifier, agreement

POINTS = FourPoints(*np.array([[100.0, 100], [140, 100], [105, 144], [135, 144]]))
QUAD = crop_quad(POINTS)
SIDE = 160.0


class SpotDetector:
    """Sees a face around the one white spot, with its points as drawn around the middle of the crop."""

    name = "spot"

    def __init__(self, off: float = 0.0) -> None:
        self.off = off

    def detect(self, pixels: np.ndarray) -> list[Detection]:
        rows, columns = np.nonzero(pixels[..., 0] > 128)
        if not len(rows):
            return []
        scale = 100 / (0.585 * SIDE)  # verification shows the face box as 100 px
        spot = np.array([columns.mean(), rows.mean()])
        points = FourPoints(*((np.stack(POINTS) - QUAD.mean(axis=0) + self.off) * scale + spot))
        return [Detection(spot, 100.0, 0.9, points)]


def picture() -> np.ndarray:
    drawn = np.zeros((240, 240, 3), dtype=np.uint8)
    centre = np.round(QUAD.mean(axis=0)).astype(int).tolist()
    cv2.circle(drawn, centre, 5, (255, 255, 255), -1)
    return drawn


def test_crops_that_coincide_agree_and_agreement_falls_with_their_distance() -> None:
    assert agreement(POINTS, QUAD) == 1
    moved = FourPoints(*(np.stack(POINTS) + np.array([AGREEMENT_WIDTH * SIDE, 0])))
    assert agreement(moved, QUAD) == pytest.approx(np.exp(-1))
    assert agreement(FourPoints(*np.zeros((4, 2))), QUAD) == 0


def test_a_model_that_sees_the_same_face_supports_it_by_its_probability() -> None:
    verifier = LandmarkVerifier(SpotDetector())
    scores = verifier.scores(picture(), QUAD)
    assert scores["spot"] == 0.9
    assert scores["spot_agreement"] > 0.99
    assert verifier.support(scores) == pytest.approx(0.9, abs=0.01)


def test_a_model_that_sees_another_face_or_none_supports_nothing() -> None:
    elsewhere = LandmarkVerifier(SpotDetector(off=40.0))
    assert elsewhere.support(elsewhere.scores(picture(), QUAD)) < 0.05
    nothing = LandmarkVerifier(SpotDetector())
    assert nothing.scores(np.zeros((240, 240, 3), dtype=np.uint8), QUAD) == {"spot": 0.0, "spot_agreement": 0.0}


def test_without_further_models_the_confidence_stays_and_each_support_raises_it() -> None:
    assert supported(0.37, []) == 0.37
    assert supported(0.2, [0.5]) == pytest.approx(0.6)  # 1 - 0.8 * 0.5
    assert supported(0.2, [0.5, 0.5]) == pytest.approx(0.8)
    assert supported(0.2, [0.0]) == pytest.approx(0.2)
