"""The part of the stage that compares new faces with all others, by their sketches: no picture is opened.

Two steps: candidate pairs by descriptors (`neighbours.py`), then registration of each pair (`duplicates.compare`).
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from aahq_builder.build import Build
from aahq_builder.filter.duplicates import ComparedFace, compare
from aahq_builder.filter.neighbours import (
    AVERAGE_FACE,
    AVERAGE_WORK,
    CandidatePair,
    DescriptorIndex,
    average_of,
    candidate_pairs,
)
from aahq_builder.filter.sketch import CELLS, DESCRIPTOR_BYTES, DIRECTIONS, SKETCH_BYTES, Sketch
from aahq_builder.journal import Journal
from aahq_builder.records import Fingerprint, Resemblance

MIN_FACE_SIMILARITY, MIN_WORK_SIMILARITY = 0.74, 0.87
"""Least cosine similarity of candidate pairs. One in ten thousand pairs of unrelated portraits reaches it; copies do,
in face or in artwork."""
BATCH = 16_384
"""New faces per commit."""
COMPARED_AT_ONCE = 512
"""Pairs whose sketches are in memory at a time (15 MB)."""
CURRENT = f"length(face_sketch) = {SKETCH_BYTES}"
"""Sketches of an older version are made anew when their faces are measured again; until then they are left out."""
IN_ORDER = f"FROM fingerprints WHERE {CURRENT} ORDER BY compared DESC, face_id"


@dataclass(frozen=True)
class Descriptors:
    """Descriptors of all faces and their artworks; faces that were compared by earlier runs come first."""

    face_ids: Sequence[str]
    face: DescriptorIndex
    work: DescriptorIndex
    new_from: int
    """Row of the first face that was not compared yet."""

    def share_artwork(self, pair: CandidatePair) -> bool:
        """Whether both faces lie in one artwork, whose similarity to itself is then no evidence."""
        one, other = (self.face_ids[row].rpartition("-")[0] for row in (pair.first, pair.second))
        return one == other

    @classmethod
    def read(cls, journal: Journal) -> "Descriptors":
        """From the journal: 256 bytes a face are read and take 1 kB in memory."""
        face_ids = [face_id for (face_id,) in journal.execute(f"SELECT face_id {IN_ORDER}")]
        new_from = journal.count(Fingerprint, f"compared AND {CURRENT}")
        faces = read_descriptors(journal, "face_sketch", len(face_ids))
        works = read_descriptors(journal, "work_sketch", len(face_ids))
        return cls(
            face_ids,
            DescriptorIndex.of(faces, average_of(faces, AVERAGE_FACE)),
            DescriptorIndex.of(works, average_of(works, AVERAGE_WORK)),
            new_from,
        )


def compare_new(build: Build, workers: int) -> None:
    """Store the resemblances of new faces, batch by batch; an interrupted run goes on with the next batch."""
    if not build.journal.count(Fingerprint, f"NOT compared AND {CURRENT}"):
        return
    all_of_them = Descriptors.read(build.journal)
    total = len(all_of_them.face_ids)
    with build.console.progress(total, "comparison", start=all_of_them.new_from) as progress:
        for start in range(all_of_them.new_from, total, BATCH):
            end = min(start + BATCH, total)
            pairs = find_candidate_pairs(all_of_them, start, end)
            found = list(register_pairs(build.journal, all_of_them.face_ids, pairs, workers))
            _note(build.journal, found, all_of_them.face_ids[start:end])
            progress.advance(end - start)


def find_candidate_pairs(descriptors: Descriptors, start: int, end: int) -> list[CandidatePair]:
    """Pairs with a similar face or artwork whose second row lies in [`start`, `end`), sorted."""
    of_faces = candidate_pairs(descriptors.face.first(end), MIN_FACE_SIMILARITY, start)
    of_works = candidate_pairs(descriptors.work.first(end), MIN_WORK_SIMILARITY, start)
    return sorted({*of_faces.values(), *(pair for pair in of_works.values() if not descriptors.share_artwork(pair))})


def register_pairs(
    journal: Journal, face_ids: Sequence[str], pairs: Sequence[CandidatePair], workers: int
) -> Iterator[Resemblance]:
    """Register the sketches of each pair; gives the resemblances worth storing."""
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(pairs), COMPARED_AT_ONCE):
            part = pairs[start : start + COMPARED_AT_ONCE]
            rows = {row for pair in part for row in (pair.first, pair.second)}
            faces = read_compared_faces(journal, [face_ids[row] for row in sorted(rows)])
            arguments = [(faces[face_ids[pair.first]], faces[face_ids[pair.second]], pair.mirrored) for pair in part]
            for resemblance in pool.map(lambda each: compare(*each), arguments):
                if resemblance is not None:
                    yield resemblance


def read_compared_faces(journal: Journal, face_ids: Sequence[str]) -> dict[str, ComparedFace]:
    """Sketches and geometry of some faces."""
    marks = ", ".join("?" * len(face_ids))
    sql = f"""SELECT p.face_id, p.face_sketch, p.work_sketch, f.quad, a.width, a.height FROM fingerprints p
        JOIN faces f ON f.face_id = p.face_id JOIN artworks a ON a.artwork_id = f.artwork_id
        WHERE p.face_id IN ({marks})"""
    return {
        face_id: ComparedFace(
            face_id,
            Sketch.from_bytes(face),
            Sketch.from_bytes(work),
            np.array(json.loads(quad), dtype=float),
            (width, height),
        )
        for face_id, face, work, quad, width, height in journal.execute(sql, face_ids)
    }


def _note(journal: Journal, found: Sequence[Resemblance], compared: Sequence[str]) -> None:
    # a pair may have been registered both as it is and mirrored: the better of the two is stored
    best = {(r.first, r.second): r for r in sorted(found, key=lambda r: (r.face_share, not r.mirrored))}
    with journal.transaction():
        journal.insert(best.values(), on_conflict="REPLACE")
        for face_id in compared:
            journal.update(Fingerprint, face_id, compared=True)


def read_descriptors(journal: Journal, column: str, count: int) -> np.ndarray:
    """Descriptors uint8 [count, 4, 4, 8] of `face_sketch` or `work_sketch`, in the order of `Descriptors`."""
    values = np.empty((count, CELLS, CELLS, DIRECTIONS), np.uint8)
    rows = journal.execute(f"SELECT substr({column}, 1, {DESCRIPTOR_BYTES}) {IN_ORDER}")
    for row, (stored,) in enumerate(rows):
        values[row] = np.frombuffer(stored, np.uint8).reshape(CELLS, CELLS, DIRECTIONS)
    return values
