"""Faces of a build as the review page needs them: read a face whole, and cut it out anew when its landmarks changed."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aahq_builder.align.columns import rounded
from aahq_builder.align.config import CropSettings
from aahq_builder.align.crops import CropSource, settings_by_version
from aahq_builder.align.geometry import crop_quad, four_points
from aahq_builder.decisions import REPAIR, Standing, apply_verdict, decide, fold, read_log, standing_of, undo
from aahq_builder.errors import ErrorKind, ItemError, UserError
from aahq_builder.images import Colour, colour, decode, encode_png, hash_of_pixels
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face
from aahq_builder.review import repair
from aahq_builder.workdir import WorkDir, write_atomic


def face_and_artwork(journal: Journal, face_id: str) -> tuple[Face, Artwork]:
    """Both rows; `UserError` if there is no such face."""
    face = next(journal.select(Face, "face_id = ?", [face_id]), None)
    if face is None:
        raise UserError(f"there is no face {face_id}; reload the page")
    return face, next(journal.select(Artwork, "artwork_id = ?", [face.artwork_id]))


def safe_path(workdir: WorkDir, path: str | None) -> Path:
    """A file of the build; whatever a row says, nothing outside the work folder is ever opened."""
    root = workdir.root.resolve()
    resolved = (root / (path or "missing")).resolve()
    if not resolved.is_relative_to(root) or not resolved.is_file():
        raise ItemError(ErrorKind.FILE_MISSING, path or "this face was too small to be cut out")
    return resolved


def crop_size(workdir: WorkDir, face: Face) -> int:
    """Side of the aligned face in px."""
    with Image.open(safe_path(workdir, face.path), formats=["PNG"]) as image:
        return image.size[0]


def preview(face: Face, pixels: np.ndarray, points: object, size: int) -> tuple[bytes, object]:
    """PNG of the face as these four points would cut it out of its artwork, and the corners of that crop."""
    landmarks = repair.move_landmarks(np.array(face.landmarks), repair.parse_points(points))
    quad = repair.checked_quad(landmarks, pixels.shape[1], pixels.shape[0])
    return encode_png(repair.cut(pixels, landmarks, size)), rounded(quad)


def repair_face(journal: Journal, workdir: WorkDir, face_id: str, points: object, reviewer: str) -> None:
    """Log the new landmarks, then cut the face out anew. After a kill in between, `replay` does the second step."""
    face, artwork = face_and_artwork(journal, face_id)
    landmarks = repair.move_landmarks(np.array(face.landmarks), repair.parse_points(points))
    repair.checked_quad(landmarks, *_size(artwork))
    crop_size(workdir, face)
    decide(journal, [face_id], reviewer, REPAIR, landmarks=rounded(landmarks))
    bring_in_line(journal, workdir, face_id, standing_of(journal, face_id))


def undo_last(journal: Journal, workdir: WorkDir, reviewer: str) -> list[str]:
    """Take back the reviewer's last action, crops included."""
    face_ids = undo(journal, reviewer)
    repaired = {face_id for (face_id,) in journal.execute("SELECT face_id FROM reviews WHERE decision = ?", [REPAIR])}
    for face_id in repaired.intersection(face_ids):
        bring_in_line(journal, workdir, face_id, standing_of(journal, face_id))
    return face_ids


def bring_in_line(journal: Journal, workdir: WorkDir, face_id: str, standing: Standing) -> bool:
    """Make row and crop of a face what the log says; gives whether anything had to change.

    A face that was aligned anew may have become another one of the same number: then its own landmarks stay.
    """
    face, artwork = face_and_artwork(journal, face_id)
    wanted = standing.landmarks
    if wanted is None or not face.path or np.allclose(wanted, np.array(face.landmarks), atol=0.02):
        return False
    columns = repair.row_columns(np.array(wanted), *_size(artwork))
    if not _is_ours(standing, face, columns):
        return False
    settings = replace(crop_settings(journal), size=crop_size(workdir, face))
    source = CropSource(safe_path(workdir, artwork.path), settings)
    pixels = source.cut(np.array(columns["quad"]))
    write_atomic(workdir.root / face.path, encode_png(pixels))
    journal.update(Face, face_id, **columns, crop_pixel_sha256=hash_of_pixels(pixels))
    return True


def replay(journal: Journal, workdir: WorkDir) -> int:
    """Bring every face in line with the log, after a kill or a new run of an earlier stage; gives how many changed."""
    known = {face_id for (face_id,) in journal.execute("SELECT face_id FROM faces")}
    standing = {face_id: state for face_id, state in fold(read_log(journal)).items() if face_id in known}
    for face_id, state in standing.items():
        if state.verdict is not None:
            apply_verdict(journal, face_id, state)
    return sum(bring_in_line(journal, workdir, face_id, state) for face_id, state in standing.items())


def _is_ours(standing: Standing, face: Face, columns: Mapping[str, Any]) -> bool:
    """Whether the face in the row is the one that the log speaks of."""
    quad = np.array(face.quad)
    known = [np.array(columns["quad"])]
    if standing.original and standing.original.landmarks:
        known.append(_quad(standing.original.landmarks))
    known += [_quad(row.landmarks) for row in standing.order if row.landmarks]
    return any(repair.same_face(quad, other) for other in known)


def _quad(landmarks: object) -> np.ndarray:
    return crop_quad(four_points(np.array(landmarks)))


def original(workdir: WorkDir, artwork: Artwork, background: Colour) -> np.ndarray:
    """The artwork's pixels, upright."""
    return decode(safe_path(workdir, artwork.path), background=background).pixels


def crop_settings(journal: Journal) -> CropSettings:
    """How the last `align` has cut, so that a repaired crop looks like its neighbours."""
    return next(reversed(settings_by_version(journal).values()), CropSettings())


def background(journal: Journal) -> Colour:
    """What the last `align` laid behind transparent pixels."""
    return colour(crop_settings(journal).background)


def _size(artwork: Artwork) -> tuple[int, int]:
    if not artwork.width or not artwork.height:
        raise UserError(f"the size of {artwork.artwork_id} is not recorded; run aahq-build align again")
    return artwork.width, artwork.height
