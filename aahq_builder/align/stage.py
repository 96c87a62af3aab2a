"""`aahq-build align`: find the faces of fetched artworks, cut them out as FFHQ does, note them in the journal."""

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aahq_builder.align.fast_warp import warp_fast
from aahq_builder.align.find import FaceFinder, FoundFace
from aahq_builder.align.geometry import CropStyle, crop_quad, pad_fraction, quad_side
from aahq_builder.align.models import shape_predictor
from aahq_builder.align.warp import warp_reference
from aahq_builder.build import Build, config_hash, open_build
from aahq_builder.config import AlignConfig
from aahq_builder.engine import Outcome, run_local
from aahq_builder.errors import ErrorKind, ItemError, UserError
from aahq_builder.images import decode
from aahq_builder.records import Artwork, Face, MapPoint, Score
from aahq_builder.workdir import WorkDir, write_atomic
from blendgan.console import Console

ALIGN_VERSION = "1"
"""Raise it when the same settings give other rows or pictures than before."""
MIN_CROP_PX = 32
"""Smaller faces are recorded and not cut out."""
SHAPING_SETTINGS = ("size", "mode", "variant", "no_rotation", "no_padding", "margin")
"""Settings that change rows or pictures, beside the landmark model."""
PENDING = "status = 'fetched' AND align_version IS NOT ?"


@dataclass(frozen=True)
class Task:
    """One artwork for a worker."""

    artwork_id: str
    path: str


@dataclass(frozen=True)
class Found:
    """What a worker found in an artwork; the pictures of the faces are already on disk."""

    faces: list[Face]
    scores: list[Score]


def run(config: AlignConfig, console: Console) -> None:
    """Align everything that is pending; a changed setting makes every artwork pending again."""
    version = align_version(config)
    with open_build(config, console) as build:
        pending = build.manifest.count(Artwork, PENDING, [version])
        total = min(pending, config.limit or pending)
        if config.dry_run:
            console.result(f"would align {total} artworks", total=total)
            return
        if total:
            _say_terms(build, config)
            _remove_leftovers(build.workdir)
        faces = _align(build, config, version, total)
        build.finish(f"found {faces} faces in", total, "artwork")


def align_version(config: AlignConfig) -> str:
    """Version of the stage and of the settings that shape its rows and pictures."""
    shaping = {name: getattr(config, name) for name in SHAPING_SETTINGS}
    return f"{ALIGN_VERSION}-{config_hash(**shaping | {'landmarks': config.landmarks and config.landmarks.name})}"


def crop_style(config: AlignConfig) -> CropStyle:
    """The crop that the settings ask for."""
    return CropStyle(not config.no_rotation, config.variant == "metfaces", config.margin)


def _align(build: Build, config: AlignConfig, version: str, total: int) -> int:
    rows = build.manifest.select(Artwork, f"{PENDING} ORDER BY artwork_id LIMIT ?", [version, total])
    tasks = [Task(row.artwork_id, row.path or "") for row in rows]
    setup = partial(Aligner, build.workdir, config, version)
    faces = 0
    with build.console.progress(total, "artwork") as progress:
        for outcome in run_local(setup, tasks, min(config.workers, max(total, 1)), config.timeout_s):
            faces += _commit(build, outcome, version)
            progress.advance(faces=faces)
    return faces


