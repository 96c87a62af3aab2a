"""One artwork after the other, in a worker: read, find faces, cut them out, write them, and hand back their rows."""

from dataclasses import dataclass, replace

import numpy as np

from aahq_builder.align.columns import geometry_columns
from aahq_builder.align.config import AlignConfig
from aahq_builder.align.ensemble import make_finder
from aahq_builder.align.fast_warp import warp_fast
from aahq_builder.align.find import FoundFace
from aahq_builder.align.geometry import CropStyle, crop_quad, four_points, quad_side
from aahq_builder.align.warp import warp_reference
from aahq_builder.files import open_files
from aahq_builder.images import Picture, colour, decode, encode_png
from aahq_builder.records import Face, Score
from aahq_builder.workdir import WorkDir

MIN_CROP_PX = 32
"""Smaller faces are recorded and not cut out."""
SEARCH_PX = 2000
"""Longer side that suffices to find faces and landmarks."""


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
        self.background = colour(config.background)
        self.fast = config.mode == "fast"
        self.warp = warp_fast if self.fast else warp_reference

    def __call__(self, task: AlignTask) -> AlignedFaces:
        """Find, cut and write the faces of one artwork."""
        content = self.files.read(task.path)
        seen = decode(content, SEARCH_PX if self.fast else None, self.background)
        faces = [_in_original(face, seen.reduction) for face in self.finder.find(seen.pixels)]
        quads = [crop_quad(four_points(face.landmarks), self.style) for face in faces]
        picture = self._fine_enough(content, seen, quads)
        rows = []
        for number, (face, quad) in enumerate(zip(faces, quads, strict=True)):
            rows.append(row := self._row(f"{task.artwork_id}-{number}", face, quad, picture))
            if row.path:
                self._cut(row.path, picture, quad)
        scores = [score for row, face in zip(rows, faces, strict=True) for score in self._scores(row, face)]
        return AlignedFaces(rows, scores)

    def _fine_enough(self, content: bytes, seen: Picture, quads: list[np.ndarray]) -> Picture:
        """The picture, decoded anew where that gives the smallest crop more of the pixels that it needs."""
        if seen.reduction == 1 or not quads:
            return seen
        needed = max(self.config.size / quad_side(quad) for quad in quads) * seen.reduction
        return seen if needed <= 1 else decode(content, int(max(seen.pixels.shape) * needed), self.background)

    def _cut(self, path: str, picture: Picture, quad: np.ndarray) -> None:
        aligned = self.warp(picture.pixels, picture.reduced(quad), self.config.size, padding=not self.config.no_padding)
        self.files.write(path, encode_png(aligned))

    def _row(self, face_id: str, face: FoundFace, quad: np.ndarray, picture: Picture) -> Face:
        columns = geometry_columns(face.landmarks, four_points(face.landmarks), quad, picture.size)
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


def _in_original(face: FoundFace, reduction: int) -> FoundFace:
    """The face in pixels of the original, of which only a reduced copy was searched."""
    return replace(face, landmarks=(face.landmarks + 0.5) * reduction - 0.5, quad=(face.quad + 0.5) * reduction - 0.5)
