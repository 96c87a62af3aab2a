"""Cutting the faces of a published list out of its pictures: the work of one process."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
from PIL import Image

from aahq_builder.align.columns import geometry_columns
from aahq_builder.align.fast_warp import warp_fast
from aahq_builder.align.geometry import quad_side
from aahq_builder.align.warp import warp_reference
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.images import decode, encode_png
from aahq_builder.rebuild.config import RebuildConfig
from aahq_builder.rebuild.published_list import ListedFace
from aahq_builder.records import Face
from aahq_builder.workdir import WorkDir, write_atomic

MAX_REACH = 4
"""Crops reach at most so many times the picture's longer side."""
FOLDER = "rebuilt"
"""Faces lie here under the names that the list gives them."""


@dataclass(frozen=True)
class Crops:
    """One picture and the faces to cut out of it, by their ids."""

    artwork_id: str
    original: str
    """Relative to the work folder."""
    longer_px: int
    """Longer side of the picture; 0 if it is not known."""
    faces: Mapping[str, ListedFace]

    def least_px(self, size: int) -> int | None:
        """Longer side that leaves a pixel for each one of the smallest crop's; None for all pixels."""
        smallest = min(quad_side(face.quad) for face in self.faces.values())
        return ceil(self.longer_px * size / smallest) if self.longer_px and smallest > 0 else None


def fits(quad: np.ndarray, width: int, height: int) -> bool:
    """Whether a listed crop can be cut from a picture: a hostile one, far off or huge, costs memory without end."""
    reach = MAX_REACH * max(width, height)
    return bool(quad_side(quad) <= reach and np.all(np.abs(quad) <= reach))


class Cutter:
    """Life of a worker process: picture after picture."""

    def __init__(self, workdir: WorkDir, config: RebuildConfig) -> None:
        self.workdir, self.size, self.fast = workdir, config.size, config.mode == "fast"
        self.warp = warp_fast if self.fast else warp_reference

    def __call__(self, crops: Crops) -> list[Face]:
        """Decode, cut out, write; gives the rows."""
        try:
            picture = decode(self.workdir.root / crops.original, crops.least_px(self.size) if self.fast else None)
        except FileNotFoundError as error:
            raise ItemError(ErrorKind.FILE_MISSING, crops.original) from error
        rows = []
        for face_id, face in crops.faces.items():
            if not fits(face.quad, *picture.size):
                continue
            path = f"{FOLDER}/{face.name}"
            self._write(path, self.warp(picture.pixels, picture.reduced(face.quad), self.size))
            rows.append(_row(crops.artwork_id, face_id, face, path, picture.size))
        return rows

    def _write(self, path: str, pixels: np.ndarray) -> None:
        is_jpeg = path.lower().endswith((".jpg", ".jpeg"))
        write_atomic(self.workdir.root / path, _jpeg(pixels) if is_jpeg else encode_png(pixels))


def _jpeg(pixels: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=95)
    return content.getvalue()


def _row(artwork: str, face_id: str, face: ListedFace, path: str, size: tuple[int, int]) -> Face:
    return Face(
        face_id=face_id,
        artwork_id=artwork,
        detector="published list",
        landmark_model="published list",
        confidence=1.0,
        path=path,
        **geometry_columns(np.stack(face.points), face.points, face.quad, size, as_given=True),
    )
