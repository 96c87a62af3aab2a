"""Candidate pairs among up to a million descriptors: all pairs that are similar as they are or mirrored.

Mirroring splits a descriptor d into an even part (d + mirrored d) and an odd part (d - mirrored d). The cosine
similarity of two descriptors is `even . even + odd . odd`, that of one and the mirror of the other
`even . even - odd . odd`; so one matrix product of each kind gives both.

Small sets are compared exhaustively. Larger ones go through an inverted-file index: every descriptor is entered in the
lists of its four nearest centroids, and only members of one list are compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aahq_builder.filter.sketch import CELLS, DESCRIPTOR_BYTES, DIRECTIONS, mirror_descriptor

BLOCK = 1024
"""Rows compared at once: with 33,000 faces a block of similarities takes 135 MB."""
EXACT_UP_TO = 60_000
"""Up to here all pairs are compared, beyond it those of the inverted lists."""
LISTS_PER_ROW = 4
"""Inverted lists in which each descriptor is entered; two copies meet if they share one."""
ROWS_PER_LIST = 2000
"""Average length of an inverted list."""
AVERAGE_WEIGHT = 1000
"""Faces from which the set's own average counts more than that of portraits at large."""
_FACE = (
    (69, 87, 76, 54, 45, 28, 25, 34),  # row 0, column 0
    (54, 62, 69, 74, 78, 58, 41, 36),  # row 0, column 1
    (54, 36, 41, 58, 78, 74, 69, 62),  # row 0, column 2
    (69, 34, 25, 28, 45, 54, 76, 87),  # row 0, column 3
    (86, 84, 62, 48, 51, 40, 37, 54),  # row 1, column 0
    (63, 64, 61, 71, 88, 75, 53, 52),  # row 1, column 1
    (63, 52, 53, 75, 88, 71, 61, 64),  # row 1, column 2
    (86, 54, 37, 40, 51, 48, 62, 84),  # row 1, column 3
    (99, 67, 41, 31, 38, 36, 52, 86),  # row 2, column 0
    (78, 65, 57, 63, 72, 66, 60, 74),  # row 2, column 1
    (78, 74, 60, 66, 72, 63, 57, 65),  # row 2, column 2
    (99, 86, 52, 36, 38, 31, 41, 67),  # row 2, column 3
    (96, 53, 32, 24, 30, 32, 60, 89),  # row 3, column 0
    (80, 54, 50, 59, 69, 60, 64, 79),  # row 3, column 1
    (80, 79, 64, 60, 69, 59, 50, 54),  # row 3, column 2
    (96, 89, 60, 32, 30, 24, 32, 53),  # row 3, column 3
)
_WORK = (
    (43, 45, 38, 32, 25, 21, 24, 32),  # row 0, column 0
    (69, 68, 60, 57, 54, 48, 49, 57),  # row 0, column 1
    (69, 57, 49, 48, 54, 57, 60, 68),  # row 0, column 2
    (43, 32, 24, 21, 25, 32, 38, 45),  # row 0, column 3
    (73, 73, 55, 40, 32, 33, 40, 53),  # row 1, column 0
    (88, 84, 69, 58, 52, 55, 64, 76),  # row 1, column 1
    (88, 76, 64, 55, 52, 58, 69, 84),  # row 1, column 2
    (73, 53, 40, 33, 32, 40, 55, 73),  # row 1, column 3
    (96, 78, 49, 37, 35, 38, 46, 64),  # row 2, column 0
    (99, 84, 63, 53, 52, 56, 64, 81),  # row 2, column 1
    (99, 81, 64, 56, 52, 53, 63, 84),  # row 2, column 2
    (96, 64, 46, 38, 35, 37, 49, 78),  # row 2, column 3
    (111, 72, 39, 29, 30, 31, 40, 61),  # row 3, column 0
    (119, 82, 55, 46, 44, 47, 54, 76),  # row 3, column 1
    (119, 76, 54, 47, 44, 46, 55, 82),  # row 3, column 2
    (111, 61, 40, 31, 30, 29, 39, 72),  # row 3, column 3
)

AVERAGE_FACE = np.array(_FACE, np.float32).reshape(CELLS, CELLS, DIRECTIONS)
AVERAGE_WORK = np.array(_WORK, np.float32).reshape(CELLS, CELLS, DIRECTIONS)
"""Average descriptors of portraits at large, taken from those of Battle for Wesnoth and its campaigns. They only decide
which pairs become candidates, never which are duplicates, so any average of portraits serves."""


