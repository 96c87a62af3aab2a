"""One artwork after the other, in a worker: read, find faces, cut them out, write them, and hand back their rows."""

from dataclasses import dataclass, replace

import numpy as np

from aahq_builder.align.columns import crop_of, geometry_columns
from aahq_builder.align.config import AlignConfig
from aahq_builder.align.crops import CropSource
from aahq_builder.align.ensemble import make_finder
from aahq_builder.align.find import FoundFace
from aahq_builder.align.geometry import CropStyle, quad_side
from aahq_builder.files import open_files
from aahq_builder.images import encode_png, hash_of_pixels
from aahq_builder.records import Face, Score
from aahq_builder.workdir import WorkDir

MIN_CROP_PX = 32
"""Smaller faces are recorded and not cut out."""


@dataclass(frozen=True)
class AlignTask:
    """One artwork for a worker."""

    artwork_id: str
    path: str


@dataclass(frozen=True)
class AlignedFaces:
    """What a worker found in an artwork; the crops are already written."""

    faces: list[Face]
    scores: list[Score]


class Aligner:
    """What a worker process does: load the models once, then align artwork after artwork."""

    def __init__(self, workdir: WorkDir, config: AlignConfig, version: str) -> None:
        self.workdir, self.config, self.version = workdir, config, version
        self.files = open_files(config.files, workdir.root)
        self.finder = make_finder(config)
        self.style = CropStyle(not config.no_rotation, config.variant == "metfaces", config.margin)

    def __call__(self, task: AlignTask) -> AlignedFaces:
        """Find, cut and write the faces of one artwork."""
        source = CropSource(self.files.read(task.path), self.config.crop)
        seen = source.picture()
        faces = [in_original(face, seen.reduction) for face in self.finder.find(seen.pixels)]
        rows = []
        for number, face in enumerate(faces):
            row = self._row(f"{task.artwork_id}-{number}", face, seen.size)
            rows.append(self._cut(source, row) if row.path else row)
        scores = [score for row, face in zip(rows, faces, strict=True) for score in self._scores(row, face)]
        return AlignedFaces(rows, scores)

    def _cut(self, source: CropSource, row: Face) -> Face:
        """Write the crop; gives the row with its hash."""
        pixels = source.cut(np.array(row.quad))
        self.files.write(str(row.path), encode_png(pixels))
        return replace(row, crop_pixel_sha256=hash_of_pixels(pixels))

    def _row(self, face_id: str, face: FoundFace, size: tuple[int, int]) -> Face:
        points, quad = crop_of(face.landmarks, self.style)
        columns = geometry_columns(face.landmarks, points, quad, size)
        return Face(
            face_id=face_id,
            artwork_id=face_id.rpartition("-")[0],
            detector=face.detector,
            landmark_model=self.finder.landmark_model.name,
            confidence=face.confidence,
            path=self.workdir.face(face_id) if quad_side(quad) >= MIN_CROP_PX else None,
            **columns,
        )

    def _scores(self, row: Face, face: FoundFace) -> list[Score]:
        return [
            Score(face_id=row.face_id, name=name, value=value, version=self.version)
            for name, value in face.scores.items()
        ]


def in_original(face: FoundFace, reduction: int) -> FoundFace:
    """The face in pixels of the original, of which only a reduced copy was searched."""
    return replace(face, landmarks=(face.landmarks + 0.5) * reduction - 0.5, quad=(face.quad + 0.5) * reduction - 0.5)
