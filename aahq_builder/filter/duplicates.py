"""Which faces are the same picture: resemblance of two faces, its duplicate type, and the copy that is kept.

A resemblance is a fact and is stored; the duplicate type is derived from it with the bounds of the run. Two faces are
one picture only if nothing was drawn or coloured anew in either artwork: works made from one template, or versions of
one drawing with another hair, dress or expression, are different works.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aahq_builder.filter.colour_maps import fit_toned
from aahq_builder.filter.colours import FAMILIES, Family, RegisteredColours, colour_relation
from aahq_builder.filter.registration import IDENTITY, Registration, coarse_correlation, register
from aahq_builder.filter.sketch import FACE_MARGIN, GRADIENT_PX, Sketch
from aahq_builder.records import Resemblance

LEAST_SHARE = 0.3
"""Share of the gradient magnitude below which a resemblance is not stored: unrelated drawings reach it."""
MIN_COARSE_FACE, MIN_COARSE_WORK = 0.45, 0.6
"""Coarse correlations; a pair below both is not registered. That drops two thirds of the candidate pairs."""
SURE_FACE = 0.8
"""Share of the gradient magnitude from which the registration of two faces can be relied on."""
SAME_WORK, SAME_CROPPED_WORK = 0.95, 0.85
"""Least shares of two artworks: cropping costs some, because the edges of the crop have no counterpart."""
SAME_TONED_WORK = 0.5
"""The same of a copy in grey or sepia, which takes away the edges between colours of one lightness."""
MIN_FACE_REGION, MIN_WORK_REGION = 0.3, 0.5
"""Least share in any region. Faces are registered less exactly, because the landmarks of copies differ."""
NEARBY_START = 0.05
"""Displacement of a corner, in sides, up to which another start would lead to the same registration."""
CROPPED_SHIFT = 0.025
"""Displacement of a corner, in sides, from which one artwork is a crop of the other."""
RESIZED_RATIO = 1.02


_PIXELS = np.stack([*np.indices((GRADIENT_PX, GRADIENT_PX))[::-1], np.ones((GRADIENT_PX, GRADIENT_PX))])
"""Homogeneous x, y, 1 of every pixel."""


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

    def inside_artwork(self) -> np.ndarray:
        """float32 [64, 64]: 1 where the face's pixels lie inside the artwork, 0 where the crop was padded."""
        x, y, _ = np.tensordot(_to_work(self), _PIXELS, 1)
        return np.asarray((np.minimum(x, y) >= 0) & (np.maximum(x, y) <= GRADIENT_PX - 1), dtype=np.float32)

    def share_of_artwork(self) -> float:
        """Area of the quad relative to the artwork's: the closer the crop, the larger."""
        top_left, bottom_left, _, top_right = self.quad
        (across_x, across_y), (down_x, down_y) = top_right - top_left, bottom_left - top_left
        return abs(float(across_x * down_y - across_y * down_x)) / (self.size[0] * self.size[1])


@dataclass(frozen=True)
class Pair:
    """Two faces that are the same picture."""

    first: str
    second: str
    reason: str
    """The duplicate type: `bytes`, `pixels`, `reencoded`, `resized`, `cropped`, `recoloured` or `mirrored`."""
    share: float
    """Share of the gradient magnitude that coincides; 1 for exact copies."""

    def other(self, face_id: str) -> str:
        """The partner of one of the two."""
        return self.second if face_id == self.first else self.first


def compare(first: ComparedFace, second: ComparedFace, mirrored: bool) -> Resemblance | None:
    """Register faces and artworks and measure what coincides; None if that is too little to be stored."""
    other = second.mirrored() if mirrored else second
    shares = first.share_of_artwork(), other.share_of_artwork()
    if min(shares) == 0.0:  # a quad without an area shows nothing
        return None
    if shares[0] < shares[1]:
        first, other = other, first  # the closer crop lies inside the other artwork, not the other way round
    found = _register_both(first, other)
    if found is None:
        return None
    face, work = found
    drawn = first.inside_artwork(), other.inside_artwork()
    face_colours = RegisteredColours.of(first.face.colours, other.face.colours, face.transform, drawn)
    work_colours = RegisteredColours.of(first.work.colours, other.work.colours, work.transform)
    widths = sorted((first.size[0], other.size[0]))
    return Resemblance(
        first=min(first.face_id, other.face_id),
        second=max(first.face_id, other.face_id),
        face_share=round(face.share, 4),
        work_share=round(work.share, 4),
        face_region_share=round(face.worst_region, 4),
        work_region_share=round(work.worst_region, 4),
        colours=colour_relation(face_colours, work_colours, _families(work)) if work.share >= SAME_TONED_WORK else "",
        colour_difference=round(face_colours.difference(), 2),
        mirrored=mirrored,
        shift=round(_edge_shift(work.transform), 4),
        size_ratio=round(widths[1] / widths[0], 4),
    )


def _families(work: Registration) -> Sequence[Family]:
    """Which recolourings artworks may differ by: others than toning keep the edges."""
    return FAMILIES if work.share >= SAME_CROPPED_WORK else (fit_toned,)


