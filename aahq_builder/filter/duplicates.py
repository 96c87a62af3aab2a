"""Which faces are the same picture: resemblance of two faces, its duplicate type, groups, and the best copy.

A resemblance is a fact and is stored; the duplicate type is derived from it with the bounds of the run.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aahq_builder.filter.registration import coarse_correlation, shared_magnitude
from aahq_builder.filter.sketch import FACE_MARGIN, GRADIENT_PX, Sketch
from aahq_builder.records import Resemblance

LEAST_SHARE = 0.3
"""Share of the gradient magnitude below which a resemblance is not stored: unrelated drawings reach it."""
MIN_COARSE_FACE, MIN_COARSE_WORK = 0.45, 0.6
"""Coarse correlations; a pair below both is not registered. That drops two thirds of the candidate pairs."""
SAME_MAGNITUDE = 0.8
"""Share of the gradient magnitude from which nothing in the face was drawn anew."""
SAME_WORK = 0.85
SAME_COLOURS = 15.0
"""Mean difference, of 255. Coinciding gradients alone may also come from a template that was coloured anew."""
CROPPED_SHIFT = 0.015
RESIZED_RATIO = 1.02


@dataclass(frozen=True)
class ComparedFace:
    """A face as it is compared."""

    face_id: str
    face: Sketch
    work: Sketch
    quad: np.ndarray
    """[4, 2] px of the artwork."""
    size: tuple[int, int]
    """Width and height of the artwork, px."""

    def mirrored(self) -> "ComparedFace":
        """The same face in the mirrored artwork; corners keep their places in the aligned face."""
        quad = np.column_stack([self.size[0] - self.quad[:, 0], self.quad[:, 1]])
        return ComparedFace(self.face_id, self.face.mirrored(), self.work.mirrored(), quad[[3, 2, 1, 0]], self.size)


@dataclass(frozen=True)
class Pair:
    """Two faces that are the same picture."""

    first: str
    second: str
    reason: str
    """`bytes`, `pixels`, `reencoded`, `resized`, `cropped`, `recoloured`, `mirrored` or `variant`."""
    share: float
    """Share of the gradient magnitude that coincides; 1 for exact copies."""

    def other(self, face_id: str) -> str:
        """The partner of one of the two."""
        return self.second if face_id == self.first else self.first


def compare(first: ComparedFace, second: ComparedFace, mirrored: bool) -> Resemblance | None:
    """Register faces and artworks and measure what coincides; None if that is too little to be stored."""
    other = second.mirrored() if mirrored else second
    coarse_work = coarse_correlation(first.work.magnitude, other.work.magnitude)
    if (
        coarse_work < MIN_COARSE_WORK
        and coarse_correlation(first.face.magnitude, other.face.magnitude) < MIN_COARSE_FACE
    ):
        return None
    face_share, _ = shared_magnitude(first.face.magnitude, other.face.magnitude)
    if max(face_share, coarse_work) < LEAST_SHARE:
        return None
    work_share, work_transform = shared_magnitude(first.work.magnitude, other.work.magnitude)
    if face_share < SAME_MAGNITUDE and work_share >= LEAST_SHARE:
        # landmarks may differ between copies: the registered artworks tell where one crop lies in the other
        start = face_transform(first, other, work_transform)
        face_share = max(face_share, shared_magnitude(first.face.magnitude, other.face.magnitude, start)[0])
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
        shift=round(_edge_shift(work_transform), 4),
        size_ratio=round(widths[1] / widths[0], 4),
    )


def face_transform(first: ComparedFace, second: ComparedFace, work_transform: np.ndarray) -> np.ndarray:
    """Affine map [2, 3] from pixels of the first face's gradients to the second's, given that between the artworks."""
    work = np.vstack([work_transform, [0, 0, 1]])
    whole = np.linalg.inv(_to_work(second)) @ work @ _to_work(first)
    return np.asarray(whole[:2] / whole[2, 2], dtype=np.float32)


def _to_work(compared: ComparedFace) -> np.ndarray:
    """Affine map [3, 3] from pixels of the face's gradient magnitude to pixels of the artwork's."""
    top_left, bottom_left, _, top_right = compared.quad
    kept = 1.0 - 2.0 * FACE_MARGIN
    # a pixel centre at x lies at (x + 0.5) / 64 of the kept part, which begins FACE_MARGIN inside the quad
    unit = np.array([[kept / GRADIENT_PX, 0, 0], [0, kept / GRADIENT_PX, 0], [0, 0, 1]])
    unit[:2, 2] = 0.5 * kept / GRADIENT_PX + FACE_MARGIN
    quad = np.eye(3)
    quad[:2] = np.column_stack([top_right - top_left, bottom_left - top_left, top_left])
    width, height = compared.size
    to_gradient = np.array([[GRADIENT_PX / width, 0, -0.5], [0, GRADIENT_PX / height, -0.5], [0, 0, 1]])
    return np.asarray(to_gradient @ quad @ unit)


def _edge_shift(transform: np.ndarray) -> float:
    """Largest displacement of a corner, in sides of the image."""
    corners = np.array([[0, 0, 1], [GRADIENT_PX, 0, 1], [0, GRADIENT_PX, 1], [GRADIENT_PX, GRADIENT_PX, 1]], float)
    return float(np.abs(corners @ transform.T - corners[:, :2]).max()) / GRADIENT_PX


def duplicate_type(resemblance: Resemblance, min_shared_strokes: float) -> str:
    """The duplicate type of a pair (see `Pair.reason`); empty if the two are different pictures.

    The gradients of the faces must coincide, and with them those of the whole artworks or the colours.
    """
    same_work = resemblance.work_share >= SAME_WORK
    same_colours = resemblance.colour_difference <= SAME_COLOURS
    if resemblance.face_share < min_shared_strokes or not (same_work or same_colours):
        return ""
    if resemblance.face_share < SAME_MAGNITUDE or not same_work:
        return "variant"
    signs = {
        "mirrored": resemblance.mirrored,
        "recoloured": not same_colours,
        "cropped": resemblance.shift > CROPPED_SHIFT,
        "resized": resemblance.size_ratio > RESIZED_RATIO,
    }
    return next((name for name, holds in signs.items() if holds), "reencoded")


def equal_pairs(values: Mapping[str, str], reason: str) -> list[Pair]:
    """Pairs of faces whose value is the same; each face with the next of its value, enough to connect them all."""
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
