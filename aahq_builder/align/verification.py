"""Verification of a proposal: dlib's two detectors are run on the part of the picture around it, turned upright."""

from dataclasses import dataclass

import numpy as np

from aahq_builder.align.augmentation import AugmentedCopy, render
from aahq_builder.align.detectors import Detection, Detector
from aahq_builder.align.landmarks import FaceBox

COPY_PX = 200
"""Side of the copies that are shown to a detector."""
CONTEXT = 2.0
"""What a copy shows of the picture, in sides of the face box."""
AUGMENTATIONS = tuple(
    AugmentedCopy(degrees=degrees, mirrored=mirrored, zoom=zoom)
    for degrees, zoom in ((0, 1.0), (-8, 0.93), (8, 1.07))
    for mirrored in (False, True)
)
"""Of the copies that HOG is shown."""
HOG_NOTHING, MMOD_NOTHING = -1.5, 0.0
"""Scores of a copy in which the detector finds nothing; a little below its threshold."""


def detect_at(
    detector: Detector, pixels: np.ndarray, box: FaceBox, augmentation: AugmentedCopy
) -> tuple[Detection | None, np.ndarray]:
    """The best detection at the place and of the size of `box`, if any, and the affine map [2, 3] to the copy searched.

    The detection is in pixels of the copy, the map leads from the picture to the copy.
    """
    matrix = augmentation.matrix(box.centre, box.side * CONTEXT, COPY_PX, box.degrees)
    expected = COPY_PX / CONTEXT
    found = [
        detection
        for detection in detector.detect(render(pixels, matrix, COPY_PX))
        if np.hypot(*(detection.centre - COPY_PX / 2)) < 0.3 * expected and 0.6 < detection.side / expected < 1.6
    ]
    return max(found, key=lambda detection: detection.score, default=None), matrix


@dataclass(frozen=True)
class DlibVerifier:
    """Asks HOG, which is cheap, and dlib's network, which takes a tenth of a second, about a face box."""

    hog: Detector
    mmod: Detector

    def hog_scores(self, pixels: np.ndarray, box: FaceBox) -> dict[str, float]:
        """`hog`: mean score over the augmented copies; `detector_votes`: share of them in which a face is found."""
        scores = [_score(self.hog, pixels, box, augmentation, HOG_NOTHING) for augmentation in AUGMENTATIONS]
        seen = [score > HOG_NOTHING for score in scores]
        return {"detector_votes": float(np.mean(seen)), "hog": float(np.mean(scores))}

    def mmod_score(self, pixels: np.ndarray, box: FaceBox) -> dict[str, float]:
        """`mmod`: the network's score on one upright copy."""
        return {"mmod": _score(self.mmod, pixels, box, AugmentedCopy(), MMOD_NOTHING)}


def _score(detector: Detector, pixels: np.ndarray, box: FaceBox, augmentation: AugmentedCopy, nothing: float) -> float:
    """Score of the best detection at the box; `nothing` when there is none."""
    seen, _ = detect_at(detector, pixels, box, augmentation)
    return nothing if seen is None else seen.score
