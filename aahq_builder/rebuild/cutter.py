"""Cutting the faces of a published list out of its pictures: the work of one process."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from aahq_builder.align.columns import geometry_columns
from aahq_builder.align.config import CropSettings
from aahq_builder.align.crops import CropSource, coarsest_for
from aahq_builder.align.geometry import quad_side
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.images import encode_png, hash_of_pixels
from aahq_builder.rebuild.published_list import ListedFace
from aahq_builder.records import Face
from aahq_builder.workdir import WorkDir, write_atomic

MAX_REACH = 4
"""Crops reach at most so many times the picture's longer side."""
FOLDER = "rebuilt"
"""Faces lie here under the names that the list gives them."""


@dataclass(frozen=True)
class ListedCrop:
    """A face to cut out, and how."""

    face: ListedFace
    settings: CropSettings


@dataclass(frozen=True)
class Crops:
    """One picture and the faces to cut out of it, by their ids."""

    artwork_id: str
    original: str
    """Relative to the work folder."""
    faces: Mapping[str, ListedCrop]


def fits(quad: np.ndarray, width: int, height: int) -> bool:
    """Whether a listed crop can be cut from a picture: a hostile one, far off or huge, costs memory without end."""
    reach = MAX_REACH * max(width, height)
    return bool(quad_side(quad) <= reach and np.all(np.abs(quad) <= reach))


class Cutter:
    """Life of a worker process: picture after picture."""

    def __init__(self, workdir: WorkDir) -> None:
        self.workdir = workdir

    def __call__(self, crops: Crops) -> list[Face]:
        """Decode, cut out, write; gives the rows."""
        try:
            content = (self.workdir.root / crops.original).read_bytes()
        except FileNotFoundError as error:
            raise ItemError(ErrorKind.FILE_MISSING, crops.original) from error
        sources: dict[CropSettings, CropSource] = {}
        rows = []
        for face_id, crop in crops.faces.items():
            source = sources.setdefault(crop.settings, CropSource(content, crop.settings))
            size = source.picture(coarsest_for(crop.face.quad, crop.settings.size)).size
            if fits(crop.face.quad, *size):
                rows.append(self._cut(crops.artwork_id, face_id, crop.face, source, size))
        return rows

    def _cut(self, artwork: str, face_id: str, face: ListedFace, source: CropSource, size: tuple[int, int]) -> Face:
        path, pixels = f"{FOLDER}/{face.name}", source.cut(face.quad)
        is_jpeg = path.lower().endswith((".jpg", ".jpeg"))
        write_atomic(self.workdir.root / path, _jpeg(pixels) if is_jpeg else encode_png(pixels))
        return Face(
            face_id=face_id,
            artwork_id=artwork,
            detector="published list",
            landmark_model="published list",
            confidence=1.0,
            path=path,
            crop_pixel_sha256=hash_of_pixels(pixels),
            **geometry_columns(np.stack(face.points), face.points, face.quad, size, as_given=True),
        )


def _jpeg(pixels: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=95)
    return content.getvalue()
