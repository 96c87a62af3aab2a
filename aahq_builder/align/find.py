"""Faces of a picture: proposals at a low threshold, landmarks by consensus, and a confidence from looking again.

A proposal alone means little on art (one in six is wrong at the threshold where most faces are found). So every
proposal is looked at again upright, mirrored, turned and zoomed, by two detectors, and the landmark model must agree
with itself; a logistic regression turns these facts into the probability that it is a face.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aahq_builder.align.confidence import confidence
from aahq_builder.align.detectors import Detection, Detector
from aahq_builder.align.detectors.dlib_hog import DlibHog
from aahq_builder.align.detectors.dlib_mmod import DlibMmod
from aahq_builder.align.geometry import (
    FourPoints,
    four_points,
    impossible,
    overlap,
    quad_side,
    roll_degrees,
    yaw_proxy,
)
from aahq_builder.align.landmarks import DlibShapePredictor, FaceBox, consensus
from aahq_builder.align.looks import Look, render, to_picture
from aahq_builder.align.models import ModelFile, face_network

PROPOSAL_THRESHOLD = -0.5
PROPOSAL_PX = 1000
"""Long side of the copies that are searched; the detector finds faces from 80 px on."""
PROPOSAL_LOOKS = (
    Look(),
    Look(mirrored=True),
    Look(zoom=0.91),
    Look(zoom=0.91, mirrored=True),
)
SECOND_LOOKS = tuple(
    Look(degrees=degrees, mirrored=mirrored, zoom=zoom)
    for degrees, zoom in ((0, 1.0), (-8, 0.93), (8, 1.07))
    for mirrored in (False, True)
)
SECOND_PX = 200
SECOND_CONTEXT = 2.0
"""Side of a second look, in sides of the face box."""
HOG_NOTHING, MMOD_NOTHING = -1.5, 0.0
"""Scores of a look in which the detector saw nothing; a little below its threshold."""
SAME_FACE_OVERLAP = 0.3
LEAST_HOG = -1.3
"""Proposals that hardly any second look confirms are dropped before the slow network is asked."""
LEAST_CONFIDENCE = 0.05
"""Proposals below are not recorded: nobody would want to see them."""


@dataclass(frozen=True)
class FoundFace:
    """A face, before it becomes a row."""

    detector: str
    confidence: float
    landmarks: np.ndarray
    quad: np.ndarray
    facts: Mapping[str, float]

    @property
    def points(self) -> FourPoints:
        """Eye centres and mouth corners."""
        return four_points(self.landmarks)


@dataclass(frozen=True)
class Proposal:
    """Where some look has seen a face."""

    box: FaceBox
    score: float


class FaceFinder:
    """Detectors and landmark model, loaded once."""

    def __init__(self, landmarks: ModelFile) -> None:
        self.landmark_model = DlibShapePredictor(landmarks.path, landmarks.name)
        self.proposer = DlibHog(PROPOSAL_THRESHOLD)
        self.hog = DlibHog(-1.0)
        self.mmod = DlibMmod(face_network().path)

    def find(self, pixels: np.ndarray) -> list[FoundFace]:
        """Faces of an upright picture, the largest first."""
        faces = [face for proposal in self.propose(pixels) if (face := self.look_again(pixels, proposal))]
        faces = _without_repeats([face for face in faces if face.confidence >= LEAST_CONFIDENCE])
        return sorted(faces, key=lambda face: (-quad_side(face.quad), *face.quad[0]))

    def propose(self, pixels: np.ndarray) -> list[Proposal]:
        """Places worth a second look, the best of each place."""
        height, width = pixels.shape[:2]
        middle = np.array([width - 1, height - 1]) / 2
        proposals = []
        for look in PROPOSAL_LOOKS:
            matrix = look.matrix(middle, 1.05 * max(width, height), PROPOSAL_PX)
            for detection in self.proposer.detect(render(pixels, matrix, PROPOSAL_PX)):
                proposals.append(Proposal(_face_box(detection, look, matrix), detection.score))
        proposals.sort(key=lambda proposal: -proposal.score)
        best: list[Proposal] = []
        for proposal in proposals:
            if not any(_same_place(proposal.box, other.box) for other in best):
                best.append(proposal)
        return best

    def look_again(self, pixels: np.ndarray, proposal: Proposal) -> FoundFace | None:
        """Landmarks and confidence of a proposal; None if its landmarks cannot be a face."""
        try:
            landmarks = consensus(self.landmark_model, pixels, proposal.box)
        except ValueError:
            return None
        height, width = pixels.shape[:2]
        if impossible(four_points(landmarks.points), width, height):
            return None
        box = FaceBox.of_quad(landmarks.quad)
        hog = float(np.mean([_second_score(self.hog, pixels, box, look, HOG_NOTHING) for look in SECOND_LOOKS]))
        if hog < LEAST_HOG:
            return None
        facts = {
            "landmark_disagreement": round(landmarks.disagreement, 4),
            "hog": round(hog, 4),
            "mmod": round(_second_score(self.mmod, pixels, box, Look(), MMOD_NOTHING), 4),
            "yaw": round(yaw_proxy(landmarks.points), 4),
            "roll": round(roll_degrees(four_points(landmarks.points)), 2),
        }
        return FoundFace("dlib", confidence(facts), landmarks.points, landmarks.quad, facts)


def _second_score(detector: Detector, pixels: np.ndarray, box: FaceBox, look: Look, nothing: float) -> float:
    """Best score of a detection in the middle of the look; `nothing` when there is none."""
    matrix = look.matrix(box.centre, box.side * SECOND_CONTEXT, SECOND_PX, box.degrees)
    expected = SECOND_PX / SECOND_CONTEXT
    scores = [
        found.score
        for found in detector.detect(render(pixels, matrix, SECOND_PX))
        if np.hypot(*(found.centre - SECOND_PX / 2)) < 0.3 * expected and 0.6 < found.side / expected < 1.6
    ]
    return max(scores, default=nothing)


def _face_box(detection: Detection, look: Look, matrix: np.ndarray) -> FaceBox:
    side = detection.side / np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    degrees = look.degrees if look.mirrored else -look.degrees
    return FaceBox(to_picture(detection.centre[None], matrix)[0], float(side), degrees)


def _same_place(first: FaceBox, second: FaceBox) -> bool:
    near = np.hypot(*(first.centre - second.centre)) < 0.35 * max(first.side, second.side)
    return bool(near and 0.6 < first.side / second.side < 1 / 0.6)


def _without_repeats(faces: list[FoundFace]) -> list[FoundFace]:
    """Non-maximum suppression: of overlapping crops the most confident stays."""
    kept: list[FoundFace] = []
    for face in sorted(faces, key=lambda face: -face.confidence):
        if all(overlap(face.quad, other.quad) < SAME_FACE_OVERLAP for other in kept):
            kept.append(face)
    return kept
