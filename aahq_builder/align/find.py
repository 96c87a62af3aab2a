"""Faces of a picture: proposals at a low threshold, landmarks by consensus, and a confidence from looking again.

A proposal alone means little on art (one in six is wrong at the threshold where most faces are found). So every
proposal is looked at again upright, mirrored, turned and zoomed, by two detectors, and the landmark model must agree
with itself; a logistic regression turns these facts into the probability that it is a face.

What is cheap comes first and often settles the matter: a glance at a small copy before the long searches, histograms of
gradients before the network, four looks of the landmark model before the other ten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aahq_builder.align.confidence import DEFAULT_BOUND, confidence, supported
from aahq_builder.align.detectors import Detector
from aahq_builder.align.geometry import (
    four_points,
    impossible,
    overlap,
    quad_side,
    roll_degrees,
    yaw_proxy,
)
from aahq_builder.align.landmarks import FaceBox, LandmarkModel, Landmarks, consensus, glimpse
from aahq_builder.align.looks import Look
from aahq_builder.align.opinions import Opinion
from aahq_builder.align.search import Proposal, Search, propose, same_place
from aahq_builder.align.second_looks import look_at

SECOND_LOOKS = tuple(
    Look(degrees=degrees, mirrored=mirrored, zoom=zoom)
    for degrees, zoom in ((0, 1.0), (-8, 0.93), (8, 1.07))
    for mirrored in (False, True)
)
HOG_NOTHING, MMOD_NOTHING = -1.5, 0.0
"""Scores of a look in which the detector saw nothing; a little below its threshold."""
LEAST_HOG = -1.0
"""Proposals of HOG that hardly any second look confirms are dropped before the slow network is asked."""
CERTAIN_HOG = 0.5
"""From here on it need not be asked: nothing but faces ever scored as much."""
FURTHER_DISAGREEMENT = 0.045
"""Of landmarks, from which on a further face is not believed; of clear ones, one in seventy has more."""
ROUGH_DISAGREEMENT = 0.055
"""Of the first four looks, from which on a further face is not looked at again; no clear one has more."""
LEAST_CONFIDENCE = 0.05
"""Proposals below are not recorded: nobody would want to see them."""
SAME_FACE_OVERLAP = 0.5
SAME_FACE_DISTANCE = 0.25
"""Of the centres, in sides of the larger crop. Two heads side by side have crops that overlap by a third."""


@dataclass(frozen=True)
class FoundFace:
    """A face, before it becomes a row."""

    detector: str
    confidence: float
    landmarks: np.ndarray
    quad: np.ndarray
    facts: Mapping[str, float]


@dataclass(frozen=True)
class Witnesses:
    """The two detectors that are asked again about every proposal."""

    hog: Detector
    mmod: Detector

    def by_gradients(self, pixels: np.ndarray, box: FaceBox) -> dict[str, float]:
        """What the cheap one says."""
        scores = [_second_score(self.hog, pixels, box, look, HOG_NOTHING) for look in SECOND_LOOKS]
        seen = [score > HOG_NOTHING for score in scores]
        return {"detector_votes": float(np.mean(seen)), "hog": float(np.mean(scores))}

    def by_network(self, pixels: np.ndarray, box: FaceBox) -> dict[str, float]:
        """What the dear one says."""
        return {"mmod": _second_score(self.mmod, pixels, box, Look(), MMOD_NOTHING)}


@dataclass(frozen=True)
class FaceFinder:
    """Searches, witnesses and a landmark model, loaded once and used for picture after picture."""

    landmark_model: LandmarkModel
    witnesses: Witnesses
    stages: Sequence[Sequence[Search]]
    """Each for pictures in which the ones before found nothing to believe."""
    always: Sequence[Search] = ()
    """Searches for what all stages have missed, whatever they found."""
    opinions: Sequence[Opinion] = ()
    """Further models that are asked about every face."""

    def find(self, pixels: np.ndarray) -> list[FoundFace]:
        """Faces of an upright picture, the largest first."""
        faces: list[FoundFace] = []
        for searches in self.stages:
            faces += self._new_faces(pixels, searches, faces)
            if any(face.confidence >= DEFAULT_BOUND for face in faces):
                break
        faces += self._new_faces(pixels, self.always, faces)
        worth_recording = without_repeats([face for face in faces if face.confidence >= LEAST_CONFIDENCE])
        return sorted(worth_recording, key=lambda face: (-quad_side(face.quad), *face.quad[0]))

    def _new_faces(self, pixels: np.ndarray, searches: Sequence[Search], known: Sequence[FoundFace]) -> list[FoundFace]:
        """What searches propose and a second look does not refuse, beside the faces that are known."""
        faces = list(known)
        for proposal in propose(pixels, searches):
            alone = all(face.confidence < DEFAULT_BOUND for face in faces)
            is_settled = any(_settled(proposal.box, face) for face in faces)
            if not is_settled and (face := self.look_again(pixels, proposal, alone=alone)):
                faces.append(face)
        return faces[len(known) :]

    def look_again(self, pixels: np.ndarray, proposal: Proposal, *, alone: bool = True) -> FoundFace | None:
        """Landmarks and confidence of a proposal; None if it cannot be a face.

        Unless it is `alone`, there is a face to believe in the picture: others are rare, and must be plain to see.
        """
        try:
            seen = self._second_looks(pixels, proposal, alone=alone)
        except ValueError:
            return None
        if seen is None:
            return None
        landmarks, facts = seen
        height, width = pixels.shape[:2]
        points = four_points(landmarks.points)
        if impossible(points, width, height):
            return None
        if facts["hog"] < CERTAIN_HOG:
            facts |= self.witnesses.by_network(pixels, FaceBox.of_quad(landmarks.quad))
        facts |= {
            "landmark_disagreement": landmarks.disagreement,
            "yaw": yaw_proxy(landmarks.points),
            "roll": roll_degrees(points),
        }
        for opinion in self.opinions:
            facts |= opinion.facts(pixels, landmarks.quad)
        rounded = {name: round(value, 4) for name, value in facts.items()}
        sure = supported(confidence(rounded), [opinion.support(rounded) for opinion in self.opinions])
        return FoundFace(proposal.detector, sure, landmarks.points, landmarks.quad, rounded)

    def _second_looks(
        self, pixels: np.ndarray, proposal: Proposal, *, alone: bool
    ) -> tuple[Landmarks, dict[str, float]] | None:
        """Landmarks and what gradients say, or None as soon as either speaks against a proposal of HOG."""
        of_hog = proposal.detector == "dlib" and not self.opinions
        must_be_plain = of_hog and not alone
        rough = glimpse(self.landmark_model, pixels, proposal.box)
        if must_be_plain and rough.disagreement > ROUGH_DISAGREEMENT:
            return None
        box = FaceBox.of_quad(rough.quad)
        landmarks = consensus(self.landmark_model, pixels, box) if must_be_plain else None
        if landmarks and landmarks.disagreement > FURTHER_DISAGREEMENT:
            return None
        facts = self.witnesses.by_gradients(pixels, box)
        if of_hog and facts["hog"] < LEAST_HOG:
            return None
        return landmarks or consensus(self.landmark_model, pixels, box), facts


def _second_score(detector: Detector, pixels: np.ndarray, box: FaceBox, look: Look, nothing: float) -> float:
    """Best score of a detection in the middle of the look; `nothing` when there is none."""
    seen, _ = look_at(detector, pixels, box, look)
    return nothing if seen is None else seen.score


def _settled(box: FaceBox, face: FoundFace) -> bool:
    """Whether a proposal is a face that is believed already, or has no room beside one."""
    own = FaceBox.of_quad(face.quad)
    near = np.hypot(*(box.centre - own.centre)) < SAME_FACE_DISTANCE * quad_side(face.quad)
    return face.confidence >= DEFAULT_BOUND and bool(near or same_place(box, own))


def without_repeats(faces: list[FoundFace]) -> list[FoundFace]:
    """Non-maximum suppression: of several crops of one face the most confident stays."""
    kept: list[FoundFace] = []
    for face in sorted(faces, key=lambda face: -face.confidence):
        if not any(_same_face(face.quad, other.quad) for other in kept):
            kept.append(face)
    return kept


def _same_face(first: np.ndarray, second: np.ndarray) -> bool:
    distance = np.hypot(*(first.mean(axis=0) - second.mean(axis=0)))
    near = distance < SAME_FACE_DISTANCE * max(quad_side(first), quad_side(second))
    return bool(near or overlap(first, second) > SAME_FACE_OVERLAP)
