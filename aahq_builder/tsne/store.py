"""Style features on disk, in shards of some dozen faces: a run that is killed loses the shard it was filling.

A shard is one uncompressed npz file, whose checksums tell when it is damaged. What is measured again goes into a new
shard, and the later shard counts; a shard of which nothing counts any more is deleted.
"""

import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aahq_builder.forgetting import belongs_to
from aahq_builder.records import Face
from aahq_builder.workdir import WorkDir, clear_temporary, write_atomic

MAX_FEATURE = 1e18
"""Larger values overflow when they are squared."""
SHARD_FACES = 64
"""Half a minute of work on a CPU, which is what a kill loses; 2.6 MB of Gram features."""
SHARD_NAME = "shard-{:06}.npz"


def is_usable(features: np.ndarray) -> np.ndarray:
    """Whether all values of a row, or of each row, are finite, and small enough to be squared."""
    usable: np.ndarray = np.abs(features).max(axis=-1) < MAX_FEATURE
    return usable


@dataclass(frozen=True)
class Shard:
    """Features of some faces, as one file holds them."""

    face_ids: Sequence[str]
    crops: Sequence[str]
    """Tells the crop that was measured from a later one of the same face."""
    rows: np.ndarray
    """float32 `[faces, features]`."""

    def write(self, path: Path) -> None:
        """Write the file: absent, old or complete."""
        buffer = io.BytesIO()
        ids, crops = np.array(self.face_ids, dtype=np.bytes_), np.array(self.crops, dtype=np.bytes_)
        np.savez(buffer, face_ids=ids, crops=crops, rows=self.rows)
        write_atomic(path, buffer.getvalue())

    def without(self, artwork_ids: Collection[str]) -> "Shard":
        """The same without the faces of these artworks."""
        stay = [index for index, face_id in enumerate(self.face_ids) if not belongs_to(face_id, artwork_ids)]
        return Shard([self.face_ids[i] for i in stay], [self.crops[i] for i in stay], self.rows[stay])


def read_shard(path: Path) -> Shard | None:
    """A shard, or None if its file is damaged."""
    content = io.BytesIO(path.read_bytes())
    try:
        with np.load(content, allow_pickle=False) as held:
            ids, crops = ([word.decode() for word in held[name].tolist()] for name in ("face_ids", "crops"))
            rows = np.asarray(held["rows"])
    except Exception:  # noqa: BLE001 - NumPy and zipfile raise a dozen kinds for bytes that were cut off or changed
        return None
    is_whole = rows.dtype == np.float32 and rows.ndim == 2 and len(ids) == len(crops) == len(rows)
    return Shard(ids, crops, rows) if is_whole else None


def shard_paths(folder: Path) -> list[Path]:
    """The shards of a folder, the oldest first."""
    return sorted(folder.glob("shard-[0-9]*.npz"))


class FeatureStore:
    """The features of one measure, in `map/features-<name>/`. One process writes at a time."""

    def __init__(self, workdir: WorkDir, name: str, size: int, warn: Callable[[str], None]) -> None:
        """Open the features of measure `name`, of `size` values a face; what is damaged is said and done without."""
        self.root, self.folder = workdir.root, workdir.map / f"features-{name}"
        self._where: dict[str, tuple[str, Path, int]] = {}
        self._unwritten: list[tuple[str, str, np.ndarray]] = []
        clear_temporary(self.folder)
        paths = shard_paths(self.folder)
        self._next = int(paths[-1].stem.partition("-")[2]) + 1 if paths else 0
        for path in paths:
            if (shard := read_shard(path)) and shard.rows.shape[1] == size:
                self._index(path, shard)
            else:
                warn(f"{path.relative_to(self.root)} is damaged; its faces are measured anew")
        self._drop_unused(paths)

    def is_current(self, face: Face) -> bool:
        """False if the face was never measured, or aligned anew since, or if what is stored is of no use."""
        held = self._where.get(face.face_id)
        return held is not None and held[0] == self._crop(face)

    def add(self, face: Face, features: np.ndarray) -> None:
        """Keep the features of a face; they are on disk once the shard is full, or after `flush`."""
        self._unwritten.append((face.face_id, self._crop(face), features.astype(np.float32)))
        if len(self._unwritten) >= SHARD_FACES:
            self.flush()

    def flush(self) -> None:
        """Write what is not on disk yet."""
        if not self._unwritten:
            return
        ids, crops, rows = zip(*self._unwritten, strict=True)
        path, shard = self.folder / SHARD_NAME.format(self._next), Shard(ids, crops, np.stack(rows))
        shard.write(path)
        self._index(path, shard)
        self._next += 1
        self._unwritten = []

    def read(self, face_ids: Sequence[str]) -> np.ndarray:
        """Features of these faces, `[faces, features]`. Each shard is opened once."""
        places: dict[Path, list[tuple[int, int]]] = {}
        for index, face_id in enumerate(face_ids):
            _, path, row = self._where[face_id]
            places.setdefault(path, []).append((index, row))
        features: np.ndarray | None = None
        for path, pairs in places.items():
            rows = _rows(path)
            features = np.empty((len(face_ids), rows.shape[1]), dtype=np.float32) if features is None else features
            to, of = np.array(pairs).T
            features[to] = rows[of]
        assert features is not None, "somebody asks for no face"
        return features

    def _crop(self, face: Face) -> str:
        """Hash of the crop's pixels, or, of rows that have none, the time of its file; empty if it is not there."""
        path = self.root / (face.path or "")
        if not path.is_file():
            return ""
        return face.crop_pixel_sha256 or str(path.stat().st_mtime_ns)

    def _index(self, path: Path, shard: Shard) -> None:
        usable = is_usable(shard.rows)
        for row, (face_id, crop) in enumerate(zip(shard.face_ids, shard.crops, strict=True)):
            if usable[row]:
                self._where[face_id] = crop, path, row

    def _drop_unused(self, paths: Sequence[Path]) -> None:
        used = {path for _, path, _ in self._where.values()}
        for path in paths:
            if path not in used:
                path.unlink(missing_ok=True)


def _rows(path: Path) -> np.ndarray:
    with np.load(path, allow_pickle=False) as held:
        return np.asarray(held["rows"])


def forget_features(folder: Path, artwork_ids: Collection[str]) -> int:
    """Write the shards of a folder without the faces of these artworks; gives how many rows went.

    A damaged shard goes as a whole: nobody can tell whose features it holds.
    """
    clear_temporary(folder)
    return sum(_forget_in(path, artwork_ids) for path in shard_paths(folder))


def _forget_in(path: Path, artwork_ids: Collection[str]) -> int:
    shard = read_shard(path)
    if shard is None:
        path.unlink()
        return 0
    rest = shard.without(artwork_ids)
    gone = len(shard.rows) - len(rest.rows)
    if not len(rest.rows):
        path.unlink()
    elif gone:
        rest.write(path)
    return gone
