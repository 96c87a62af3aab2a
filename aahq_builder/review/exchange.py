"""Decisions taken on another copy of the build: read as JSON lines, checked, and added to the log.

Two reviewers on two machines each work on a copy; `aahq-build table reviews --format jsonl` of one is replayed into
the other.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from aahq_builder.decisions import KEEP, ORIGINAL, REJECT, REPAIR, UNDO
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Review

DECISIONS = (ORIGINAL, KEEP, REJECT, REPAIR, UNDO)
LONGEST = 500


def read_decisions(path: Path) -> list[Review]:
    """All rows of the file; `UserError` names the line that is not a decision."""
    if not path.is_file():
        raise UserError(f"--replay {path} does not exist; write it with: aahq-build table reviews --format jsonl")
    return list(_rows(path))


def add_decisions(journal: Journal, rows: list[Review]) -> int:
    """Add the rows about faces of this build that are not in its log yet; gives how many were new."""
    known = {face_id for (face_id,) in journal.execute("SELECT face_id FROM faces")}
    with journal.transaction():
        return journal.insert([row for row in rows if row.face_id in known], on_conflict="IGNORE")


def _rows(path: Path) -> Iterator[Review]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    yield _row(json.loads(line))
                except (ValueError, KeyError, TypeError) as error:
                    raise UserError(f"--replay {path} line {number} is not a decision ({error})") from error


def _row(values: Mapping[str, object]) -> Review:
    texts = {name: values[name] for name in ("face_id", "reviewer", "decision", "decided_at")}
    texts["reason"] = values.get("reason") or ""
    if not all(isinstance(text, str) and len(text) <= LONGEST for text in texts.values()):
        raise ValueError(f"face_id, reviewer, decision, decided_at and reason are texts of at most {LONGEST} letters")
    if texts["decision"] not in DECISIONS:
        raise ValueError(f"decision is one of {', '.join(DECISIONS)}")
    at = datetime.fromisoformat(str(texts["decided_at"]))
    if at.utcoffset() != timedelta(0):
        raise ValueError("decided_at is a time in UTC, like 2026-01-31T12:00:00.000000+00:00")
    landmarks = values.get("landmarks")
    if landmarks is not None:
        points = np.asarray(landmarks, dtype=np.float64)
        if points.shape != (68, 2) or not np.isfinite(points).all():
            raise ValueError("landmarks are 68 points")
        landmarks = points.tolist()
    return Review(
        face_id=str(texts["face_id"]),
        reviewer=str(texts["reviewer"]),
        decision=str(texts["decision"]),
        reason=str(texts["reason"]) or None,
        landmarks=landmarks,
        decided_at=at.isoformat(timespec="microseconds"),
    )
