"""Faces of a picture: proposals at a low threshold, landmarks by consensus, and a confidence by verification.

A detector's box alone means little on art: at the threshold where most faces are found, one box in six is wrong. So
every proposal is verified: two detectors are run on augmented copies of it, and the landmarks found in several copies
must agree. A logistic regression turns these scores into the probability that it is a face.

Cheap steps come first and often settle the matter: a coarse search of a small copy before the searches of large ones,
HOG before the network, landmarks from four copies before those from ten more.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aahq_builder.align.confidence import DEFAULT_BOUND, confidence, supported
from aahq_builder.align.geometry import (
    four_points,
    impossible,
    overlap,
    quad_side,
    roll_degrees,
    yaw_proxy,
)
from aahq_builder.align.landmark_verification import LandmarkVerifier
from aahq_builder.align.landmarks import FaceBox, LandmarkModel, Landmarks, coarse_landmarks, consensus
from aahq_builder.align.search import Proposal, Search, propose, same_place
from aahq_builder.align.verification import DlibVerifier

MIN_HOG = -1.0
"""Proposals of HOG with a lower mean score in verification are dropped before the slow network is asked."""
CERTAIN_HOG = 0.5
"""With this mean score or more the network is not asked: nothing but faces ever scored as much."""
PORTRAIT_SHARE = 0.2
"""Side of a believed crop, in longer sides of the picture, from which on no smaller faces are searched for.