def average_of(descriptors: np.ndarray, at_large: np.ndarray) -> np.ndarray:
    """Mean descriptor [4, 4, 8] of a set uint8 [N, 4, 4, 8]; of a small set, mostly that of portraits at large.

    Similarity is measured after the mean is subtracted. With the mean of other art all pictures of a set would look
    similar: on 6,000 drawn patterns that gave 20 times as many candidate pairs.
    """
    total = descriptors.sum(axis=0, dtype=np.float64) + AVERAGE_WEIGHT * at_large
    return np.asarray(total / (len(descriptors) + AVERAGE_WEIGHT), dtype=np.float32)


@dataclass(frozen=True, order=True)
class CandidatePair:
    """Two rows that may be copies; `first` is the smaller row."""

    first: int
    second: int
    mirrored: bool
    """Whether one is similar to the mirror of the other."""


@dataclass(frozen=True)
class DescriptorIndex:
    """Descriptors in even and odd parts, float32 [N, 64] each, with the mean subtracted, of unit length together."""

    even: np.ndarray
    odd: np.ndarray

    @classmethod
    def of(cls, descriptors: np.ndarray, average: np.ndarray) -> "DescriptorIndex":
        """From uint8 [N, 4, 4, 8] and the mean descriptor [4, 4, 8], of which only the even part is subtracted."""
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

    def first(self, count: int) -> "DescriptorIndex":
        """The first `count` rows."""
        return DescriptorIndex(self.even[:count], self.odd[:count])

    def products(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Even and odd products [rows, columns]; the larger of the two cosine similarities is `even + |odd|`."""
        return self.even[rows] @ self.even[columns].T, self.odd[rows] @ self.odd[columns].T


def candidate_pairs(
    index: DescriptorIndex, min_similarity: float, new_from: int = 0, exact_up_to: int = EXACT_UP_TO
) -> dict[tuple[int, int], CandidatePair]:
    """Pairs by their rows whose cosine similarity reaches `min_similarity` and whose second row is `new_from` or later.

    Above `exact_up_to` rows the search is approximate: see `inverted_lists`.
    """
    everything = np.arange(len(index))
    found: dict[tuple[int, int], CandidatePair] = {}
    for members in [everything] if len(index) <= exact_up_to else inverted_lists(index):
        for pair in _pairs_within(index, members, min_similarity, new_from):
            found[pair.first, pair.second] = pair
    return found


def inverted_lists(index: DescriptorIndex) -> Iterator[np.ndarray]:
    """Sorted rows of each inverted list: those that have its centroid among their four nearest.

    Centroids are rows at even distances; nearness is similarity as the rows are or mirrored.
    """
    count = max(LISTS_PER_ROW, LISTS_PER_ROW * len(index) // ROWS_PER_LIST)
    centroids = np.linspace(0, len(index) - 1, count).astype(int)
    nearest = np.empty((len(index), LISTS_PER_ROW), dtype=np.int32)
    for rows in np.array_split(np.arange(len(index)), -(-len(index) // BLOCK)):
        even, odd = index.products(rows, centroids)
        nearest[rows] = np.argpartition(-(even + np.abs(odd)), LISTS_PER_ROW - 1, axis=1)[:, :LISTS_PER_ROW]
    order = np.argsort(nearest, axis=None, kind="stable")
    boundaries = np.searchsorted(nearest.ravel()[order], np.arange(1, count))
    for members in np.split(order // LISTS_PER_ROW, boundaries):
        if len(members) > 1:
            yield np.sort(members)


def _pairs_within(
    index: DescriptorIndex, members: np.ndarray, min_similarity: float, new_from: int
) -> Iterator[CandidatePair]:
    """Pairs of the sorted rows in `members`; each row is compared with those before it."""
    for start in range(int(np.searchsorted(members, new_from)), len(members), BLOCK):
        rows, before = members[start : start + BLOCK], members[: start + BLOCK]
        even, odd = index.products(rows, before)
        for row, column in np.argwhere(even + np.abs(odd) >= min_similarity):
            if before[column] < rows[row]:
                yield CandidatePair(int(before[column]), int(rows[row]), bool(odd[row, column] < 0))
