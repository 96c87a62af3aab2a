"""Whether two registered pictures have the same colours, the same after one change to the whole, or neither.

A copy may be recoloured as a whole (another hue, saturation, brightness); then one map of colours takes the copy to the
original everywhere. Another hair, skin or dress on the same drawing changes some regions and leaves others alone. So
colours are compared region by region, once as they are and once through the best map.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from aahq_builder.filter.sketch import COLOURS_PX, GRADIENT_PX

CELLS_PX, REGIONS = 16, 4
"""Colours are compared on 16 x 16 cells, and their differences averaged in 4 x 4 regions."""
MIN_INSIDE = 0.95
"""Share of a cell that both pictures must cover for it to count."""
MIN_CELLS = 64
SAME_FACE, SAME_WORK = 7.0, 5.0
"""Largest difference of a region, of 255, between equal colours. Faces are registered less exactly than artworks."""
MIN_UNCHANGED_FACE, MIN_UNCHANGED_WORK = 0.5, 0.82
"""Least shares of unchanged cells between equal colours: a tanned skin differs little from a pale one, but all over."""
MAPPED_FACE, MAPPED_WORK = 9.0, 20.0
"""The same after the best map. A change of hue is not linear, which shows most in large even grounds."""
MAX_EXPANSION = 2.3
"""Largest factor by which a map may spread colours. Separate changes of hair, skin and dress need wilder maps."""
UNCHANGED = 10.0
"""Largest difference, in any channel, of a cell whose colour did not change."""
MAX_UNCHANGED, MAX_UNCHANGED_CHROMATIC = 0.6, 0.1
"""Shares of unchanged cells, and of unchanged cells among those with a hue: if the whole was recoloured, few are."""
CHROMATIC = 24.0
"""Least difference of the largest and the smallest channel of a cell with a hue."""
MAP_STEPS, MAP_TOLERANCE, MAP_DAMPING = 6, 3.0, 200.0


@dataclass(frozen=True)
class RegisteredColours:
    """Colours of two registered pictures on the first one's cells."""

    first: np.ndarray
    second: np.ndarray
    """float32 [16, 16, 3], 0 to 255."""
    inside: np.ndarray
    """bool [16, 16]: cells that both pictures cover."""

    @classmethod
    def of(cls, first: np.ndarray, second: np.ndarray, transform: np.ndarray) -> "RegisteredColours":
        """From the colours of two sketches uint8 [24, 24, 3] and the transform [2, 3] of their gradients' pixels."""
        size, flags = (GRADIENT_PX, GRADIENT_PX), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        warped = cv2.warpAffine(_enlarged(second), transform, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        covered = cv2.warpAffine(np.ones(size, np.float32), transform, size, flags=flags)
        return cls(_cells(_enlarged(first)), _cells(warped), _cells(covered) >= MIN_INSIDE)

    def reversed(self) -> "RegisteredColours":
        """The second picture's colours first."""
        return RegisteredColours(self.second, self.first, self.inside)

    def difference(self) -> float:
        """Mean absolute difference inside, of 255."""
        return float(np.abs(self.first - self.second)[self.inside].mean()) if self.inside.any() else 255.0

    def worst_region(self, colour_map: np.ndarray | None = None) -> float:
        """Largest mean difference of a region, of 255, after the second picture's colours went through the map."""
        second = self.second if colour_map is None else apply_map(colour_map, self.second)
        side = CELLS_PX // REGIONS
        blocks = (REGIONS, side, REGIONS, side)
        difference = (_distance_to_neighbourhood(self.first, second) * self.inside).reshape(blocks).sum(axis=(1, 3))
        cells = self.inside.reshape(blocks).sum(axis=(1, 3))
        return float(np.where(cells >= side * side / 2, difference / np.maximum(cells, 1), 0.0).max())

    def unchanged(self) -> np.ndarray:
        """bool [16, 16]: cells inside whose colour is the same in both."""
        return np.asarray((np.abs(self.first - self.second).max(axis=2) < UNCHANGED) & self.inside)

    def unchanged_share(self) -> float:
        """Share of the cells inside whose colour is the same in both."""
        return float(self.unchanged().sum()) / max(int(self.inside.sum()), 1)

    def chromatic(self) -> np.ndarray:
        """bool [16, 16]: cells inside that have a hue in the first picture."""
        return np.asarray((np.ptp(self.first, axis=2) > CHROMATIC) & self.inside)


def colour_relation(face: RegisteredColours, work: RegisteredColours) -> str:
    """`same`, `mapped` (the whole was recoloured) or `changed` (regions were coloured or drawn anew)."""
    if min(face.inside.sum(), work.inside.sum()) < MIN_CELLS:
        return "changed"
    unchanged = face.unchanged_share() >= MIN_UNCHANGED_FACE and work.unchanged_share() >= MIN_UNCHANGED_WORK
    if unchanged and face.worst_region() < SAME_FACE and work.worst_region() < SAME_WORK:
        return "same"
    if work.unchanged_share() > MAX_UNCHANGED:
        return "changed"
    for part in (face, work):
        # single cells of an eye or a jewel do not count
        if (part.unchanged() & part.chromatic()).sum() > MAX_UNCHANGED_CHROMATIC * max(part.chromatic().sum(), 10):
            return "changed"
    # a map that takes away saturation is tame in one direction and wild in the other
    both_ways = ((face, work), (face.reversed(), work.reversed()))
    return "mapped" if any(_one_map_fits(*parts) for parts in both_ways) else "changed"


def fit_map(parts: Sequence[RegisteredColours]) -> np.ndarray:
    """The affine map [4, 3] of colours (r, g, b, 128) that takes the second pictures closest to the first ones.

    Least absolute differences by reweighting, so that a region that was coloured anew does not bend the map.
    """
    source = np.concatenate([_with_constant(part.second[part.inside]) for part in parts])
    target = np.concatenate([part.first[part.inside] for part in parts]).astype(float)
    # every picture counts the same, however many of its cells are covered
    share = np.concatenate([np.full(part.inside.sum(), CELLS_PX**2 / max(part.inside.sum(), 1)) for part in parts])
    weight = share
    for _ in range(MAP_STEPS):
        weighted = source * weight[:, None]
        colour_map = np.linalg.solve(weighted.T @ source + MAP_DAMPING * np.eye(4), weighted.T @ target)
        residual = np.abs(source @ colour_map - target).max(axis=1)
        weight = share / np.maximum(residual, MAP_TOLERANCE)
    return np.asarray(colour_map)


def apply_map(colour_map: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Colours [..., 3] after an affine map [4, 3]."""
    mapped = _with_constant(colours.reshape(-1, 3)) @ colour_map
    return np.asarray(mapped.reshape(colours.shape), dtype=np.float32)


def _one_map_fits(face: RegisteredColours, work: RegisteredColours) -> bool:
    colour_map = fit_map((face, work))
    if np.linalg.norm(colour_map[:3], 2) > MAX_EXPANSION:
        return False
    return face.worst_region(colour_map) < MAPPED_FACE and work.worst_region(colour_map) < MAPPED_WORK


def _with_constant(colours: np.ndarray) -> np.ndarray:
    return np.column_stack([colours.astype(float), np.full(len(colours), 128.0)])


def _distance_to_neighbourhood(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How far each colour lies outside the range of the second's 3 x 3 cells around: edges may be a cell off."""
    kernel = np.ones((3, 3), np.uint8)
    lowest, highest = cv2.erode(second, kernel), cv2.dilate(second, kernel)
    return np.asarray(np.maximum(np.maximum(lowest - first, first - highest), 0.0).max(axis=2))


def _enlarged(colours: np.ndarray) -> np.ndarray:
    """To the size of the gradients, so that one transform serves both."""
    assert colours.shape[0] == COLOURS_PX
    return cv2.resize(colours.astype(np.float32), (GRADIENT_PX, GRADIENT_PX), interpolation=cv2.INTER_CUBIC)


def _cells(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, (CELLS_PX, CELLS_PX), interpolation=cv2.INTER_AREA)