def _commit(build: Build, outcome: Outcome[Task, Found], version: str) -> int:
    """Replace the artwork's faces by what was found; files go first, so that no row ever lacks its file for good."""
    error = outcome.error
    if error is not None and error.kind is ErrorKind.DISK:
        raise UserError(f"cannot write faces ({error.detail}); make room and run the same command again")
    found = outcome.result or Found([], [])
    artwork_id = outcome.item.artwork_id
    manifest = build.manifest
    kept = {face.path for face in found.faces}
    old = list(manifest.select(Face, "artwork_id = ?", [artwork_id]))
    for face in old:
        if face.path and face.path not in kept:
            (build.workdir.root / face.path).unlink(missing_ok=True)
    with manifest.transaction():
        for record in (Score, MapPoint, Face):
            for face in old:
                manifest.execute(f"DELETE FROM {record.table} WHERE face_id = ?", [face.face_id])
        manifest.insert([*found.faces, *found.scores])
        manifest.update(
            Artwork,
            artwork_id,
            faces_found=len(found.faces),
            align_version=version,
            error=error and str(error.kind),
            error_detail=error and error.detail,
        )
    build.counts["unreadable" if error else "with_face" if found.faces else "no_face"] += 1
    return len(found.faces)


def _say_terms(build: Build, config: AlignConfig) -> None:
    model = shape_predictor(config.landmarks)
    if model.terms and not build.manifest.count(Face, "landmark_model = ?", [model.name]):
        build.console.info(model.terms)


def _remove_leftovers(workdir: WorkDir) -> None:
    """Temporary files of a run that was killed while it wrote."""
    for leftover in _leftovers(workdir.root / "faces"):
        with suppress(FileNotFoundError):
            leftover.unlink()


def _leftovers(folder: Path) -> Iterator[Path]:
    return folder.glob(".tmp-*")


class Aligner:
    """Life of a worker: models loaded once, then artwork after artwork."""

    def __init__(self, workdir: WorkDir, config: AlignConfig, version: str) -> None:
        self.workdir, self.config, self.version = workdir, config, version
        self.finder = FaceFinder(shape_predictor(config.landmarks))
        self.style = crop_style(config)
        self.warp = warp_fast if config.mode == "fast" else warp_reference

    def __call__(self, task: Task) -> Found:
        """Find, cut and write the faces of one artwork."""
        try:
            pixels = decode(self.workdir.root / task.path).pixels
        except FileNotFoundError as error:
            raise ItemError(ErrorKind.FILE_MISSING, task.path) from error
        faces, scores = [], []
        for number, found in enumerate(self.finder.find(pixels)):
            quad = crop_quad(found.points, self.style)
            face = self._row(task, number, found, quad, pixels)
            if face.path:
                aligned = self.warp(pixels, quad, self.config.size, padding=not self.config.no_padding)
                self._write(face.path, aligned)
            faces.append(face)
            scores += [
                Score(face_id=face.face_id, name=n, value=v, version=self.version) for n, v in found.facts.items()
            ]
        return Found(faces, scores)

    def _row(self, task: Task, number: int, found: FoundFace, quad: np.ndarray, pixels: np.ndarray) -> Face:
        face_id = f"{task.artwork_id}-{number}"
        face_px = quad_side(quad)
        return Face(
            face_id=face_id,
            artwork_id=task.artwork_id,
            detector=found.detector,
            landmark_model=self.finder.landmark_model.name,
            confidence=found.confidence,
            landmarks=_rounded(found.landmarks),
            eye_left=_rounded(found.points.eye_left),
            eye_right=_rounded(found.points.eye_right),
            mouth_left=_rounded(found.points.mouth_left),
            mouth_right=_rounded(found.points.mouth_right),
            quad=_rounded(quad),
            face_px=round(face_px, 2),
            pad_fraction=round(pad_fraction(quad, pixels.shape[1], pixels.shape[0]), 4),
            path=self.workdir.face(face_id) if face_px >= MIN_CROP_PX else None,
        )

    def _write(self, path: str, face: np.ndarray) -> None:
        content = io.BytesIO()
        Image.fromarray(face).save(content, "PNG", compress_level=1)
        try:
            write_atomic(self.workdir.root / path, content.getvalue())
        except OSError as error:
            raise ItemError(ErrorKind.DISK, str(error)) from error


def _rounded(points: np.ndarray) -> Any:
    """As JSON stores them: hundredths of a pixel."""
    return np.round(points, 2).tolist()