def _register_both(first: ComparedFace, other: ComparedFace) -> tuple[Registration, Registration] | None:
    """Registrations of the faces and of the artworks; None if the faces share too little."""
    coarse_work = coarse_correlation(first.work.magnitude, other.work.magnitude)
    coarse_face = coarse_correlation(first.face.magnitude, other.face.magnitude)
    if coarse_work < MIN_COARSE_WORK and coarse_face < MIN_COARSE_FACE:
        return None
    face = register(first.face.magnitude, other.face.magnitude)
    if max(face.share, coarse_work) < LEAST_SHARE:
        return None
    work = register(first.work.magnitude, other.work.magnitude)
    if work.share < SAME_WORK and face.share >= SURE_FACE:
        # one may be cut out of the other: the faces tell where it lies
        start = work_transform(first, other, face.transform)
        if _edge_shift(start - work.transform + IDENTITY) > NEARBY_START:
            work = _better(work, first.work, other.work, start)
    if face.share < SURE_FACE and work.share >= LEAST_SHARE:
        # landmarks may differ between copies: the artworks tell where one crop lies in the other
        face = _better(face, first.face, other.face, face_transform(first, other, work.transform))
    return (face, work) if face.share >= LEAST_SHARE else None


def _better(found: Registration, first: Sketch, other: Sketch, start: np.ndarray) -> Registration:
    """The registration found, or the one from another start if more coincides there."""
    return max(found, register(first.magnitude, other.magnitude, start), key=lambda each: each.share)


def face_transform(first: ComparedFace, second: ComparedFace, between_works: np.ndarray) -> np.ndarray:
    """Affine map [2, 3] from pixels of the first face's gradients to the second's, given that between the artworks."""
    return _through(between_works, _to_work(first), np.linalg.inv(_to_work(second)))


def work_transform(first: ComparedFace, second: ComparedFace, between_faces: np.ndarray) -> np.ndarray:
    """Affine map [2, 3] from pixels of the first artwork's gradients to the second's, given that between the faces."""
    return _through(between_faces, np.linalg.inv(_to_work(first)), _to_work(second))


def _through(inner: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """One affine map [2, 3] of three in a row."""
    whole = after @ np.vstack([inner, [0, 0, 1]]) @ before
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
    """The duplicate type of a pair (see `Pair.reason`); empty if the two are different pictures."""
    recoloured, cropped = resemblance.colours == "mapped", resemblance.shift > CROPPED_SHIFT
    if resemblance.colours not in ("same", "mapped") or not _same_shapes(resemblance, min_shared_strokes):
        return ""
    signs = {
        "mirrored": resemblance.mirrored,
        "recoloured": recoloured,
        "cropped": cropped,
        "resized": resemblance.size_ratio > RESIZED_RATIO,
    }
    return next((name for name, holds in signs.items() if holds), "reencoded")


def _same_shapes(resemblance: Resemblance, min_shared_strokes: float) -> bool:
    """Whether nothing was drawn anew in any region of the faces and of the artworks."""
    if resemblance.face_share < min_shared_strokes:
        return False
    if resemblance.colours == "mapped":  # what was drawn anew would remain after the map of colours
        return resemblance.work_share >= SAME_TONED_WORK
    if min(resemblance.face_region_share - MIN_FACE_REGION, resemblance.work_region_share - MIN_WORK_REGION) < 0:
        return False
    return resemblance.work_share >= (SAME_CROPPED_WORK if resemblance.shift > CROPPED_SHIFT else SAME_WORK)


def equal_pairs(values: Iterable[tuple[str, str]], reason: str) -> Iterator[Pair]:
    """Pairs of equal faces, from (face_id, value) sorted by value: each face with the first of its value."""
    first, last_value = "", None
    for face_id, value in values:
        if value == last_value:
            yield Pair(first, face_id, reason, 1.0)
        else:
            first, last_value = face_id, value


def duplicate_of(exact: Iterable[Pair], near: Iterable[Pair], quality: Mapping[str, Sequence[float]]) -> dict[str, str]:
    """For each face that is a worse copy, the better copy that is kept: highest quality, then the lowest id.

    Exact copies count as one face, the best of them. From the best face to the worst, each is kept unless it forms a
    pair with one that is kept already: a face never falls because of a face that falls itself.
    """

    def order(face_id: str) -> tuple[list[float], str]:
        return [-value for value in quality[face_id]], face_id

    best = {face_id: min(members, key=order) for members in _connected(exact) for face_id in members}
    partners: dict[str, set[str]] = {}
    for pair in near:
        one, two = best.get(pair.first, pair.first), best.get(pair.second, pair.second)
        partners.setdefault(one, set()).add(two)
        partners.setdefault(two, set()).add(one)
    kept: dict[str, str] = {}
    for face_id in sorted(partners, key=order):
        kept[face_id] = min((one for one in partners[face_id] if kept.get(one) == one), key=order, default=face_id)
    copies = {face_id: kept.get(one, one) for face_id, one in (best | {each: each for each in partners}).items()}
    return {face_id: original for face_id, original in copies.items() if face_id != original}


def _connected(pairs: Iterable[Pair]) -> Iterable[list[str]]:
    """Faces that are connected through pairs (union-find)."""
    parent: dict[str, str] = {}

    def root(face_id: str) -> str:
        parent.setdefault(face_id, face_id)
        while parent[face_id] != face_id:
            parent[face_id] = face_id = parent[parent[face_id]]
        return face_id

    for pair in pairs:
        parent[root(pair.second)] = root(pair.first)
    members: dict[str, list[str]] = {}
    for face_id in parent:
        members.setdefault(root(face_id), []).append(face_id)
    return members.values()
