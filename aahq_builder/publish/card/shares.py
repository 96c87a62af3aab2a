"""What a release holds much of and little of: sources, centuries, artists, greyscale, and places on the style map."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from aahq_builder.publish.card.summary import SummedRow
from blendgan.counting import Count

YEAR = re.compile(r"(?<!\d)(1\d{3}|20\d{2})(?!\d)")
CENTURY = re.compile(
    r"(?<!\d)(1\d|2[01])\s*(?:st|nd|rd|th|e|de|\.)?\s*(?:century|c\.|eeuw|århundrede|jahrhundert)", re.I
)
UNDATED = "no date"
EARLY = "before 1400"
FIRST_CENTURY = 15
"""Earlier ones are one group."""
GREY_SATURATION = 0.04
"""Mean chroma below which a face looks greyscale: ink, pencil, prints."""
MAP_CELLS = 20
"""The style map is counted in so many cells along each side."""
FREQUENT_ARTISTS = 10


@dataclass(frozen=True)
class MapSpread:
    """How evenly faces lie on the style map."""

    cells: int
    """Cells that hold a face."""
    crowded: int
    """The fewest cells that hold half of the faces."""


def century_of(date: str | None) -> int | None:
    """The century of a work from what its museum wrote: 'c. 1665', '1650-60', '17th century'; None if it tells none.

    Of several years the first counts.
    """
    if found := YEAR.search(date or ""):
        return int(found[1]) // 100 + 1
    return int(found[1]) if (found := CENTURY.search(date or "")) else None


def centuries(rows: Iterable[SummedRow]) -> list[Count]:
    """Faces by the century of their artwork, in order of time; those without a date come last."""
    counted = Counter(century_of(row.date) for row in rows)
    undated = counted.pop(None, 0)
    early = sum(count for century, count in counted.items() if century is not None and century < FIRST_CENTURY)
    named = [
        (EARLY, early),
        *((f"{century}th" if century != 21 else "21st", counted[century]) for century in _late(counted)),
    ]
    return [(name, count) for name, count in [*named, (UNDATED, undated)] if count]


def _late(counted: Mapping[int | None, int]) -> list[int]:
    return sorted(century for century in counted if century is not None and century >= FIRST_CENTURY)


def share_of_frequent_artists(rows: Sequence[SummedRow]) -> float:
    """The share of faces by the most frequent artists, in [0, 1]."""
    named = Counter(row.artist for row in rows if row.artist)
    return sum(count for _, count in named.most_common(FREQUENT_ARTISTS)) / max(1, len(rows))


def share_of_grey(saturations: Sequence[float]) -> float | None:
    """The share of measured faces that look greyscale; None if none was measured."""
    return float(np.mean(np.array(saturations) < GREY_SATURATION)) if saturations else None


def map_spread(positions: Float[np.ndarray, "faces 2"]) -> MapSpread | None:
    """How many cells of the style map hold faces, and how few hold half of them; None without a map."""
    if not len(positions):
        return None
    low, extent = positions.min(axis=0), np.ptp(positions, axis=0).max() or 1.0
    cells = np.minimum((positions - low) / extent * MAP_CELLS, MAP_CELLS - 1).astype(int)
    counts = np.sort(np.unique(cells, axis=0, return_counts=True)[1])[::-1]
    return MapSpread(len(counts), int(np.searchsorted(np.cumsum(counts), len(positions) / 2)) + 1)
