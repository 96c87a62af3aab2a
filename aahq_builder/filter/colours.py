"""Whether two registered pictures have the same colours, the same after one change to the whole, or neither.

A copy may be recoloured as a whole (grey, sepia, another white balance or hue); then one map of colours takes one
picture to the other everywhere. Another hair, skin or dress on the same drawing changes some regions and leaves others
alone. So what remains different after registration, and after the best map, is looked at region by region.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from aahq_builder.filter.colour_maps import ColourMap, fit_affine, fit_toned, fit_turn
from aahq_builder.filter.sketch import COLOURS_PX, GRADIENT_PX

REGION_PX = 8
"""Side of a region, of 64 px; regions overlap, so that none cuts a small change in two."""
CELLS_PX = 16
"""Maps are fitted to the colours of 16 x 16 cells."""
MIN_INSIDE = 0.95
"""Share of a cell that both pictures must cover for it to count."""
MIN_CELLS = 64
SAME, MAPPED = 16.0, 14.0
"""Largest residual of a region, of 255, between equal colours; between equal colours after a map."""
MAX_MEAN_ERROR = 0.04
"""Of a map, on the cells: beyond it no region is looked at."""
UNCHANGED, UNCHANGED_SHARE = 2.0, 0.04
"""A cell is unchanged if no channel differs by more than this and this share of the strongest channel."""
CHROMATIC, CHROMATIC_SHARE = 6.0, 0.08
"""Least difference of the strongest and the weakest channel of a cell with a hue, and share of the strongest."""
MAX_UNCHANGED_CHROMATIC = 0.15
"""Share of unchanged cells among those with a hue: if the whole was recoloured, hardly any is."""

Family = Callable[[np.ndarray, np.ndarray, np.ndarray], ColourMap | None]
FAMILIES: tuple[Family, ...] = (fit_toned, fit_affine, fit_turn)
EVERYWHERE = np.ones((GRADIENT_PX, GRADIENT_PX), np.float32)


@dataclass(frozen=True)
class RegisteredColours:
    """Colours of two registered pictures on the first one's pixels."""

    first: np.ndarray
    second: np.ndarray
    """uint8 [64, 64, 3]."""
    inside: np.ndarray
    """bool [64, 64]: what both pictures cover."""

    @classmethod
    def of(
        cls,
        first: np.ndarray,
        second: np.ndarray,
        transform: np.ndarray,
        drawn: tuple[np.ndarray, np.ndarray] = (EVERYWHERE, EVERYWHERE),
    ) -> "RegisteredColours":
        """From the colours of two sketches uint8 [32, 32, 3] and the transform [2, 3] of their gradients' pixels.

        `drawn` (float32 [64, 64] each) is 1 where the picture itself is seen and 0 in the padding of a face.
        """
        size, flags = (GRADIENT_PX, GRADIENT_PX), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        warped = cv2.warpAffine(_enlarged(second), transform, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        covered = cv2.warpAffine(drawn[1], transform, size, flags=flags) * drawn[0] > 0.99
        # the outermost pixels know their surroundings on one side alone
        inside = cv2.erode(covered.astype(np.uint8), _BORDER, borderType=cv2.BORDER_CONSTANT, borderValue=0)
        return cls(_enlarged(first), warped, inside.astype(bool))

    def reversed(self) -> "RegisteredColours":
        """The second picture's colours first."""
        return RegisteredColours(self.second, self.first, self.inside)

    def mapped(self, colour_map: ColourMap) -> "RegisteredColours":
        """The first picture's colours after a map."""
        return RegisteredColours(colour_map.apply(self.first), self.second, self.inside)

    def difference(self) -> float:
        """Mean absolute difference inside, of 255."""
        return float(cv2.absdiff(self.first, self.second)[self.inside].mean()) if self.inside.any() else 255.0

    def residual(self) -> float:
        """Largest mean of a region, of 255, of how far either picture's colours lie outside the other's around."""
        pair = (self.first, self.second)
        outside = (_distance_to_neighbourhood(*each) * self.inside for each in (pair, pair[::-1]))
        region = (REGION_PX, REGION_PX)
        return max(float(cv2.boxFilter(each, cv2.CV_32F, region).max()) for each in outside)

    def cells(self) -> tuple[np.ndarray, np.ndarray]:
        """Colours [N, 3] of the cells inside, of the first and of the second picture."""
        inside = _cells(self.inside.astype(np.float32)) >= MIN_INSIDE
        return _cells(self.first)[inside].astype(float), _cells(self.second)[inside].astype(float)


def colour_relation(face: RegisteredColours, work: RegisteredColours, families: Sequence[Family] = FAMILIES) -> str:
    """`same`, `mapped` (the whole was recoloured) or `changed` (regions were coloured or drawn anew).

    Maps are sought in `families`.
    """
    if min(len(face.cells()[0]), len(work.cells()[0])) < MIN_CELLS:
        return "changed"
    if max(face.residual(), work.residual()) < SAME:
        return "same"
    if max(unchanged_chromatic(*part.cells()) for part in (face, work)) > MAX_UNCHANGED_CHROMATIC:
        return "changed"
    # what a conversion to grey takes away, no map brings back: it is sought in both directions
    both_ways = ((face, work), (face.reversed(), work.reversed()))
    fits = any(_one_map_fits(fit(*samples(parts)), parts) for fit in families for parts in both_ways)
    return "mapped" if fits else "changed"


def unchanged_chromatic(first: np.ndarray, second: np.ndarray) -> float:
    """Share of unchanged cells among those of the colours [N, 3] that have a hue in either picture."""
    strongest = np.maximum(first.max(axis=1), second.max(axis=1))
    unchanged = np.abs(first - second).max(axis=1) < UNCHANGED + UNCHANGED_SHARE * strongest
    chromatic = np.zeros(len(first), bool)
    for colours in (first, second):
        chromatic |= np.ptp(colours, axis=1) > CHROMATIC + CHROMATIC_SHARE * colours.max(axis=1)
    # single cells of an eye or a jewel do not count
    return float((unchanged & chromatic).sum()) / max(int(chromatic.sum()), 10)


def samples(parts: Sequence[RegisteredColours]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colours [N, 3] in [0, 1] before and after the map that is sought, and weights [N]: each part counts the same."""
    cells = [part.cells() for part in parts]
    weights = [np.full(len(first), 1.0 / max(len(first), 1)) for first, _ in cells]
    first, second = (np.concatenate(each) / 255.0 for each in zip(*cells, strict=True))
    return first, second, np.concatenate(weights)


def _one_map_fits(colour_map: ColourMap | None, parts: Sequence[RegisteredColours]) -> bool:
    if colour_map is None or colour_map.error > MAX_MEAN_ERROR:
        return False
    return all(part.mapped(colour_map).residual() < MAPPED for part in parts)


_NEIGHBOURHOOD, _BORDER = np.ones((3, 3), np.uint8), np.ones((5, 5), np.uint8)


def _distance_to_neighbourhood(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How far each colour lies outside the range of the second's 3 x 3 pixels around: edges may be a pixel off."""
    lowest, highest = cv2.erode(second, _NEIGHBOURHOOD), cv2.dilate(second, _NEIGHBOURHOOD)
    outside = cv2.max(cv2.subtract(lowest, first), cv2.subtract(first, highest))  # uint8: no less than 0
    return np.asarray(cv2.max(cv2.max(outside[..., 0], outside[..., 1]), outside[..., 2]))


def _enlarged(colours: np.ndarray) -> np.ndarray:
    """To the size of the gradients, so that one transform serves both."""
    assert colours.shape[0] == COLOURS_PX
    return cv2.resize(colours, (GRADIENT_PX, GRADIENT_PX), interpolation=cv2.INTER_CUBIC)


def _cells(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, (CELLS_PX, CELLS_PX), interpolation=cv2.INTER_AREA)
