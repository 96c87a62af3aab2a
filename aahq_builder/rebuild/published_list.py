"""Published lists of faces: `AAHQ-dataset.json` as its authors gave it out, and the Parquet files of our own releases.

A list is untrusted: a name that is not a plain file name, an address that is none, or points that are no numbers make
an entry that cannot be used, which the report names; unknown keys do no harm. Parquet is read batch by batch, and only
the columns that matter, so that a list may be larger than memory.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path

import numpy as np

from aahq_builder.align.geometry import FourPoints, crop_quad
from aahq_builder.errors import UserError
from aahq_builder.rebuild.release import FORMATS, ReleaseNotes, list_files
from aahq_builder.sources.found import artwork_id

PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}")
POINTS = FourPoints._fields
RELEASED_COLUMNS = (
    "face_id", "image_url", "page_url", "title", "artist", "date", "attribution", "license", "license_url", "sha256",
    "pixel_sha256", "quad", "crop_pixel_sha256", "align_version", *POINTS,
)  # fmt: skip
ROWS_AT_A_TIME = 1000


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
    facts: Mapping[str, str]
    """What the list says about the picture: rights, hashes, names."""

    @property
    def artwork_id(self) -> str:
        """Of the row that a rebuild makes of its picture."""
        return artwork_id("rebuild", self.image_url)


@dataclass(frozen=True)
class PublishedList:
    """A list, read entry by entry; every pass reads it anew."""

    path: Path
    """A JSON or Parquet file, or the folder of a release."""
    notes: ReleaseNotes = field(default_factory=ReleaseNotes)
    origin: str = ""
    """Where it comes from, if not from this disk: ORG/NAME@COMMIT."""

    @cached_property
    def states_licenses(self) -> bool:
        """The list of AAHQ's authors states none; our own releases do, in whatever form."""
        return self.files[0].suffix.lower() != ".json" or any("license" in face.facts for face in self.faces())

    @cached_property
    def files(self) -> list[Path]:
        """The files that hold the list, never those with pixels where there are others."""
        files = [self.path] if self.path.is_file() else list_files(self.path)
        if not files:
            raise UserError(f"{self.path} holds no list of addresses; {FORMATS}")
        return files

    @cached_property
    def digest(self) -> str:
        """8 hex digits that change when the list does."""
        hashed = hashlib.sha256()
        for file in self.files:
            with file.open("rb") as content:
                hashed.update(hashlib.file_digest(content, "sha256").digest())
        return hashed.hexdigest()[:8]

    def entries(self) -> Iterator[tuple[str, ListedFace | UnusableEntryError]]:
        """The name of each entry and what it says, in the list's order."""
        for file in self.files:
            for name, entry in _read_json(file) if file.suffix.lower() == ".json" else _read_parquet(file):
                try:
                    yield name, _face(name, entry)
                except UnusableEntryError as error:
                    yield name, error

    def numbered(self) -> Iterator[tuple[str, str, ListedFace | UnusableEntryError]]:
        """Entries with the ids that their faces get: the picture's id and the face's number among those of it."""
        numbers: defaultdict[str, Iterator[int]] = defaultdict(count)
        for name, entry in self.entries():
            face_id = ""
            if isinstance(entry, ListedFace):
                face_id = f"{entry.artwork_id}-{next(numbers[entry.artwork_id])}"
            yield name, face_id, entry

    def faces(self) -> Iterator[ListedFace]:
        """The entries that can be used."""
        return (face for _, face in self.entries() if isinstance(face, ListedFace))

    def pictures(self) -> Iterator[ListedFace]:
        """The first face of each picture, whose facts hold for all of them."""
        seen: set[bytes] = set()
        for face in self.faces():
            mark = face.artwork_id.encode()
            if mark not in seen:
                seen.add(mark)
                yield face

    def by_picture(self) -> Iterator[tuple[str, dict[str, ListedFace]]]:
        """The faces of each picture by their ids. Only those that do not stand together are collected beforehand."""
        scattered = self._scattered()
        kept: dict[str, dict[str, ListedFace]] = {}
        current: tuple[str, dict[str, ListedFace]] = ("", {})
        for _, face_id, face in self.numbered():
            if isinstance(face, UnusableEntryError):
                continue
            if face.artwork_id in scattered:
                kept.setdefault(face.artwork_id, {})[face_id] = face
                continue
            if face.artwork_id != current[0]:
                if current[1]:
                    yield current
                current = (face.artwork_id, {})
            current[1][face_id] = face
        if current[1]:
            yield current
        yield from kept.items()

    def has_removed(self, face: ListedFace) -> bool:
        """Whether the release itself says that it holds this face no longer."""
        return self.notes.names_removed(face.name.rpartition(".")[0], face.facts.get("sha256"))

    def _scattered(self) -> set[str]:
        """Pictures whose faces stand apart from each other in the list."""
        seen: set[str] = set()
        scattered: set[str] = set()
        last = ""
        for face in self.faces():
            if face.artwork_id != last and face.artwork_id in seen:
                scattered.add(face.artwork_id)
            last = face.artwork_id
            seen.add(last)
        return scattered


def _read_json(file: Path) -> Iterator[tuple[str, object]]:
    try:
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UserError(f"{file} is no JSON ({error})") from error
    if not isinstance(content, dict):
        raise UserError(f"{file} is not of the form name -> image_url, landmarks")
    yield from content.items()


def _read_parquet(file: Path) -> Iterator[tuple[str, object]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as parquet:
            columns = [name for name in RELEASED_COLUMNS if name in parquet.schema_arrow.names]
            for batch in parquet.iter_batches(ROWS_AT_A_TIME, columns=columns):
                for row in batch.to_pylist():
                    yield f"{row.get('face_id')}.png", {**row, "landmarks": {name: row.get(name) for name in POINTS}}
    except pa.ArrowInvalid as error:
        raise UserError(f"{file} is no Parquet file, or damaged ({error})") from error


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