The coarse search finds faces of this size, so that portraits take no longer for the sake of groups.
"""
COARSEST_FINE_PX = 780
"""Smaller copies would show no more than those of the coarse search."""
MIN_CONFIDENCE = 0.05
"""Proposals below are not recorded: nobody would want to see them."""
SAME_FACE_OVERLAP = 0.5
SAME_FACE_DISTANCE = 0.25
"""Of the centres, in sides of the larger crop. Two heads side by side have crops that overlap by a third."""


@dataclass(frozen=True)
class Bounds:
    """When a proposal is dropped."""

    coarse: float = math.inf
    """How far landmarks from the first four copies may lie apart, in sides of the crop."""
    consensus: float = math.inf
    """The same of the ten copies that follow."""
    confidence: float = 0.0
    """Least confidence of a face."""


ANY = Bounds()
FURTHER = Bounds(coarse=0.055, consensus=0.045)
"""For a face beside one that is believed: of clear ones, none has more than the first and one in seventy the second."""
SMALL = Bounds(coarse=0.055, confidence=0.3)
"""For the proposals of the fine search, of which half are none: there are too many to record the doubtful ones."""


@dataclass(frozen=True)
class FoundFace:
    """A face, before it becomes a row."""

    detector: str
    """Name of the detector that proposed it first."""
    confidence: float
    landmarks: np.ndarray
    """[68, 2], px of the picture."""
    quad: np.ndarray
    """[4, 2], px: the corners of its crop."""
    scores: Mapping[str, float]
    """What verification measured, by the names that scores have in the journal."""


@dataclass(frozen=True)
class FaceFinder:
    """Searches, verifiers and a landmark model, loaded once and used for picture after picture."""

    landmark_model: LandmarkModel
    dlib_verifier: DlibVerifier
    stages: Sequence[Sequence[Search]]
    """Each for pictures in which the ones before found no face to believe."""
    always: Sequence[Search] = ()
    """Searches that follow in every picture, for what the stages have missed."""
    fine: Search | None = None
    """Search at the picture's own resolution, for the small faces of pictures without a large one."""
    landmark_verifiers: Sequence[LandmarkVerifier] = ()
    """Further models that verify every face."""

    def find(self, pixels: np.ndarray) -> list[FoundFace]:
        """Faces of an upright uint8 RGB picture [H, W, 3], the largest first."""
        faces: list[FoundFace] = []
        for searches in self.stages:
            faces += self._new_faces(pixels, searches, faces)
            if any(face.confidence >= DEFAULT_BOUND for face in faces):
                break
        faces += self._new_faces(pixels, self._fine_search(pixels, faces), faces, SMALL)
        faces += self._new_faces(pixels, self.always, faces)
        worth_recording = without_repeats([face for face in faces if face.confidence >= MIN_CONFIDENCE])
        return sorted(worth_recording, key=lambda face: (-quad_side(face.quad), *face.quad[0]))

    def _fine_search(self, pixels: np.ndarray, known: Sequence[FoundFace]) -> list[Search]:
        """The search for small faces, where no believed face is large and the picture has the pixels for it."""
        believed = [quad_side(face.quad) for face in known if face.confidence >= DEFAULT_BOUND]
        if self.fine is None or max(believed, default=0) >= PORTRAIT_SHARE * max(pixels.shape[:2]):
            return []
        search = self.fine.at_own_resolution(pixels, COARSEST_FINE_PX)
        return [search] if search else []

    def _new_faces(
        self, pixels: np.ndarray, searches: Sequence[Search], known: Sequence[FoundFace], bounds: Bounds | None = None
    ) -> list[FoundFace]:
        """What searches propose and verification does not refuse, beside the faces that are known.

        Without `bounds`, a picture may have one face with any disagreement of landmarks. Further ones are rare, so they
        must be clear.
        """
        faces = list(known)
        for proposal in propose(pixels, searches):
            alone = all(face.confidence < DEFAULT_BOUND for face in faces)
            is_settled = any(_settled(proposal.box, face) for face in faces)
            if not is_settled and (face := self.verify(pixels, proposal, bounds or (ANY if alone else FURTHER))):
                faces.append(face)
        return faces[len(known) :]

    def verify(self, pixels: np.ndarray, proposal: Proposal, bounds: Bounds = ANY) -> FoundFace | None:
        """Landmarks and confidence of a proposal; None if it cannot be a face, or lies out of `bounds`.

        Those of disagreement hold for proposals of HOG that no further model verifies.
        """
        try:
            seen = self._landmarks_and_hog(pixels, proposal, bounds)
        except ValueError:
            return None
        if seen is None:
            return None
        landmarks, scores = seen
        height, width = pixels.shape[:2]
        points = four_points(landmarks.points)
        if impossible(points, width, height):
            return None
        if scores["hog"] < CERTAIN_HOG:
            scores |= self.dlib_verifier.mmod_score(pixels, FaceBox.of_quad(landmarks.quad))
        scores |= {
            "landmark_disagreement": landmarks.disagreement,
            "yaw": yaw_proxy(landmarks.points),
            "roll": roll_degrees(points),
        }
        for verifier in self.landmark_verifiers:
            scores |= verifier.scores(pixels, landmarks.quad)
        rounded = {name: round(value, 4) for name, value in scores.items()}
        sure = supported(confidence(rounded), [verifier.support(rounded) for verifier in self.landmark_verifiers])
        face = FoundFace(proposal.detector, sure, landmarks.points, landmarks.quad, rounded)
        return face if sure >= bounds.confidence else None

    def _landmarks_and_hog(
        self, pixels: np.ndarray, proposal: Proposal, bounds: Bounds
    ) -> tuple[Landmarks, dict[str, float]] | None:
        """Landmarks and scores of HOG, or None as soon as either speaks against a proposal of HOG."""
        of_hog = proposal.detector == "dlib" and not self.landmark_verifiers
        bounds = bounds if of_hog else ANY
        coarse = coarse_landmarks(self.landmark_model, pixels, proposal.box)
        if coarse.disagreement > bounds.coarse:
            return None
        box = FaceBox.of_quad(coarse.quad)
        landmarks = consensus(self.landmark_model, pixels, box) if bounds.consensus < math.inf else None
        if landmarks and landmarks.disagreement > bounds.consensus:
            return None
        scores = self.dlib_verifier.hog_scores(pixels, box)
        if of_hog and scores["hog"] < MIN_HOG:
            return None
        return landmarks or consensus(self.landmark_model, pixels, box), scores


def _settled(box: FaceBox, face: FoundFace) -> bool:
    """Whether a proposal is a face that is believed already, or lies too close to one to be another."""
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
