"""The part of the stage that knows no pictures: from stored scores and fingerprints to duplicates and verdicts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from aahq_builder.config import FilterConfig
from aahq_builder.filter.duplicates import Pair, duplicate_of, equal_pairs, hash_pairs
from aahq_builder.filter.policy import verdict
from aahq_builder.manifest import Manifest
from aahq_builder.records import Face, Fingerprint
from aahq_builder.review.decisions import human_verdicts

IN_USE = "artwork_id IN (SELECT artwork_id FROM artworks WHERE status = 'fetched')"
PENDING = "not_measured_yet"

Scores = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Judged:
    """The faces of a build with their scores, and what they are copies of."""

    faces: Mapping[str, Face]
    scores: Scores
    copies: Mapping[str, str]
    pairs: list[Pair]
    verdicts: Mapping[str, str | None]
    """Name of the failed rule, empty if kept, None for a face that was not measured yet."""

    def counts(self) -> Counter[str]:
        """Faces by outcome."""
        return Counter(PENDING if reason is None else reason or "kept" for reason in self.verdicts.values())


def judge(manifest: Manifest, config: FilterConfig) -> Judged:
    """Decide from stored facts alone; writes nothing."""
    faces = {face.face_id: face for face in manifest.select(Face, f"{IN_USE} ORDER BY face_id")}
    scores = read_scores(manifest, faces)
    pairs = find_pairs(manifest, faces, config)
    quality = {face_id: copy_quality(scores[face_id], config) for face_id in faces}
    copies = duplicate_of(pairs, quality)
    for face_id in faces:
        scores[face_id]["better_copies"] = float(face_id in copies)
    verdicts = {face_id: _verdict(face, scores[face_id], config) for face_id, face in faces.items()}
    # what a person has decided stands, whatever the bounds are now
    verdicts |= {face_id: reason for face_id, reason in human_verdicts(manifest).items() if face_id in faces}
    return Judged(faces, scores, copies, pairs, verdicts)


def store(manifest: Manifest, judged: Judged) -> None:
    """Write the verdicts that changed, in one transaction."""
    with manifest.transaction():
        for face_id, face in judged.faces.items():
            rejected, original = judged.verdicts[face_id] or "", judged.copies.get(face_id)
            if (rejected, original) != (face.rejected, face.duplicate_of):
                manifest.update(Face, face_id, rejected=rejected, duplicate_of=original)


def read_scores(manifest: Manifest, faces: Mapping[str, Face]) -> Scores:
    """Scores by face and name; of a face too small to be cropped, what its row tells."""
    scores: Scores = {face_id: {"face_px": face.face_px} for face_id, face in faces.items()}
    for face_id, name, value in manifest.execute("SELECT face_id, name, value FROM scores"):
        if face_id in scores:
            scores[face_id][name] = value
    return scores


def find_pairs(manifest: Manifest, faces: Mapping[str, Face], config: FilterConfig) -> list[Pair]:
    """Duplicates among all cropped faces, whatever their verdict."""
    prints = [row for row in manifest.select(Fingerprint, "TRUE ORDER BY face_id") if row.face_id in faces]
    bytes_of = dict(manifest.execute("SELECT artwork_id, sha256 FROM artworks WHERE sha256 IS NOT NULL"))
    # one file may hold several faces, so equal bytes join only faces of equal crops
    same_bytes = {
        row.face_id: f"{bytes_of[faces[row.face_id].artwork_id]} {faces[row.face_id].quad}"
        for row in prints
        if faces[row.face_id].artwork_id in bytes_of
    }
    return [
        *equal_pairs(same_bytes, "bytes"),
        *equal_pairs({row.face_id: row.pixel_sha256 for row in prints}, "pixels"),
        *hash_pairs({row.face_id: row.perceptual_hash for row in prints}, config.max_hash_distance),
    ]


def copy_quality(scores: Mapping[str, float], config: FilterConfig) -> tuple[float, ...]:
    """What makes the best copy: it passes all other rules, then comes from the largest face, then is sharpest."""
    passes = verdict(scores, config) == ""
    return float(passes), scores["face_px"], scores.get("sharpness", 0.0), -scores.get("pad_fraction", 0.0)


def _verdict(face: Face, scores: Mapping[str, float], config: FilterConfig) -> str | None:
    unmeasured = face.path is not None and "readable" not in scores
    reason = verdict(scores, config)
    return None if unmeasured and not reason else reason
