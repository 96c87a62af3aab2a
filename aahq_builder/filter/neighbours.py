"""Likely copies among up to a million descriptors: all pairs that are alike as they are or mirrored.

Mirroring splits a descriptor d into an even part (d + mirrored d) and an odd part (d - mirrored d). The likeness of two
descriptors is then `even . even + odd . odd`, that of one and the mirror of the other `even . even - odd . odd`, so one
product of each kind answers both questions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aahq_builder.filter.sketch import DESCRIPTOR_BYTES, mirror_descriptor

BLOCK = 1024
"""Rows compared at once: with 33,000 faces a block of likenesses takes 135 MB."""
EXACT_UP_TO = 60_000
"""Larger sets are divided around pivots first; every pair of a smaller one is compared."""
NEAREST_PIVOTS = 4
"""Parts to which each descriptor belongs; two copies meet if they share one."""
PART = 2000
"""Descriptors per part, about."""


AVERAGE_WEIGHT = 1000
"""Faces from which the set's own average counts more than that of portraits at large."""


def average_of(descriptors: np.ndarray, at_large: np.ndarray) -> np.ndarray:
    """What all pictures of a set have in common, [4, 4, 8]; of a small set, what portraits at large have.

    In the average of other art all pictures of a set would look alike: on 6,000 drawn patterns that took 20 times as
    many pairs for likely copies.
    """
    total = descriptors.sum(axis=0, dtype=np.float64) + AVERAGE_WEIGHT * at_large
    return np.asarray(total / (len(descriptors) + AVERAGE_WEIGHT), dtype=np.float32)


@dataclass(frozen=True)
class Candidate:
    """Two rows that may be copies."""

    first: int
    second: int
    likeness: float
    mirrored: bool
    """Whether one is like the mirror of the other."""


@dataclass(frozen=True)
class Index:
    """Descriptors in even and odd parts, float32 [N, 64] each, centred on the average picture, of unit length."""

    even: np.ndarray
    odd: np.ndarray

    @classmethod
    def of(cls, descriptors: np.ndarray, average: np.ndarray) -> "Index":
        """From uint8 [N, 4, 4, 8] and the average descriptor [4, 4, 8], which is even: it has no odd part."""
        half = descriptors.shape[2] // 2
        centre = (average + mirror_descriptor(average)).astype(np.float32) / 2
        even, odd = (np.empty((len(descriptors), DESCRIPTOR_BYTES // 2), np.float32) for _ in range(2))
        for start in range(0, len(descriptors), BLOCK):  # a million at once would take 2 GB more
            rows = slice(start, start + BLOCK)
            values = descriptors[rows].astype(np.float32) - centre
            mirror = mirror_descriptor(values)
            even[rows] = (values + mirror)[:, :, :half].reshape(len(values), -1)
            odd[rows] = (values - mirror)[:, :, :half].reshape(len(values), -1)
            length = np.sqrt((even[rows] ** 2).sum(axis=1) + (odd[rows] ** 2).sum(axis=1))[:, None] + 1e-6
            even[rows] /= length
            odd[rows] /= length
        return cls(even, odd)

    def __len__(self) -> int:
        return len(self.even)

    def first(self, count: int) -> "Index":
        """The first `count` rows."""
        return Index(self.even[:count], self.odd[:count])

    def likeness(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Even and odd products [rows, columns]; the likeness, whichever way round, is `even + |odd|`."""
        return self.even[rows] @ self.even[columns].T, self.odd[rows] @ self.odd[columns].T


def candidates(
    index: Index, least: float, new_from: int = 0, exact_up_to: int = EXACT_UP_TO
) -> dict[tuple[int, int], Candidate]:
    """Pairs of a likeness of `least` or more of which the second row is new: `new_from` or later."""
    everything = np.arange(len(index))
    found: dict[tuple[int, int], Candidate] = {}
    for part in [everything] if len(index) <= exact_up_to else parts(index):
        for candidate in _pairs_within(index, part, least, new_from):
            found[candidate.first, candidate.second] = candidate
    return found


def parts(index: Index) -> Iterator[np.ndarray]:
    """Overlapping parts of the set: each row goes to its nearest pivots, and pivots are rows at even distances."""
    count = max(NEAREST_PIVOTS, NEAREST_PIVOTS * len(index) // PART)
    pivots = np.linspace(0, len(index) - 1, count).astype(int)
    nearest = np.empty((len(index), NEAREST_PIVOTS), dtype=np.int32)
    for rows in np.array_split(np.arange(len(index)), -(-len(index) // BLOCK)):
        even, odd = index.likeness(rows, pivots)
        nearest[rows] = np.argpartition(-(even + np.abs(odd)), NEAREST_PIVOTS - 1, axis=1)[:, :NEAREST_PIVOTS]
    order = np.argsort(nearest, axis=None, kind="stable")
    boundaries = np.searchsorted(nearest.ravel()[order], np.arange(1, count))
    for members in np.split(order // NEAREST_PIVOTS, boundaries):
        if len(members) > 1:
            yield np.sort(members)


def _pairs_within(index: Index, members: np.ndarray, least: float, new_from: int) -> Iterator[Candidate]:
    """Pairs of the sorted rows in `members`; each row is compared with those before it."""
    for start in range(int(np.searchsorted(members, new_from)), len(members), BLOCK):
        rows, before = members[start : start + BLOCK], members[: start + BLOCK]
        even, odd = index.likeness(rows, before)
        likeness = even + np.abs(odd)
        for row, column in np.argwhere(likeness >= least):
            if before[column] < rows[row]:
                mirrored = bool(odd[row, column] < 0)
                yield Candidate(int(before[column]), int(rows[row]), float(likeness[row, column]), mirrored)
