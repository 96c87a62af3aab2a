"""Which faces are the same picture: what two have in common, what that means, groups, and the best copy of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aahq_builder.filter.registration import glance, shared_strokes
from aahq_builder.filter.sketch import FACE_MARGIN, STROKES_PX, Sketch
from aahq_builder.records import Resemblance

LEAST_SHARE = 0.3
"""Resemblances below are forgotten: unrelated drawings reach this."""
SEEMS_THE_SAME_FACE, SEEMS_THE_SAME_WORK = 0.45, 0.6
"""Pairs that seem neither at a glance are not looked at: two thirds of what the descriptors take for alike."""
SAME_STROKES = 0.8
"""From here on faces have all strokes in common; below, something was drawn anew."""
SAME_WORK = 0.85
SAME_COLOURS = 15.0
"""Mean difference, of 255. Strokes alone could also be a template that an artist coloured and dressed anew."""
CROPPED = 0.015
RESIZED = 1.02


@dataclass(frozen=True)
class Subject:
    """A face as it is compared."""

    face_id: str
    face: Sketch
    work: Sketch
    quad: np.ndarray
    """[4, 2] px of the artwork."""
    size: tuple[int, int]
    """Width and height of the artwork, px."""

    def mirrored(self) -> "Subject":
        """The same face in the mirrored artwork; corners keep their places in the aligned face."""
        quad = np.column_stack([self.size[0] - self.quad[:, 0], self.quad[:, 1]])
        return Subject(self.face_id, self.face.mirrored(), self.work.mirrored(), quad[[3, 2, 1, 0]], self.size)


@dataclass(frozen=True)
class Pair:
    """Two faces that are the same picture."""

    first: str
    second: str
    reason: str
    """`bytes`, `pixels`, `reencoded`, `resized`, `cropped`, `recoloured`, `mirrored` or `variant`."""
    share: float
    """Share of strokes in common; 1 for exact copies."""

    def other(self, face_id: str) -> str:
        """The partner of one of the two."""
        return self.second if face_id == self.first else self.first


def compare(first: Subject, second: Subject, mirrored: bool) -> Resemblance | None:
    """Lay faces and artworks over each other and note what coincides; None if they have nothing in common."""
    other = second.mirrored() if mirrored else second
    works_at_a_glance = glance(first.work.strokes, other.work.strokes)
    if works_at_a_glance < SEEMS_THE_SAME_WORK and glance(first.face.strokes, other.face.strokes) < SEEMS_THE_SAME_FACE:
        return None
    face_share, _ = shared_strokes(first.face.strokes, other.face.strokes)
    if max(face_share, works_at_a_glance) < LEAST_SHARE:
        return None
    work_share, work_position = shared_strokes(first.work.strokes, other.work.strokes)
    if face_share < SAME_STROKES and work_share >= LEAST_SHARE:
        # landmarks may differ between copies: the artworks tell where one crop lies in the other
        start = face_to_face(first, other, work_position)
        face_share = max(face_share, shared_strokes(first.face.strokes, other.face.strokes, start)[0])
    if face_share < LEAST_SHARE:
        return None
    widths = sorted((first.size[0], other.size[0]))
    difference = np.abs(first.face.colours.astype(float) - other.face.colours).mean()
    return Resemblance(
        first=min(first.face_id, second.face_id),
        second=max(first.face_id, second.face_id),
        face_share=round(face_share, 4),
        work_share=round(work_share, 4),
        colour_difference=round(float(difference), 2),
        mirrored=mirrored,
        shift=round(_edge_shift(work_position), 4),
        size_ratio=round(widths[1] / widths[0], 4),
    )


def face_to_face(first: Subject, second: Subject, work_position: np.ndarray) -> np.ndarray:
    """Where the strokes of the second face lie in the first's [2, 3], if the artworks lie as in `work_position`."""
    work = np.vstack([work_position, [0, 0, 1]])
    whole = np.linalg.inv(_to_work(second)) @ work @ _to_work(first)
    return np.asarray(whole[:2] / whole[2, 2], dtype=np.float32)


def _to_work(subject: Subject) -> np.ndarray:
    """Affine map [3, 3] from a pixel of the face's strokes to one of the artwork's."""
    top_left, bottom_left, _, top_right = subject.quad
    kept = 1.0 - 2.0 * FACE_MARGIN
    # a pixel centre at x lies at (x + 0.5) / 64 of the kept part, which begins FACE_MARGIN inside the quad
    unit = np.array([[kept / STROKES_PX, 0, 0], [0, kept / STROKES_PX, 0], [0, 0, 1]])
    unit[:2, 2] = 0.5 * kept / STROKES_PX + FACE_MARGIN
    quad = np.eye(3)
    quad[:2] = np.column_stack([top_right - top_left, bottom_left - top_left, top_left])
    width, height = subject.size
    to_strokes = np.array([[STROKES_PX / width, 0, -0.5], [0, STROKES_PX / height, -0.5], [0, 0, 1]])
    return np.asarray(to_strokes @ quad @ unit)


def _edge_shift(position: np.ndarray) -> float:
    """Largest movement of a corner, in sides."""
    corners = np.array([[0, 0, 1], [STROKES_PX, 0, 1], [0, STROKES_PX, 1], [STROKES_PX, STROKES_PX, 1]], float)
    return float(np.abs(corners @ position.T - corners[:, :2]).max()) / STROKES_PX


def kinship(resemblance: Resemblance, min_shared_strokes: float) -> str:
    """Why two faces are the same picture; empty if they are not.

    Strokes of the face must coincide, and beside them the whole artwork or the colours.
    """
    same_work = resemblance.work_share >= SAME_WORK
    same_colours = resemblance.colour_difference <= SAME_COLOURS
    if resemblance.face_share < min_shared_strokes or not (same_work or same_colours):
        return ""
    if resemblance.face_share < SAME_STROKES or not same_work:
        return "variant"
    signs = {
        "mirrored": resemblance.mirrored,
        "recoloured": not same_colours,
        "cropped": resemblance.shift > CROPPED,
        "resized": resemblance.size_ratio > RESIZED,
    }
    return next((name for name, holds in signs.items() if holds), "reencoded")


def equal_pairs(values: Mapping[str, str], reason: str) -> list[Pair]:
    """Pairs of faces whose value is the same; a chain through each class, which is enough to join it."""
    last: dict[str, str] = {}
    pairs = []
    for face_id in sorted(values):
        value = values[face_id]
        if value in last:
            pairs.append(Pair(last[value], face_id, reason, 1.0))
        last[value] = face_id
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
