"""The map that was: which face lay where, and the rule that measured it, so that a larger build keeps its old map."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aahq_builder.tsne.project import Reduction, extend, fit_reduction, lay_out
from aahq_builder.workdir import write_atomic


@dataclass(frozen=True)
class LayoutSettings:
    """What shapes a map besides its faces."""

    key: str
    """Changes when any setting does; a map of another key is laid out anew."""
    block_sizes: tuple[int, ...]
    components: int
    perplexity: float
    seed: int
    n_jobs: int = 1
    """Threads of t-SNE; the map is the same to the last bit with any number."""


@dataclass(frozen=True)
class Layout:
    """A finished map."""

    key: str
    face_ids: list[str]
    reduction: Reduction
    points: np.ndarray
    """Principal components, `[faces, components]`."""
    positions: np.ndarray
    """`[faces, 2]`."""

    def save(self, path: Path) -> None:
        """Write one npz file."""
        buffer = io.BytesIO()
        rule = self.reduction
        np.savez_compressed(
            buffer,
            key=np.array(self.key),
            face_ids=np.array(self.face_ids, dtype=np.str_),
            points=self.points,
            positions=self.positions,
            mean=rule.mean,
            scale=rule.scale,
            components=rule.components,
        )
        write_atomic(path, buffer.getvalue())


def load_layout(path: Path) -> Layout | None:
    """The layout that `save` wrote, or None if there is none."""
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as held:
        reduction = Reduction(held["mean"], held["scale"], held["components"])
        ids = [str(face_id) for face_id in held["face_ids"]]
        return Layout(str(held["key"]), ids, reduction, held["points"], held["positions"])


def lay_out_anew(face_ids: Sequence[str], features: np.ndarray, settings: LayoutSettings) -> Layout:
    """A map of these faces alone."""
    reduction = fit_reduction(features, settings.block_sizes, settings.components, settings.seed)
    points = reduction.apply(features)
    positions = lay_out(points, settings.perplexity, settings.seed, settings.n_jobs)
    return Layout(settings.key, list(face_ids), reduction, points, positions)


def continue_layout(
    old: Layout, face_ids: Sequence[str], features: np.ndarray, settings: LayoutSettings
) -> Layout | None:
    """The old map with new faces placed among the old; None when the new ones are in the majority or rules changed."""
    if old.key != settings.key:
        return None
    points = old.reduction.apply(features)
    place = {face_id: index for index, face_id in enumerate(old.face_ids)}
    old_index = np.array([place.get(face_id, -1) for face_id in face_ids])
    # a face that was aligned anew has other features and counts as new
    is_old = (old_index >= 0) & np.isclose(points, old.points[old_index], rtol=1e-3, atol=1e-4).all(axis=1)
    if is_old.sum() * 2 < len(face_ids):
        return None
    positions = np.zeros((len(face_ids), 2))
    positions[is_old] = old.positions[old_index[is_old]]
    if not is_old.all():
        settled = points[is_old], positions[is_old]
        positions[~is_old] = extend(*settled, points[~is_old], settings.perplexity, settings.seed)
    return Layout(settings.key, list(face_ids), old.reduction, points, positions)
