"""A finished map on disk: positions and the fitted principal components, so that a build that grows keeps its map."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aahq_builder.errors import UserError
from aahq_builder.tsne.project import Reduction, extend, fit_reduction, lay_out_with_divergence
from aahq_builder.workdir import write_atomic

ReadFeatures = Callable[[Sequence[str]], np.ndarray]
"""Features `[faces, features]` of the faces with these ids."""
MOST_TO_FIT = 8_000
AT_ONCE = 2_000
"""Faces whose features are in memory together: 10,240 values each make 330 MB for the fit, 80 MB after it."""


@dataclass(frozen=True)
class LayoutSettings:
    """What shapes a map besides its faces."""

    key: str
    """Hash of the settings; a stored map with another key is not continued but laid out anew."""
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
    kl_divergence: float | None = None
    """Of the faces that were laid out together, not of those added since; None where t-SNE was not used."""

    def save(self, path: Path) -> None:
        """Write one npz file."""
        buffer = io.BytesIO()
        reduction = self.reduction
        np.savez_compressed(
            buffer,
            key=np.array(self.key),
            face_ids=np.array(self.face_ids, dtype=np.str_),
            points=self.points,
            positions=self.positions,
            mean=reduction.mean,
            scale=reduction.scale,
            components=reduction.components,
            kl_divergence=np.array(np.nan if self.kl_divergence is None else self.kl_divergence),
        )
        write_atomic(path, buffer.getvalue())


def load_layout(path: Path) -> Layout | None:
    """The layout that `save` wrote, None if there is none; `UserError` if the file is damaged."""
    if not path.exists():
        return None
    content = io.BytesIO(path.read_bytes())
    try:
        with np.load(content, allow_pickle=False) as held:
            reduction = Reduction(held["mean"], held["scale"], held["components"])
            ids = [str(face_id) for face_id in held["face_ids"]]
            kl_divergence = float(held["kl_divergence"]) if "kl_divergence" in held else np.nan
            known = None if np.isnan(kl_divergence) else kl_divergence
            return Layout(str(held["key"]), ids, reduction, held["points"], held["positions"], known)
    except Exception as error:  # NumPy and zipfile raise a dozen kinds for bytes that were cut off or changed
        raise UserError(f"{path} is damaged; lay all faces out anew with: aahq-build tsne --fresh") from error


def lay_out_anew(face_ids: Sequence[str], read: ReadFeatures, settings: LayoutSettings) -> Layout:
    """A map of these faces; of more than `MOST_TO_FIT` a random sample gives the principal components."""
    chosen = np.arange(len(face_ids))
    if len(face_ids) > MOST_TO_FIT:
        rng = np.random.default_rng(settings.seed)
        chosen = np.sort(rng.choice(len(face_ids), MOST_TO_FIT, replace=False))
    sample = read([face_ids[int(index)] for index in chosen])
    reduction = fit_reduction(sample, settings.block_sizes, settings.components, settings.seed)
    points = _reduce(reduction, face_ids, read)
    positions, kl_divergence = lay_out_with_divergence(points, settings.perplexity, settings.seed, settings.n_jobs)
    return Layout(settings.key, list(face_ids), reduction, points, positions, kl_divergence)


def continue_layout(
    old: Layout, face_ids: Sequence[str], read: ReadFeatures, settings: LayoutSettings
) -> Layout | None:
    """The old map with the new faces placed among the old; None if most faces are new, or the settings have changed."""
    if old.key != settings.key:
        return None
    points = _reduce(old.reduction, face_ids, read)
    place = {face_id: index for index, face_id in enumerate(old.face_ids)}
    old_index = np.array([place.get(face_id, -1) for face_id in face_ids])
    # a face that was aligned anew has other features and counts as new
    is_old = (old_index >= 0) & np.isclose(points, old.points[old_index], rtol=1e-3, atol=1e-4).all(axis=1)
    if is_old.sum() * 2 < len(face_ids):
        return None
    positions = np.zeros((len(face_ids), 2))
    positions[is_old] = old.positions[old_index[is_old]]
    if not is_old.all():
        fixed = points[is_old], positions[is_old]
        positions[~is_old] = extend(*fixed, points[~is_old], settings.perplexity)
    return Layout(settings.key, list(face_ids), old.reduction, points, positions, old.kl_divergence)


def _reduce(reduction: Reduction, face_ids: Sequence[str], read: ReadFeatures) -> np.ndarray:
    """Principal components of all faces, a few thousand at a time."""
    starts = range(0, len(face_ids), AT_ONCE)
    return np.concatenate([reduction.apply(read(face_ids[start : start + AT_ONCE])) for start in starts])
