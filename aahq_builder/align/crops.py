"""One crop out of a picture's file: decoded as finely as the crop needs, then warped.

Which pixels a crop gets depends on the file, the crop's corners and these settings, and neither on other faces of the
picture nor on what was searched before: whoever has the same file cuts out the same bytes.
"""

import json
from pathlib import Path

import numpy as np

from aahq_builder.align.config import CropSettings
from aahq_builder.align.fast_warp import warp_fast
from aahq_builder.align.geometry import quad_side
from aahq_builder.align.warp import warp_reference
from aahq_builder.images import COARSEST, Picture, colour, decode
from aahq_builder.journal import Journal

SEARCH_PX = 2000
"""Longer side that suffices to find faces and landmarks; no crop is cut from less, either."""


class CropSource:
    """A picture's file, from which crops are cut."""

    def __init__(self, content: bytes | Path, settings: CropSettings) -> None:
        self.content, self.settings = content, settings
        self.warp = warp_fast if settings.mode == "fast" else warp_reference
        self.decoded: dict[int, Picture] = {}

    def picture(self, coarsest: int = COARSEST) -> Picture:
        """The upright picture, a JPEG reduced by `coarsest` at most; `ItemError` if it cannot be read."""
        for asked, known in self.decoded.items():
            if known.reduction <= coarsest <= asked:
                return known
        least_px = SEARCH_PX if self.settings.mode == "fast" else None
        picture = decode(self.content, least_px, colour(self.settings.background), coarsest=coarsest)
        self.decoded[coarsest] = picture
        return picture

    def cut(self, quad: np.ndarray) -> np.ndarray:
        """The crop with these corners [4, 2], px of the original: uint8 [size, size, 3]."""
        picture = self.picture(coarsest_for(quad, self.settings.size))
        return self.warp(picture.pixels, picture.reduced(quad), self.settings.size, padding=self.settings.padding)


def coarsest_for(quad: np.ndarray, size: int) -> int:
    """By how much a JPEG may be reduced so that a crop of `size` px still has a pixel for each of its own."""
    return next((factor for factor in (8, 4, 2) if factor <= COARSEST and quad_side(quad) / factor >= size), 1)


def settings_by_version(journal: Journal) -> dict[str, CropSettings]:
    """How the runs of `align` have cut, by the `align_version` that their rows carry; the latest run comes last."""
    rows = journal.execute(
        "SELECT json_extract(config, '$.align_version'), json_extract(config, '$.crop') FROM runs"
        " WHERE json_extract(config, '$.crop') IS NOT NULL ORDER BY started"
    )
    found: dict[str, CropSettings] = {}
    for version, crop in rows:
        if settings := CropSettings.of_json(json.loads(crop)):
            found.pop(version, None)
            found[version] = settings
    return found
