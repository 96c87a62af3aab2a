"""Which faces are the same picture: groups, the reason that joins each, and the best copy of every group."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

HASH_BITS = 64
BLOCK = 2048
"""Rows compared at once; 2048 x 33,000 distances take 68 MB."""


@dataclass(frozen=True)
class Pair:
    """Two faces that show the same picture."""

    first: str
    second: str
    reason: str
    """`bytes`, `pixels` or `hash`."""
    distance: float
    """0 for exact copies, else differing bits of the perceptual hash."""

    def other(self, face_id: str) -> str:
        """The partner of one of the two."""
        return self.second if face_id == self.first else self.first


def equal_pairs(values: Mapping[str, str], reason: str) -> list[Pair]:
    """Pairs of faces whose value is the same; a chain through each class, which is enough to join it."""
    last: dict[str, str] = {}
    pairs = []
    for face_id in sorted(values):
        value = values[face_id]
        if value in last:
            pairs.append(Pair(last[value], face_id, reason, 0.0))
        last[value] = face_id
    return pairs


def hash_pairs(hashes: Mapping[str, str], max_distance: int) -> list[Pair]:
    """Pairs of faces whose 64-bit perceptual hashes (hex) differ in at most `max_distance` bits."""
    face_ids = sorted(hashes)
    bits = np.array([int(hashes[face_id], 16) for face_id in face_ids], dtype=np.uint64)
    pairs = []
    for start in range(0, len(bits), BLOCK):
        distances = np.bitwise_count(bits[start : start + BLOCK, None] ^ bits[None, :])
        for row, column in np.argwhere(distances <= max_distance):
            if start + row < column:
                distance = float(distances[row, column])
                pairs.append(Pair(face_ids[start + row], face_ids[column], "hash", distance))
    return pairs


def groups(pairs: Iterable[Pair]) -> list[list[str]]:
    """Faces that are connected through pairs, each group sorted, groups in order of their first face."""
    parent: dict[str, str] = {}

    def root(face_id: str) -> str:
        parent.setdefault(face_id, face_id)
        while parent[face_id] != face_id:
            parent[face_id] = face_id = parent[parent[face_id]]
        return face_id

    for pair in pairs:
        parent[root(pair.second)] = root(pair.first)
    members: dict[str, list[str]] = {}
    for face_id in sorted(parent):
        members.setdefault(root(face_id), []).append(face_id)
    return sorted(members.values())


def duplicate_of(pairs: Iterable[Pair], quality: Mapping[str, Sequence[float]]) -> dict[str, str]:
    """For each face that is a worse copy, the best copy of its group: highest quality, then the lowest id."""
    copies = {}
    for group in groups(pairs):
        best = min(group, key=lambda face_id: ([-value for value in quality[face_id]], face_id))
        copies.update({face_id: best for face_id in group if face_id != best})
    return copies
