"""The part of the stage that knows no pictures: from stored scores and resemblances to duplicates and verdicts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aahq_builder.decisions import human_verdicts
from aahq_builder.filter.config import FilterConfig
from aahq_builder.filter.duplicates import Pair, duplicate_of, duplicate_type, equal_pairs
from aahq_builder.filter.known import KnownHashes
from aahq_builder.filter.policy import RULES, verdict
from aahq_builder.journal import Journal
from aahq_builder.records import Face, Resemblance

IN_USE = "artwork_id IN (SELECT artwork_id FROM artworks WHERE status = 'fetched')"
PENDING = "not_measured_yet"

Scores = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class FaceState:
    """What a verdict needs of a face's row: a million of these fit into memory, a million rows do not."""

    path: str | None
    face_px: float
    rejected: str
    duplicate_of: str | None


@dataclass(frozen=True)
class Judged:
    """The faces of a build with their scores, and what they are copies of."""

    faces: Mapping[str, FaceState]
    scores: Scores
    copies: Mapping[str, str]
    pairs: list[Pair]
    verdicts: Mapping[str, str | None]
    """Name of the failed rule, empty if kept, None for a face that was not measured yet."""

    def counts(self) -> Counter[str]:
        """Faces by outcome."""
        return Counter(PENDING if reason is None else reason or "kept" for reason in self.verdicts.values())


def judge(journal: Journal, config: FilterConfig) -> Judged:
    """Decide from stored facts alone; writes nothing."""
    sql = f"SELECT face_id, path, face_px, rejected, duplicate_of FROM faces WHERE {IN_USE} ORDER BY face_id"
    faces = {face_id: FaceState(*state) for face_id, *state in journal.execute(sql)}
    scores = read_scores(journal, faces)
    if config.known is not None:
        for face_id, bits in KnownHashes.read(config.known).distances(read_hashes(journal)).items():
            if face_id in faces:
                scores[face_id]["known_bits"] = bits
    exact, near = list(find_exact(journal, faces)), list(find_near(journal, faces, config))
    paired = {face_id for pair in (*exact, *near) for face_id in (pair.first, pair.second)}
    copies = duplicate_of(exact, near, {face_id: copy_quality(scores[face_id], config) for face_id in paired})
    for face_id in faces:
        scores[face_id]["better_copies"] = float(face_id in copies)
    verdicts = {face_id: _verdict(face, scores[face_id], config) for face_id, face in faces.items()}
    # what a person has decided stands, whatever the bounds are now
    verdicts |= {face_id: reason for face_id, reason in human_verdicts(journal).items() if face_id in faces}
    return Judged(faces, scores, copies, [*exact, *near], verdicts)


def store(journal: Journal, judged: Judged) -> None:
    """Write the verdicts that changed, in one transaction."""
    with journal.transaction():
        verdicts = {**judged.verdicts, **human_verdicts(journal)}  # people may have decided meanwhile
        for face_id, face in judged.faces.items():
            rejected, original = verdicts[face_id] or "", judged.copies.get(face_id)
            if (rejected, original) != (face.rejected, face.duplicate_of):
                journal.update(Face, face_id, rejected=rejected, duplicate_of=original)


def read_scores(journal: Journal, faces: Mapping[str, FaceState]) -> Scores:
    """Scores that a rule looks at, by face and name; of a face too small to be cropped, what its row tells."""
    scores: Scores = {face_id: {"face_px": face.face_px} for face_id, face in faces.items()}
    wanted = sorted({rule.score for rule in RULES})
    sql = f"SELECT face_id, name, value FROM scores WHERE name IN ({', '.join('?' * len(wanted))})"
    for face_id, name, value in journal.execute(sql, wanted):
        if face_id in scores:
            scores[face_id][name] = value
    return scores


def read_hashes(journal: Journal) -> Iterator[tuple[str, list[str]]]:
    """Faces, each with all hashes by which an earlier release may know it."""
    sql = """SELECT face_id, fingerprints.pixel_sha256, perceptual_hash, sha256, artworks.pixel_sha256
        FROM fingerprints JOIN faces USING (face_id) JOIN artworks USING (artwork_id)"""
    for face_id, *hashes in journal.execute(sql):
        yield face_id, list(filter(None, hashes))


def find_exact(journal: Journal, faces: Mapping[str, FaceState]) -> Iterator[Pair]:
    """Pairs of equal files or equal pixels among all cropped faces, whatever their verdict."""
    # one file may hold several faces, so equal bytes join only faces of equal crops
    same_bytes = """SELECT face_id, sha256 || ' ' || quad AS value FROM fingerprints JOIN faces USING (face_id)
        JOIN artworks USING (artwork_id) WHERE sha256 IS NOT NULL ORDER BY value, face_id"""
    same_pixels = "SELECT face_id, pixel_sha256 FROM fingerprints ORDER BY pixel_sha256, face_id"
    for sql, reason in ((same_bytes, "bytes"), (same_pixels, "pixels")):
        yield from equal_pairs(((row[0], row[1]) for row in journal.execute(sql) if row[0] in faces), reason)


def find_near(journal: Journal, faces: Mapping[str, FaceState], config: FilterConfig) -> Iterator[Pair]:
    """Pairs of faces that were compared and are the same picture, whatever their verdict."""
    where = "colours IN ('same', 'mapped') AND face_share >= ? ORDER BY first, second"
    for resemblance in journal.select(Resemblance, where, [config.min_shared_strokes]):
        reason = duplicate_type(resemblance, config.min_shared_strokes)
        if reason and resemblance.first in faces and resemblance.second in faces:
            yield Pair(resemblance.first, resemblance.second, reason, resemblance.face_share)


def copy_quality(scores: Mapping[str, float], config: FilterConfig) -> tuple[float, ...]:
    """What makes the best copy: it passes all other rules, then comes from the largest face, then is sharpest."""
    passes = verdict(scores, config) == ""
    return float(passes), scores["face_px"], scores.get("sharpness", 0.0), -scores.get("pad_fraction", 0.0)


def _verdict(face: FaceState, scores: Mapping[str, float], config: FilterConfig) -> str | None:
    unmeasured = face.path is not None and "readable" not in scores
    reason = verdict(scores, config)
    return None if unmeasured and not reason else reason
