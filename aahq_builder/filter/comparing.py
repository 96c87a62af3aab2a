"""The part of the stage that compares new faces with all others, by their sketches: no picture is opened."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from aahq_builder.build import Build
from aahq_builder.filter.average import AVERAGE_FACE, AVERAGE_WORK
from aahq_builder.filter.duplicates import Subject, compare
from aahq_builder.filter.neighbours import Candidate, Index, average_of, candidates
from aahq_builder.filter.sketch import CELLS, DESCRIPTOR_BYTES, DIRECTIONS, Sketch
from aahq_builder.journal import Journal
from aahq_builder.records import Fingerprint, Resemblance

LEAST_FACE_LIKENESS, LEAST_WORK_LIKENESS = 0.74, 0.87
"""Of descriptors. One in ten thousand pairs of unrelated portraits is as alike; copies are, in face or in artwork."""
BATCH = 16_384
"""New faces per commit."""
COMPARED_AT_ONCE = 512
"""Pairs whose sketches are in memory (9 MB)."""
IN_ORDER = "FROM fingerprints ORDER BY compared DESC, face_id"

Suspect = tuple[int, int, bool]
"""Two rows, and whether one is to be mirrored."""


@dataclass(frozen=True)
class Descriptors:
    """Of all faces, those that were compared before first."""

    face_ids: Sequence[str]
    face: Index
    work: Index
    new_from: int

    def share_artwork(self, candidate: Candidate) -> bool:
        """Whether two faces lie in one artwork, which is then no evidence."""
        one, other = (self.face_ids[row].rpartition("-")[0] for row in (candidate.first, candidate.second))
        return one == other

    @classmethod
    def read(cls, journal: Journal) -> "Descriptors":
        """From the journal: 256 bytes a face there, 1 kB in memory."""
        face_ids = [face_id for (face_id,) in journal.execute(f"SELECT face_id {IN_ORDER}")]
        new_from = journal.count(Fingerprint, "compared")
        faces = read_descriptors(journal, "face_sketch", len(face_ids))
        works = read_descriptors(journal, "work_sketch", len(face_ids))
        return cls(
            face_ids,
            Index.of(faces, average_of(faces, AVERAGE_FACE)),
            Index.of(works, average_of(works, AVERAGE_WORK)),
            new_from,
        )


def compare_new(build: Build, workers: int) -> None:
    """Find what new faces resemble and note it; a batch that was noted is not searched again."""
    if not build.journal.count(Fingerprint, "NOT compared"):
        return
    all_of_them = Descriptors.read(build.journal)
    total = len(all_of_them.face_ids)
    with build.console.progress(total, "comparison", start=all_of_them.new_from) as progress:
        for start in range(all_of_them.new_from, total, BATCH):
            end = min(start + BATCH, total)
            suspects = find_suspects(all_of_them, start, end)
            found = list(examine(build.journal, all_of_them.face_ids, suspects, workers))
            _note(build.journal, found, all_of_them.face_ids[start:end])
            progress.advance(end - start)


def find_suspects(descriptors: Descriptors, start: int, end: int) -> list[Suspect]:
    """Pairs alike in face or artwork whose second row lies between `start` and `end`."""
    of_faces = candidates(descriptors.face.first(end), LEAST_FACE_LIKENESS, start)
    of_works = candidates(descriptors.work.first(end), LEAST_WORK_LIKENESS, start)
    found = {(c.first, c.second, c.mirrored) for c in of_faces.values()}
    found |= {(c.first, c.second, c.mirrored) for c in of_works.values() if not descriptors.share_artwork(c)}
    return sorted(found)


def examine(
    journal: Journal, face_ids: Sequence[str], suspects: Sequence[Suspect], workers: int
) -> Iterator[Resemblance]:
    """Lay each pair's sketches over each other; gives those that have something in common."""
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(suspects), COMPARED_AT_ONCE):
            part = suspects[start : start + COMPARED_AT_ONCE]
            rows = {row for first, second, _ in part for row in (first, second)}
            subjects = read_subjects(journal, [face_ids[row] for row in sorted(rows)])
            pairs = [(subjects[face_ids[a]], subjects[face_ids[b]], mirrored) for a, b, mirrored in part]
            for resemblance in pool.map(lambda pair: compare(*pair), pairs):
                if resemblance is not None:
                    yield resemblance


def read_subjects(journal: Journal, face_ids: Sequence[str]) -> dict[str, Subject]:
    """Sketches and geometry of some faces."""
    marks = ", ".join("?" * len(face_ids))
    sql = f"""SELECT p.face_id, p.face_sketch, p.work_sketch, f.quad, a.width, a.height FROM fingerprints p
        JOIN faces f ON f.face_id = p.face_id JOIN artworks a ON a.artwork_id = f.artwork_id
        WHERE p.face_id IN ({marks})"""
    return {
        face_id: Subject(
            face_id,
            Sketch.from_bytes(face),
            Sketch.from_bytes(work),
            np.array(json.loads(quad), dtype=float),
            (width, height),
        )
        for face_id, face, work, quad, width, height in journal.execute(sql, face_ids)
    }


def _note(journal: Journal, found: Sequence[Resemblance], compared: Sequence[str]) -> None:
    # of the two ways to lay a face over another, as it is and mirrored, the better one is noted
    best = {(r.first, r.second): r for r in sorted(found, key=lambda r: (r.face_share, not r.mirrored))}
    with journal.transaction():
        journal.insert(best.values(), on_conflict="REPLACE")
        for face_id in compared:
            journal.update(Fingerprint, face_id, compared=True)


def read_descriptors(journal: Journal, column: str, count: int) -> np.ndarray:
    """Descriptors [count, 4, 4, 8] of `face_sketch` or `work_sketch`, those that were compared before first."""
    values = np.empty((count, CELLS, CELLS, DIRECTIONS), np.uint8)
    rows = journal.execute(f"SELECT substr({column}, 1, {DESCRIPTOR_BYTES}) {IN_ORDER}")
    for row, (stored,) in enumerate(rows):
        values[row] = np.frombuffer(stored, np.uint8).reshape(CELLS, CELLS, DIRECTIONS)
    return values
