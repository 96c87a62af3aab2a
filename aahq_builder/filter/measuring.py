"""The part of the stage that opens pictures: artworks and their aligned faces in, scores and fingerprints out."""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from aahq_builder.build import config_hash
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.filter.known import perceptual_hash
from aahq_builder.filter.scores import SCORES_VERSION, FaceView, measure
from aahq_builder.filter.sketch import SKETCH_VERSION, sketch_face, sketch_work
from aahq_builder.images import Picture, decode
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, Fingerprint, Score
from aahq_builder.workdir import WorkDir

STAGE = "filter"
VERSION = f"{STAGE}-{SCORES_VERSION}.{SKETCH_VERSION}"
PROBABLY_A_FACE = 0.5
"""Confidence from which a face counts as another face in the same artwork."""
BATCH = 64
"""Artworks per commit: little is lost at a kill, and commits cost nothing beside decoding."""


@dataclass(frozen=True)
class PendingArtwork:
    """An artwork with faces that are to be measured."""

    artwork: Artwork
    faces: Sequence[Face]
    quads: Mapping[str, np.ndarray]
    """Quads [4, 2] px by face id, of all its faces with a confidence of at least `PROBABLY_A_FACE`."""


@dataclass(frozen=True)
class Measured:
    """Scores and fingerprint of one face; a face whose pictures cannot be read has the one score `readable` = 0."""

    face: Face
    version: str
    scores: dict[str, float]
    fingerprint: Fingerprint | None = None
    failure: str = ""
    """Why a face with the score `measurable` = 0 could not be measured."""


def pending_faces(journal: Journal) -> dict[str, list[str]]:
    """Faces by artwork that were never measured, or were by another version, or were cropped anew since.

    Ids alone: the rows of a large build do not fit into memory.
    """
    sql = """SELECT artwork_id, f.face_id, quad, align_version, done.version
        FROM faces f JOIN artworks USING (artwork_id)
        LEFT JOIN scores done ON done.face_id = f.face_id AND done.name = 'readable' AND done.value = 1
        WHERE status = 'fetched' AND f.path <> '' ORDER BY artwork_id, f.face_id"""
    pending: dict[str, list[str]] = {}
    for artwork_id, face_id, quad, align_version, version in journal.execute(sql):
        if version != version_of(json.loads(quad), align_version):
            pending.setdefault(artwork_id, []).append(face_id)
    return pending


def read_pending(journal: Journal, pending: Mapping[str, Sequence[str]]) -> Iterator[PendingArtwork]:
    """The rows of pending faces, one artwork after the other."""
    for artwork_id, face_ids in pending.items():
        (artwork,) = journal.select(Artwork, "artwork_id = ?", [artwork_id])
        faces = list(journal.select(Face, "artwork_id = ? ORDER BY face_id", [artwork_id]))
        quads = {face.face_id: np.array(face.quad) for face in faces if face.confidence >= PROBABLY_A_FACE}
        yield PendingArtwork(artwork, [face for face in faces if face.face_id in face_ids], quads)


def version_of(quad: object, align_version: str | None) -> str:
    """Version of the measures, and eight digits that change when the face is cropped anew."""
    return f"{VERSION}-{config_hash(quad=quad, align=align_version)}"


def measured_batches(workdir: WorkDir, pending: Iterable[PendingArtwork], workers: int) -> Iterator[list[Measured]]:
    """Results in the order of the artworks. Threads are enough: decoding and OpenCV release the interpreter's lock."""
    remaining = iter(pending)
    with ThreadPoolExecutor(workers) as pool:
        while batch := list(itertools.islice(remaining, BATCH)):
            yield [
                result
                for results in pool.map(lambda artwork: measure_artwork(workdir, artwork), batch)
                for result in results
            ]


def measure_artwork(workdir: WorkDir, pending: PendingArtwork) -> list[Measured]:
    """Measure the faces of one artwork, which is decoded once."""
    try:
        original = _read(workdir, pending.artwork.path)
    except ItemError:
        return [_unreadable(face, pending.artwork) for face in pending.faces]
    return [_measure_or_fail(workdir, face, pending, original) for face in pending.faces]


def store(journal: Journal, results: Iterable[Measured]) -> None:
    """Replace what this stage knew about these faces, in one transaction; scores that the aligner took stay."""
    with journal.transaction():
        for result in results:
            face_id = result.face.face_id
            journal.execute("DELETE FROM scores WHERE face_id = ? AND version LIKE ?", (face_id, f"{STAGE}-%"))
            journal.execute("DELETE FROM fingerprints WHERE face_id = ?", (face_id,))
            journal.execute("DELETE FROM resemblances WHERE first = ? OR second = ?", (face_id, face_id))
            journal.insert(
                Score(face_id=face_id, name=name, value=value, version=result.version)
                for name, value in result.scores.items()
            )
            if result.fingerprint is not None:
                journal.insert([result.fingerprint])


def _measure_or_fail(workdir: WorkDir, face: Face, pending: PendingArtwork, original: Picture) -> Measured:
    try:
        return _measure_face(workdir, face, pending, original)
    except ItemError:
        return _unreadable(face, pending.artwork)
    except Exception as error:  # noqa: BLE001 a thread ends here: whatever a library says of one crop costs one row
        version = version_of(face.quad, pending.artwork.align_version)
        failure = f"{type(error).__name__}: {error}"
        return Measured(face, version, {"readable": 1.0, "measurable": 0.0}, failure=failure)


def _measure_face(workdir: WorkDir, face: Face, pending: PendingArtwork, original: Picture) -> Measured:
    aligned = _read(workdir, face.path)
    facts = {"face_px": face.face_px, "pad_fraction": face.pad_fraction, "confidence": face.confidence}
    others = [quad for face_id, quad in pending.quads.items() if face_id != face.face_id]
    view = FaceView(aligned.pixels, original.pixels, np.asarray(face.quad, dtype=float), facts, others)
    version = version_of(face.quad, pending.artwork.align_version)
    fingerprint = Fingerprint(
        face_id=face.face_id,
        pixel_sha256=aligned.pixel_sha256,
        perceptual_hash=perceptual_hash(aligned.pixels),
        face_sketch=sketch_face(aligned.pixels).to_bytes(),
        work_sketch=sketch_work(original.pixels).to_bytes(),
        version=version,
    )
    return Measured(face, version, {"readable": 1.0, **measure(view)}, fingerprint)


def _unreadable(face: Face, artwork: Artwork) -> Measured:
    return Measured(face, version_of(face.quad, artwork.align_version), {"readable": 0.0})


def _read(workdir: WorkDir, path: str | None) -> Picture:
    if path is None or not (workdir.root / path).is_file():
        raise ItemError(ErrorKind.FILE_MISSING, str(path))
    return decode(workdir.root / path)
