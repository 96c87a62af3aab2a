"""State of a running review server: the journal, a snapshot of the faces, and the queues that pages have opened."""

import datetime
import hashlib
import itertools
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from aahq_builder.align.geometry import FourPoints
from aahq_builder.decisions import KEEP, REJECT, UNDO, VERDICTS, decide, read_log, standing_of
from aahq_builder.errors import UserError
from aahq_builder.filter.policy import RULES
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Score
from aahq_builder.review import faces, learning, style_map
from aahq_builder.review.groups import Groups
from aahq_builder.review.queue import FaceIndex, Query, read_index
from aahq_builder.tsne.layout import load_layout
from aahq_builder.workdir import WorkDir

MOST_QUEUES = 32
STYLE_COMPONENTS = 16
"""Of the map's, that the model learns from."""
MOST_AT_ONCE = 50_000
MOST_WORDS = 500
SECONDS_BETWEEN_READS = 10.0


@dataclass
class ReviewSession:
    """What all requests share. Used from one thread only, that of the event loop."""

    journal: Journal
    workdir: WorkDir
    reviewer: str
    index: FaceIndex
    queues: "OrderedDict[str, np.ndarray]" = field(default_factory=OrderedDict)
    groups: Groups = field(default_factory=Groups)
    learned_from: int = 0
    seen_version: int = 0
    read_at: float = 0.0

    def queue(self, query: Query, around: str) -> dict[str, Any]:
        """Store the order of faces that answers a query under a key; decisions taken meanwhile do not change it."""
        self._read_again_if_changed()
        if query.order == "expected":
            self.learn()
        group = self._group(query)
        rows = self.index.select(query, group)
        key = hashlib.sha256(rows.tobytes() + repr(query).encode()).hexdigest()[:16]
        self.queues[key] = rows
        self.queues.move_to_end(key)
        while len(self.queues) > MOST_QUEUES:
            self.queues.popitem(last=False)
        place = np.flatnonzero(rows == self.index.row_of.get(around, -1))
        note = self._note(query)
        if group is not None and len(rows) < len(group):
            note = f"{len(rows)} of these {len(group)} faces match the other filters. {note}".strip()
        return {"key": key, "total": len(rows), "at": int(place[0]) if len(place) else 0, "note": note}

    def _note(self, query: Query) -> str:
        """Why the order is not the one that was asked for, empty if it is."""
        if query.order == "expected" and self.index.expected is None:
            needed = f"{learning.FEWEST_DECISIONS} decisions of both kinds"
            return f"Nothing is learned before {needed}; the worst come first instead."
        if query.order == "near" and not self.index.is_on_map(query.near):
            command = style_map.command_for_map(self.journal, self.workdir)
            return f"This face is not on a style map of kept faces, so the worst come first. This draws one: {command}"
        return ""

    def _group(self, query: Query) -> Sequence[str] | None:
        if not query.among:
            return None
        group = self.groups.get(query.among)
        if group is None:
            raise UserError("these faces were chosen too long ago; choose them anew, or show all faces")
        return group.face_ids

    def choose(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a group of the faces that the map names; those that this build lacks are counted."""
        face_ids = body.get("face_ids")
        if not isinstance(face_ids, list) or not face_ids:
            raise UserError("a choice is a list of at least one face id")
        known = self.index.known_among(face_ids)
        if not known:
            raise UserError("none of these faces is in this build; the map may be of another, run aahq-build tsne")
        group = self.groups.add(known, "chosen on the map")
        return {"key": group.key, "words": group.words, "unknown": len(set(map(str, face_ids))) - len(known)}

    def facts(self, reviewer: str) -> dict[str, Any]:
        """What the page asks for first: values to filter by, progress, the state of the map."""
        return {
            "reviewer": reviewer,
            "facets": self.index.facets(),
            "progress": self.progress(reviewer),
            "groups": [{"key": group.key, "words": group.words} for group in self.groups.all()],
        }

    def map_facts(self) -> dict[str, Any]:
        """Which map there is to show, what it lacks, and the decisions that colour it."""
        self._read_again_if_changed()
        return {
            "version": style_map.version_of(self.workdir),
            "note": style_map.note_on_map(self.index, self.journal, self.workdir),
            "decisions": style_map.decisions_for_map(self.index),
        }

    def window(self, key: str, offset: int, limit: int) -> list[dict[str, Any]] | None:
        """Cards of a part of a stored queue; None if there is no such queue, as after a restart of the server."""
        if key not in self.queues:
            return None
        rows = self.queues[key][max(offset, 0) : max(offset, 0) + min(limit, 500)]
        return [self.card(self.index.face_ids[row]) for row in rows]

    def card(self, face_id: str) -> dict[str, Any]:
        """What the grid shows of a face."""
        row = self.index.row_of[face_id]
        state = self.index.standing.get(face_id)
        verdict = state.verdict if state else None
        return {
            "face_id": face_id,
            "version": f"{self.read_at:.0f}.{state.landmarks_since if state else ''}",
            "verdict": str(self.index.verdict[row]),
            "decision": verdict.decision if verdict else "",
            "disputed": bool(state and state.disputed),
            "title": str(self.index.title[row]),
            "artist": str(self.index.artist[row]),
            "expected": None if self.index.expected is None else round(float(self.index.expected[row]), 3),
        }

    def details(self, face_id: str) -> dict[str, Any]:
        """Everything about one face, straight from the journal."""
        face, work = faces.face_and_artwork(self.journal, face_id)
        scores = {score.name: score.value for score in self.journal.select(Score, "face_id = ?", [face_id])}
        points = {name: getattr(face, name) for name in FourPoints._fields}
        return {
            **self.card(face_id),
            "points": points,
            "quad": face.quad,
            "landmarks": face.landmarks,
            "face_px": face.face_px,
            "duplicate_of": face.duplicate_of,
            "detector": face.detector,
            "landmark_model": face.landmark_model,
            "scores": {"confidence": face.confidence, "pad_fraction": face.pad_fraction} | scores,
            "judged": [rule.score for rule in RULES],
            "artwork": _about(work),
            "log": [
                {"reviewer": row.reviewer, "decision": row.decision, "reason": row.reason, "at": row.decided_at}
                for row in read_log(self.journal, face_id)
            ],
        }

    def decide(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep or reject faces, or all of a queue: one action, which one undo takes back."""
        decision = body.get("decision")
        face_ids = self._all_of(str(body["queue"])) if "queue" in body else body.get("face_ids")
        if decision not in VERDICTS or not isinstance(face_ids, list) or not 0 < len(face_ids) <= MOST_AT_ONCE:
            raise UserError(f"a decision is {KEEP} or {REJECT} about 1 to {MOST_AT_ONCE} faces")
        if unknown := [face_id for face_id in face_ids if str(face_id) not in self.index.row_of]:
            raise UserError(f"there is no face {str(unknown[0])[:80]}; reload the page")
        reason = str(body.get("reason") or "")[:MOST_WORDS] or None
        decide(self.journal, list(dict.fromkeys(face_ids)), self.name_of(body), decision, reason=reason)
        return self._after(face_ids, body)

    def _all_of(self, key: str) -> list[str]:
        if key not in self.queues:
            raise UserError("the list of faces was made anew meanwhile; look at it again, then decide")
        return [self.index.face_ids[row] for row in self.queues[key]]

    def undo(self, body: dict[str, Any]) -> dict[str, Any]:
        """Take the reviewer's last action back."""
        return self._after(faces.undo_last(self.journal, self.workdir, self.name_of(body)), body)

    def repair(self, body: dict[str, Any]) -> dict[str, Any]:
        """Give a face new landmarks."""
        face_id = str(body.get("face_id"))
        faces.repair_face(self.journal, self.workdir, face_id, body.get("points"), self.name_of(body))
        return self._after([face_id], body) | {"face": self.details(face_id)}

    def progress(self, reviewer: str) -> dict[str, Any]:
        """How far everybody is, and how fast this reviewer has been over the last hour of work."""
        tally = self.index.tally
        return {
            "faces": len(self.index.face_ids),
            "decided": tally["decided", ""],
            "mine": tally["by", reviewer],
            "disputed": tally["disputed", ""],
            "per_minute": self._pace(reviewer),
        }

    def learn(self) -> None:
        """Fit the model to the decisions and rank all faces, if enough decisions are new."""
        rows, rejected = self._decisions()
        if len(rows) // learning.STEP != self.learned_from // learning.STEP or self.index.expected is None:
            self.index.expected = learning.expected_rejection(self._features(), rows, rejected)
            self.learned_from = len(rows)

    def learned(self) -> dict[str, Any]:
        """What the page says about the model."""
        self.learn()
        rows, rejected = self._decisions()
        return {
            "decisions": len(rows),
            "needed": learning.FEWEST_DECISIONS,
            "ready": self.index.expected is not None,
            "agreement": [asdict(result) for result in learning.agreement(self._features(), rows, rejected)],
        }

    def name_of(self, body: dict[str, Any]) -> str:
        """The reviewer as the page says, else as the command line did."""
        return str(body.get("reviewer") or self.reviewer)[:80]

    def _after(self, face_ids: list[str], body: dict[str, Any]) -> dict[str, Any]:
        for face_id in face_ids:
            (rejected,) = self.journal.execute("SELECT rejected FROM faces WHERE face_id = ?", [face_id]).fetchone()
            self.index.update(face_id, rejected, standing_of(self.journal, face_id, landmarks=False))
        return {
            "faces": [self.card(face_id) for face_id in face_ids],
            "progress": self.progress(self.name_of(body)),
        }

    def _decisions(self) -> tuple[list[int], np.ndarray]:
        """Rows of decided faces and whether they were rejected, in the order of the decisions that stand."""
        taken = (row for state in self.index.standing.values() for row in state.order if row.decision in VERDICTS)
        ordered = sorted(taken, key=lambda row: row.decided_at)
        rejected = np.array([row.decision == REJECT for row in ordered], dtype=bool)
        return [self.index.row_of[row.face_id] for row in ordered], rejected

    def _features(self) -> np.ndarray:
        """Scores, and the style's first principal components where there is a map."""
        columns = [self.index.scores[name] for name in sorted(self.index.scores)]
        columns += list(self.index.style[:, :STYLE_COMPONENTS].T)
        return np.stack(columns, axis=1) if columns else np.zeros((len(self.index.face_ids), 0))

    def _pace(self, reviewer: str) -> float | None:
        """Faces per minute over the last 100 decisions, pauses of over a minute left out."""
        sql = "SELECT decided_at FROM reviews WHERE reviewer = ? AND decision != ? ORDER BY rowid DESC LIMIT 100"
        times = [datetime.datetime.fromisoformat(at) for (at,) in self.journal.execute(sql, [reviewer, UNDO])]
        gaps = [(later - earlier).total_seconds() for later, earlier in itertools.pairwise(times)]
        working = [gap for gap in gaps if gap < 60]
        return round(60 * len(working) / sum(working), 1) if sum(working) > 0 else None

    def _read_again_if_changed(self) -> None:
        """Read the snapshot again, which takes a second for 100,000 faces, if another command has written since."""
        (version,) = self.journal.execute("PRAGMA data_version").fetchone()
        if version != self.seen_version and time.monotonic() - self.read_at > SECONDS_BETWEEN_READS:
            self.index = read_index(self.journal, load_layout(self.workdir.map / "layout.npz"))
            self.seen_version, self.read_at = version, time.monotonic()
            self.queues.clear()
            self.learned_from = 0


def open_session(journal: Journal, workdir: WorkDir, reviewer: str) -> ReviewSession:
    """Read the build; what a killed server left half done is finished first."""
    faces.replay(journal, workdir)
    (version,) = journal.execute("PRAGMA data_version").fetchone()
    index = read_index(journal, load_layout(workdir.map / "layout.npz"))
    return ReviewSession(journal, workdir, reviewer, index, seen_version=version, read_at=time.monotonic())


def _about(work: Artwork) -> dict[str, Any]:
    names = ("artwork_id", "title", "artist", "date", "license", "attribution", "rights", "source", "width", "height")
    page = work.page_url if (work.page_url or "").startswith(("https://", "http://")) else None
    return {name: getattr(work, name) for name in names} | {"page_url": page}
