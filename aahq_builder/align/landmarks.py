"""68 landmarks of a face by consensus: the median of what a model finds in turned, mirrored and shifted copies.

A regression forest errs by 2 % of the crop and more on a single copy. The median over several copies errs less, and how
far the copies disagree tells how much to believe it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Protocol

import numpy as np

from aahq_builder.align.augmentation import AugmentedCopy, render, to_picture
from aahq_builder.align.geometry import crop_quad, four_points, quad_side

CHIP_PX = 256
BOX_PX = 128
"""Side of the face box in the middle of a chip."""

COARSE_AUGMENTATIONS = (
    AugmentedCopy(),
    AugmentedCopy(mirrored=True),
    AugmentedCopy(degrees=-8),
    AugmentedCopy(degrees=8),
)
AUGMENTATIONS = tuple(
    AugmentedCopy(degrees=degrees, mirrored=mirrored, zoom=zoom, shift=(0.0, shift))
    for (degrees, zoom, shift), mirrored in product(
        ((0, 1.0, 0.0), (-6, 0.95, 0.02), (6, 1.05, -0.02), (-3, 1.07, 0.03), (3, 0.93, -0.03)), (False, True)
    )
)

# iBUG points as they are called after a mirror image: point i of the mirrored face is point MIRRORED[i]
MIRRORED = np.array(
    [
        *range(16, -1, -1),
        *range(26, 16, -1),
        *range(27, 31),
        *range(35, 30, -1),
        *(45, 44, 43, 42, 47, 46),
        *(39, 38, 37, 36, 41, 40),
        *range(54, 47, -1),
        *range(59, 54, -1),
        *range(64, 59, -1),
        *range(67, 64, -1),
    ]
)


class LandmarkModel(Protocol):
    """Finds 68 points in chips, which are square copies with the face box, `BOX_PX` wide, in the middle."""

    name: str

    def predict(self, chips: np.ndarray) -> np.ndarray:
        """Points [N, 68, 2] in pixels of the chips, uint8 RGB [N, `CHIP_PX`, `CHIP_PX`, 3]."""
        ...


class DlibShapePredictor:
    """dlib's regression forest."""

    def __init__(self, path: Path, name: str) -> None:
        import dlib

        self.name = name
        self.predictor = dlib.shape_predictor(str(path))
        edge = (CHIP_PX - BOX_PX) // 2
        self.box = dlib.rectangle(edge, edge, edge + BOX_PX - 1, edge + BOX_PX - 1)

    def predict(self, chips: np.ndarray) -> np.ndarray:
        """Points [N, 68, 2], one chip after the other."""
        found = [self.predictor(chip, self.box).parts() for chip in chips]
        return np.array([[(part.x, part.y) for part in parts] for parts in found], dtype=float)


@dataclass(frozen=True)
class FaceBox:
    """Where a face is thought to be: an oriented square from the brows to the chin."""

    centre: np.ndarray
    side: float
    degrees: float

    @classmethod
    def of_quad(cls, quad: np.ndarray) -> "FaceBox":
        """The box that dlib's detector gives, in the median, to a face with this crop."""
        side = quad_side(quad)
        right, down = (quad[3] - quad[0]) / side, (quad[1] - quad[0]) / side
        degrees = float(np.degrees(np.arctan2(right[1], right[0])))
        return cls(quad.mean(axis=0) + 0.085 * side * down, 0.585 * side, degrees)


@dataclass(frozen=True)
class Landmarks:
    """The median over several augmented copies."""

    points: np.ndarray
    """[68, 2], px of the picture."""
    quad: np.ndarray
    disagreement: float
    """Median distance of the single copies' crops from the agreed crop, in sides of the crop."""


def coarse_landmarks(model: LandmarkModel, pixels: np.ndarray, box: FaceBox) -> Landmarks:
    """Landmarks of the face in a detector's box, from four copies; ValueError if the points make no crop."""
    return _agreed(predict_augmented(model, pixels, box, COARSE_AUGMENTATIONS))


def consensus(model: LandmarkModel, pixels: np.ndarray, box: FaceBox) -> Landmarks:
    """Landmarks of a face whose box `coarse_landmarks` has centred and turned upright, from ten copies."""
    return _agreed(predict_augmented(model, pixels, box, AUGMENTATIONS))


def _agreed(sets: np.ndarray) -> Landmarks:
    """The median of landmarks from several copies [copies, 68, 2]."""
    points = np.median(sets, axis=0)
    quad = crop_quad(four_points(points))
    quads = np.stack([crop_quad(four_points(each)) for each in sets])
    distances = np.linalg.norm(quads - quad, axis=2).mean(axis=1)
    return Landmarks(points, quad, float(np.median(distances)) / quad_side(quad))


def predict_augmented(
    model: LandmarkModel, pixels: np.ndarray, box: FaceBox, augmentations: Sequence[AugmentedCopy]
) -> np.ndarray:
    """Landmarks [copies, 68, 2] in pixels of the picture, as found in each copy; the model gets all at once."""
    side = box.side * CHIP_PX / BOX_PX
    matrices = [augmentation.matrix(box.centre, side, CHIP_PX, box.degrees) for augmentation in augmentations]
    found = model.predict(np.stack([render(pixels, matrix, CHIP_PX) for matrix in matrices]))
    return np.stack(
        [
            to_picture(points[MIRRORED] if augmentation.mirrored else points, matrix)
            for augmentation, points, matrix in zip(augmentations, found, matrices, strict=True)
        ]
    )
