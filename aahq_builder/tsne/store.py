"""Style features on disk, one file per face: a run that is killed loses none, a face is removed with its file."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aahq_builder.records import Face
from aahq_builder.workdir import WorkDir, write_atomic

MAX_FEATURE = 1e18
"""Larger values overflow when they are squared."""


def is_usable(features: np.ndarray) -> bool:
    """Whether all values are finite, and small enough to be squared."""
    return bool(np.abs(features).max() < MAX_FEATURE)


@dataclass(frozen=True)
class FeatureStore:
    """The features of one measure, in `map/features-<name>/`."""

    workdir: WorkDir
    name: str

    def path(self, face_id: str) -> Path:
        """Where the features of a face lie."""
        return self.workdir.map / f"features-{self.name}" / f"{face_id}.npy"

    def is_current(self, face: Face) -> bool:
        """False if the face was never measured, or aligned anew since, or if what is stored is of no use."""
        stored, source = self.path(face.face_id), self.workdir.root / (face.path or "")
        is_newer = stored.exists() and source.exists() and stored.stat().st_mtime_ns >= source.stat().st_mtime_ns
        return is_newer and is_usable(self.read([face.face_id]))

    def write(self, face_id: str, features: np.ndarray) -> None:
        """Keep the features of a face, float32."""
        buffer = io.BytesIO()
        np.save(buffer, features.astype(np.float32), allow_pickle=False)
        write_atomic(self.path(face_id), buffer.getvalue())

    def read(self, face_ids: Sequence[str]) -> np.ndarray:
        """Features of these faces, `[faces, features]`."""
        return np.stack([np.load(self.path(face_id), allow_pickle=False) for face_id in face_ids])
