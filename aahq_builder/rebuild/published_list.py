"""Published lists of faces: `AAHQ-dataset.json` as its authors gave it out, and the Parquet files of our own releases.

A list is untrusted: a name that is not a plain file name, an address that is none, or points that are no numbers make
an entry that cannot be used, which the report names; unknown keys do no harm.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from aahq_builder.align.geometry import FourPoints, crop_quad
from aahq_builder.errors import UserError

PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}")
POINTS = FourPoints._fields
RELEASED_COLUMNS = (
    "face_id", "image_url", "page_url", "title", "artist", "date", "attribution", "license", "license_url", "sha256",
    "pixel_sha256", "quad", "landmarks", *POINTS,
)  # fmt: skip


class UnusableEntryError(ValueError):
    """An entry that cannot be rebuilt, with the reason in words."""


@dataclass(frozen=True)
class ListedFace:
    """One face of a list."""

    name: str
    """File name of the aligned face, as the list gives it."""
    image_url: str
    points: FourPoints
    quad: np.ndarray
    """[4, 2] px of the upright original."""
    facts: Mapping[str, Any]
    """What the list says about the picture: rights, hashes, names."""


@dataclass(frozen=True)
class PublishedList:
    """A list, read entry by entry."""

    path: Path

    @property
    def is_aahq(self) -> bool:
        """The published AAHQ list states no licences; our own releases do."""
        return self.path.suffix.lower() == ".json"

    def entries(self) -> Iterator[tuple[str, ListedFace | UnusableEntryError]]:
        """The name of each entry and what it says, in the list's order."""
        read = self._read_json() if self.is_aahq else self._read_parquet()
        for name, entry in read:
            try:
                yield name, _face(name, entry)
            except UnusableEntryError as error:
                yield name, error

    def faces(self) -> Iterator[ListedFace]:
        """The entries that can be used."""
        return (face for _, face in self.entries() if isinstance(face, ListedFace))

    def _read_json(self) -> Iterator[tuple[str, object]]:
        try:
            content = json.loads(self.path.read_bytes())
        except ValueError as error:
            raise UserError(f"{self.path} is no JSON ({error})") from error
        if not isinstance(content, dict):
            raise UserError(f"{self.path} is not of the form name -> image_url, landmarks")
        yield from content.items()

    def _read_parquet(self) -> Iterator[tuple[str, object]]:
        import pyarrow.parquet as pq

        folder = self.path / "data" / "urls"
        files = (
            [self.path]
            if self.path.is_file()
            else sorted((folder if folder.is_dir() else self.path).rglob("*.parquet"))
        )
        if not files:
            raise UserError(f"{self.path} holds no Parquet file")
        for file in files:
            parquet = pq.ParquetFile(file)
            columns = [name for name in RELEASED_COLUMNS if name in parquet.schema_arrow.names]
            for batch in parquet.iter_batches(1000, columns=columns):
                for row in batch.to_pylist():
                    yield f"{row.get('face_id')}.png", {**row, "landmarks": {name: row.get(name) for name in POINTS}}


def face_ids(faces: Iterator[ListedFace], artwork_id_of: Callable[[str], str]) -> Iterator[tuple[str, ListedFace]]:
    """Faces with their ids: the artwork's id and the face's number among those of the same picture."""
    numbers: dict[str, Iterator[int]] = {}
    for face in faces:
        artwork_id = artwork_id_of(face.image_url)
        yield f"{artwork_id}-{next(numbers.setdefault(artwork_id, count()))}", face


def _face(name: str, entry: object) -> ListedFace:
    if not PLAIN_NAME.fullmatch(name):
        raise UnusableEntryError("its name is not a plain file name")
    if not isinstance(entry, dict) or not isinstance(entry.get("image_url"), str):
        raise UnusableEntryError("it has no image_url")
    landmarks = entry.get("landmarks")
    points = FourPoints(*(_point(landmarks, point) for point in POINTS))
    try:
        quad = np.array(entry["quad"], dtype=np.float64) if entry.get("quad") is not None else crop_quad(points)
    except (ValueError, TypeError) as error:
        raise UnusableEntryError(f"its landmarks give no crop ({error})") from error
    if quad.shape != (4, 2) or not np.isfinite(quad).all():
        raise UnusableEntryError("its crop has no four corners")
    return ListedFace(name, entry["image_url"], points, quad, {k: v for k, v in entry.items() if isinstance(v, str)})


def _point(landmarks: object, name: str) -> np.ndarray:
    value = landmarks.get(name) if isinstance(landmarks, dict) else None
    try:
        point = np.array(value, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise UnusableEntryError(f"{name} is no point") from error
    if point.shape != (2,) or not np.isfinite(point).all():
        raise UnusableEntryError(f"{name} is no point")
    return point


def by_picture(faces: Iterator[ListedFace]) -> dict[str, ListedFace]:
    """The first face of each picture address; all faces of a picture share its facts."""
    first: dict[str, ListedFace] = {}
    for face in faces:
        first.setdefault(face.image_url, face)
    return first
