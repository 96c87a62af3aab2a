"""Searching a picture for places that may be faces: which detector is run on which augmented copies of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from aahq_builder.align.augmentation import AugmentedCopy, render, to_picture
from aahq_builder.align.detectors import Detection, Detector
from aahq_builder.align.landmarks import FaceBox

FRAME = 1.05
"""Side of the copies, in longer sides of the picture: a little margin, because faces touch the edges."""
UPRIGHT = (AugmentedCopy(), AugmentedCopy(zoom=0.91, mirrored=True))
TURNED = tuple(AugmentedCopy(degrees=degrees) for degrees in (-30, -15, 15, 30))


@dataclass(frozen=True)
class Search:
    """A detector and the copies of a picture that it is run on."""

    detector: Detector
    augmentations: Sequence[AugmentedCopy]
    side_px: int
    """Side of the copies; the whole picture fits into each."""
    stretched: bool = False
    """Raise the local contrast first, for dark pictures."""
    trimmed: bool = False
    """Leave out of the square copies what lies beyond the shorter sides of the picture."""

    def at_own_resolution(self, pixels: np.ndarray, coarsest_px: int) -> "Search | None":
        """The same on copies no larger than the picture itself; None if they would be smaller than `coarsest_px`."""
        own_px = round(FRAME * max(pixels.shape[:2]))
        return replace(self, side_px=min(self.side_px, own_px)) if own_px >= coarsest_px else None


@dataclass(frozen=True)
class Proposal:
    """Where a detector has found a face in some copy."""

    detector: str
    box: FaceBox
    score: float


def propose(pixels: np.ndarray, searches: Sequence[Search]) -> list[Proposal]:
    """Places worth verifying; of several proposals for one place the first, which is the one with the highest score."""
    best: list[Proposal] = []
    for search in searches:
        for proposal in _search(pixels, search):
            if not any(same_place(proposal.box, other.box) for other in best):
                best.append(proposal)
    return best


def _search(pixels: np.ndarray, search: Search) -> list[Proposal]:
    height, width = pixels.shape[:2]
    middle = np.array([width - 1, height - 1]) / 2
    proposals = []
    for augmentation in search.augmentations:
        matrix = augmentation.matrix(middle, FRAME * max(width, height), search.side_px)
        copy = render(pixels, matrix, search.side_px)
        if search.trimmed:
            copy, matrix = _trimmed(copy, matrix, (width, height))
        for detection in search.detector.detect(_stretched(copy) if search.stretched else copy):
            proposals.append(
                Proposal(search.detector.name, _face_box(detection, augmentation, matrix), detection.score)
            )
    return sorted(proposals, key=lambda proposal: -proposal.score)


def _trimmed(copy: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The part of an upright copy that shows a picture of this (width, height) and the margin, and the map to it."""
    side = len(copy)
    margin = (FRAME - 1) * max(size)
    parts = [round(side * (1 - (length + margin) / (FRAME * max(size))) / 2) for length in size]
    left, top = parts
    moved = matrix - np.array([[0, 0, left], [0, 0, top]])
    return np.ascontiguousarray(copy[top : side - top, left : side - left]), moved


def _stretched(pixels: np.ndarray) -> np.ndarray:
    lightness, *colour = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB))
    equalised = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(lightness)
    stretched: np.ndarray = cv2.cvtColor(cv2.merge([equalised, *colour]), cv2.COLOR_LAB2RGB)
    return stretched


def _face_box(detection: Detection, augmentation: AugmentedCopy, matrix: np.ndarray) -> FaceBox:
    side = detection.side / np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    degrees = augmentation.degrees if augmentation.mirrored else -augmentation.degrees
    return FaceBox(to_picture(detection.centre[None], matrix)[0], float(side), degrees)


def same_place(first: FaceBox, second: FaceBox) -> bool:
    """Whether two boxes mean the same face."""
    near = np.hypot(*(first.centre - second.centre)) < 0.35 * max(first.side, second.side)
    return bool(near and 0.6 < first.side / second.side < 1 / 0.6)
