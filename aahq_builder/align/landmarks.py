"""68 landmarks of a face by consensus: the model looks at turned, mirrored and shifted copies, the median is kept.

One look of a regression forest errs by 2 % of the crop and more; the median of many looks errs less, and how far they
disagree tells how much to believe it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Protocol

import numpy as np

from aahq_builder.align.geometry import crop_quad, four_points, quad_side
from aahq_builder.align.looks import Look, render, to_picture

CHIP_PX = 256
BOX_PX = 128
"""Side of the face box in the middle of a chip."""

FIRST_LOOKS = (Look(), Look(mirrored=True), Look(degrees=-8), Look(degrees=8))
LOOKS = tuple(
    Look(degrees=degrees, mirrored=mirrored, zoom=zoom, shift=(0.0, shift))
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
    """Finds 68 points in chips whose middle shows a face box of `BOX_PX`."""

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
    """What several looks agree on."""

    points: np.ndarray
    """[68, 2], px of the picture."""
    quad: np.ndarray
    disagreement: float
    """Median distance of the looks' crops from the agreed crop, in sides of the crop."""


def glimpse(model: LandmarkModel, pixels: np.ndarray, box: FaceBox) -> Landmarks:
    """Rough landmarks of the face in a detector's box; a ValueError if the points make no crop."""
    return _agreed(predict_looks(model, pixels, box, FIRST_LOOKS))


def consensus(model: LandmarkModel, pixels: np.ndarray, box: FaceBox) -> Landmarks:
    """Landmarks of a face that a `glimpse` has put upright and in the middle; a ValueError if they make no crop."""
    return _agreed(predict_looks(model, pixels, box, LOOKS))


def _agreed(sets: np.ndarray) -> Landmarks:
    """The median of the looks [looks, 68, 2]."""
    points = np.median(sets, axis=0)
    quad = crop_quad(four_points(points))
    quads = np.stack([crop_quad(four_points(each)) for each in sets])
    distances = np.linalg.norm(quads - quad, axis=2).mean(axis=1)
    return Landmarks(points, quad, float(np.median(distances)) / quad_side(quad))


def predict_looks(model: LandmarkModel, pixels: np.ndarray, box: FaceBox, looks: Sequence[Look]) -> np.ndarray:
    """Landmarks [looks, 68, 2] in pixels of the picture, as each look gives them; the model sees all looks at once."""
    matrices = [look.matrix(box.centre, box.side * CHIP_PX / BOX_PX, CHIP_PX, box.degrees) for look in looks]
    found = model.predict(np.stack([render(pixels, matrix, CHIP_PX) for matrix in matrices]))
    return np.stack(
        [
            to_picture(points[MIRRORED] if look.mirrored else points, matrix)
            for look, points, matrix in zip(looks, found, matrices, strict=True)
        ]
    )
