"""YuNet, the small face detector that OpenCV runs (Wu et al. 2023), on a pyramid, from a model file of the user's.

It knows faces of 10 to some 300 px, so large copies are shown again at a half and a quarter. Beside a box it gives
eyes, nose and corners of the mouth: the box is taken from these, in the form of dlib's.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from aahq_builder.align.detectors import Detection
from aahq_builder.align.geometry import FourPoints, crop_quad
from aahq_builder.align.landmarks import FaceBox
from aahq_builder.errors import UserError

FINEST_PX, COARSEST_PX = 640, 160
"""Longer sides of the pyramid's levels lie between."""
SAME_BOX_OVERLAP = 0.3
MOST_FACES = 200


class YuNet:
    """The network, at a threshold of its probabilities."""

    name = "yunet"

    def __init__(self, model: Path, threshold: float) -> None:
        before = cv2.utils.logging.getLogLevel()
        # OpenCV 5 warns at every load that its new engine has no targets to choose from
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        try:
            self.network = cv2.FaceDetectorYN.create(str(model), "", (0, 0), threshold, SAME_BOX_OVERLAP, MOST_FACES)
        except cv2.error as error:
            raise UserError(f"--yunet-model {model} is no model that OpenCV {cv2.__version__} can read") from error
        finally:
            cv2.utils.logging.setLogLevel(before)

    def detect(self, pixels: np.ndarray) -> list[Detection]:
        """Faces of every level; of several boxes for one face the surest."""
        found = [row for level in pyramid(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)) for row in self._rows(level, pixels)]
        if not found:
            return []
        rows = np.stack(found)
        kept = cv2.dnn.NMSBoxes(rows[:, :4].tolist(), rows[:, 14].tolist(), 0.0, SAME_BOX_OVERLAP)
        return [detection for row in rows[kept] if (detection := _detection(row)) is not None]

    def _rows(self, level: np.ndarray, pixels: np.ndarray) -> list[np.ndarray]:
        """What the network gives: box, five points and score, lengths in pixels of the full picture."""
        height, width = level.shape[:2]
        self.network.setInputSize((width, height))
        _, rows = self.network.detect(level)
        ratio = np.array([pixels.shape[1] / width, pixels.shape[0] / height])
        return [] if rows is None else [np.append(row[:14] * np.tile(ratio, 7), row[14]) for row in rows]


def pyramid(pixels: np.ndarray) -> Iterator[np.ndarray]:
    """The picture at most `FINEST_PX` long, then halved until it would be shorter than `COARSEST_PX`."""
    height, width = pixels.shape[:2]
    longer = min(max(height, width), FINEST_PX)
    while True:
        scale = longer / max(height, width)
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        yield pixels if scale == 1 else cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        longer //= 2
        if longer < COARSEST_PX:
            return


def _detection(row: np.ndarray) -> Detection | None:
    eye_left, eye_right, _, mouth_left, mouth_right = row[4:14].reshape(5, 2) - 0.5  # its pixels lie between
    points = FourPoints(eye_left, eye_right, mouth_left, mouth_right)
    try:
        box = FaceBox.of_quad(crop_quad(points))
    except ValueError:
        return None
    return Detection(box.centre, box.side, float(row[14]), points)
