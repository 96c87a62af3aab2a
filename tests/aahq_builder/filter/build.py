"""A small build of drawn portraits, as the aligner would have left it: what the tests of the filter work on."""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face
from aahq_builder.workdir import WorkDir
from tests.drawn_faces import draw_portrait

SIZE = 128
QUAD = ((70.0, 50.0), (70.0, 270.0), (290.0, 270.0), (290.0, 50.0))
"""About where an aligner crops the drawn portraits of 360 px: side 220 px."""

__all__ = ["QUAD", "SIZE", "add_portrait", "aligned_of", "draw_portrait", "verdicts"]


def aligned_of(picture: np.ndarray, quad: object = QUAD, size: int = SIZE) -> np.ndarray:
    """The quad of a picture as a square."""
    corners = np.array([[0, 0], [0, size], [size, size], [size, 0]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array(quad, np.float32), corners)
    return cv2.warpPerspective(picture, matrix, (size, size), flags=cv2.INTER_AREA)


def add_portrait(work: Path, name: str, picture: np.ndarray, file: bytes | None = None, **facts: object) -> str:
    """Store a picture and its one face; `file` replaces the bytes of the original, `facts` the face's columns."""
    workdir = WorkDir(work)
    artwork_id = f"folder-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    face_id = f"{artwork_id}-0"
    content = file or _png(picture)
    sha256 = hashlib.sha256(content).hexdigest()
    _write(work / workdir.original(sha256, "png"), content)
    _write(work / workdir.face(face_id), _png(aligned_of(picture)))
    height, width = picture.shape[:2]
    artwork = Artwork(
        artwork_id=artwork_id, source="folder", source_id=name, status="fetched", sha256=sha256,
        path=workdir.original(sha256, "png"), width=width, height=height, faces_found=1, align_version="test",
    )  # fmt: skip
    columns: dict[str, object] = {
        "face_id": face_id, "artwork_id": artwork_id, "detector": "drawn", "landmark_model": "drawn", "confidence": 0.9,
        "landmarks": [[180.0, 150.0]] * 68, "eye_left": (154.0, 138.0), "eye_right": (206.0, 138.0),
        "mouth_left": (157.0, 196.0), "mouth_right": (203.0, 196.0), "quad": QUAD, "face_px": 220.0,
        "pad_fraction": 0.0, "path": workdir.face(face_id),
    }  # fmt: skip
    with Journal(workdir.database) as journal, journal.transaction():
        journal.insert([artwork, Face(**{**columns, **facts})])  # type: ignore[arg-type]
    return face_id


def verdicts(work: Path) -> dict[str, tuple[str, str | None]]:
    """What the rows say: the reason, and whose copy it is."""
    with Journal(WorkDir(work).database) as journal:
        return {face.face_id: (face.rejected, face.duplicate_of) for face in journal.select(Face)}


def _png(picture: np.ndarray) -> bytes:
    return cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
