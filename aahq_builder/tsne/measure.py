"""Measure the style of every face once: pictures are decoded and shrunk by threads beside the network."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from aahq_builder.build import Build
from aahq_builder.errors import ItemError
from aahq_builder.images import decode
from aahq_builder.records import Face
from aahq_builder.thumbnails import shrink
from aahq_builder.tsne.config import TsneConfig
from aahq_builder.tsne.features import StyleFeatures
from aahq_builder.tsne.store import FeatureStore, is_usable

Decoded = tuple[Face, UInt8[np.ndarray, "height width 3"]]


def measure_all(
    build: Build, faces: Sequence[Face], measure: StyleFeatures, store: FeatureStore, config: TsneConfig
) -> list[Face]:
    """Make sure that features of every face are stored; gives the faces that could be read and measured.

    An interrupt loses the batch in hand, a kill the shard that was being filled.
    """
    pending = [face for face in faces if not store.is_current(face)]
    run, batch = _Run(build, measure), config.batch or measure.batch
    with build.console.progress(len(faces), "face", start=len(faces) - len(pending)) as progress:
        try:
            for group in in_groups(run.decoded(pending, batch, config.workers), batch):
                for face, row in run.measured(group):
                    store.add(face, row)
                progress.advance(len(group))
        finally:
            store.flush()
    return [face for face in faces if face.face_id not in run.left_out]


class _Run:
    """Faces on their way to features, and those that were left behind."""

    def __init__(self, build: Build, measure: StyleFeatures) -> None:
        self.build, self.measure = build, measure
        self.left_out: set[str] = set()

    def decoded(self, faces: Sequence[Face], batch: int, workers: int) -> Iterator[Decoded]:
        """Faces with their pixels, in order; two batches are decoded ahead of the one that is asked for."""
        root, side = self.build.workdir.root, self.measure.image_px
        # decoding and shrinking release the interpreter's lock, so that threads are enough
        with ThreadPoolExecutor(workers) as pool:
            jobs = ((face, pool.submit(read_face, root / str(face.path), side)) for face in faces)
            for face, job in _ahead(jobs, 2 * batch):
                try:
                    yield face, job.result()
                except (ItemError, FileNotFoundError) as error:
                    self._leave_out(face, "unreadable", error)

    def measured(self, group: Sequence[Decoded]) -> Iterator[tuple[Face, np.ndarray]]:
        """Faces with their features."""
        features = self.measure.extract(np.stack([pixels for _, pixels in group]))
        for (face, _), row in zip(group, features, strict=True):
            if is_usable(row):
                yield face, row
            else:
                self._leave_out(face, "unmeasurable", "its style features are not finite numbers")

    def _leave_out(self, face: Face, outcome: str, reason: object) -> None:
        self.build.console.warn(f"{face.face_id}: {reason}; left out of the map")
        self.build.counts[outcome] += 1
        self.left_out.add(face.face_id)


def read_face(path: Path, side: int) -> UInt8[np.ndarray, "height width 3"]:
    """Pixels of a face, averaged down to `side` px if they are more; `ItemError` if it cannot be read."""
    pixels = decode(path).pixels
    return shrink(pixels, side) if min(pixels.shape[:2]) > side else pixels


def _ahead(jobs: Iterable[tuple[Face, Future[np.ndarray]]], count: int) -> Iterator[tuple[Face, Future[np.ndarray]]]:
    """The same, with `count` jobs begun before the first is waited for."""
    waiting: deque[tuple[Face, Future[np.ndarray]]] = deque()
    for job in jobs:
        waiting.append(job)
        if len(waiting) > count:
            yield waiting.popleft()
    yield from waiting


def in_groups(faces: Iterable[Decoded], size: int) -> Iterator[list[Decoded]]:
    """Groups of up to `size` faces of one shape."""
    group: list[Decoded] = []
    for face, pixels in faces:
        if group and (len(group) == size or group[0][1].shape != pixels.shape):
            yield group
            group = []
        group.append((face, pixels))
    if group:
        yield group
