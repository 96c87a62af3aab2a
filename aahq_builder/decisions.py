"""The log of human decisions and what follows from it: rows are only added, the state of a face is a fold over them.

- `original`: how the face was before anyone touched it (its verdict as `reason`, its landmarks), written once
- `keep`, `reject` (with a reason), `repair` (with landmarks): what a reviewer decided
- `undo`: takes back the reviewer's last decision about the face that still stands

Where reviewers disagree, the last decision counts and the face is listed as disputed.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Face, Point, Review

ORIGINAL, KEEP, REJECT, REPAIR, UNDO = "original", "keep", "reject", "repair", "undo"
VERDICTS = (KEEP, REJECT)
REJECTED_BY_HAND = "review"
"""What `rejected` of a face says when a person rejected it; the person's reason is in the log."""
NOBODY = "as built"
IN_ORDER = "decided_at, decision != 'original', rowid"
"""Rows may come from another copy of the build, later than they were taken."""
WITHOUT_LANDMARKS = ("face_id", "reviewer", "decision", "reason", "decided_at")
"""Columns that say what stands; decoding the landmarks of thousands of faces takes seconds."""


@dataclass
class Standing:
    """What stands for one face after all its rows."""

    original: Review | None = None
    stacks: dict[str, list[Review]] = field(default_factory=dict)
    """Per reviewer, decisions not taken back, oldest first."""
    order: list[Review] = field(default_factory=list)
    """All decisions not taken back, oldest first."""

    def add(self, row: Review) -> None:
        """Take one more row into account; rows come in the order they were written."""
        if row.decision == ORIGINAL:
            self.original = self.original or row
        elif row.decision == UNDO:
            if stack := self.stacks.get(row.reviewer):
                self.order.remove(stack.pop())
        else:
            self.stacks.setdefault(row.reviewer, []).append(row)
            self.order.append(row)

    @property
    def verdicts(self) -> dict[str, Review]:
        """The standing keep or reject of every reviewer who has one."""
        return {row.reviewer: row for row in self.order if row.decision in VERDICTS}

    @property
    def verdict(self) -> Review | None:
        """The keep or reject that counts."""
        return next((row for row in reversed(self.order) if row.decision in VERDICTS), None)

    @property
    def disputed(self) -> bool:
        """Whether reviewers disagree."""
        return len({row.decision for row in self.verdicts.values()}) > 1

    @property
    def repair(self) -> Review | None:
        """The repair that counts."""
        return next((row for row in reversed(self.order) if row.decision == REPAIR), None)

    @property
    def landmarks(self) -> Sequence[Point] | None:
        """The landmarks that count, or None if nobody has touched the face."""
        row = self.repair or self.original
        return row.landmarks if row else None

    @property
    def landmarks_since(self) -> str:
        """When the landmarks that count were set, empty for the original ones."""
        return self.repair.decided_at if self.repair else ""


def fold(rows: Iterable[Review]) -> dict[str, Standing]:
    """What stands, face by face."""
    standing: dict[str, Standing] = {}
    for row in rows:
        standing.setdefault(row.face_id, Standing()).add(row)
    return standing


def read_log(journal: Journal, face_id: str | None = None, *, landmarks: bool = True) -> Iterator[Review]:
    """The log in the order the decisions were taken, of one face or of all; much faster without landmarks."""
    columns = None if landmarks else WITHOUT_LANDMARKS
    if face_id is None:
        return journal.select(Review, f"TRUE ORDER BY {IN_ORDER}", columns=columns)
    return journal.select(Review, f"face_id = ? ORDER BY {IN_ORDER}", [face_id], columns=columns)


def standing_of(journal: Journal, face_id: str, *, landmarks: bool = True) -> Standing:
    """What stands for one face."""
    return fold(read_log(journal, face_id, landmarks=landmarks)).get(face_id, Standing())


def decide(
    journal: Journal,
    face_ids: Sequence[str],
    reviewer: str,
    decision: str,
    *,
    reason: str | None = None,
    landmarks: Sequence[Point] | None = None,
) -> None:
    """Log one decision about these faces and let it take effect, in one transaction."""
    with journal.transaction():
        decided_at = _moment(journal, face_ids)
        for face_id in face_ids:
            _log_original(journal, face_id, decided_at)
            row = Review(
                face_id=face_id,
                reviewer=reviewer,
                decision=decision,
                reason=reason,
                landmarks=landmarks,
                decided_at=decided_at,
            )
            journal.insert([row])
            apply_verdict(journal, face_id, standing_of(journal, face_id, landmarks=False))


def undo(journal: Journal, reviewer: str) -> list[str]:
    """Take back the reviewer's last action, a batch as a whole; gives the faces it was about."""
    log = journal.select(Review, f"reviewer = ? ORDER BY {IN_ORDER}", [reviewer], columns=WITHOUT_LANDMARKS)
    standing = fold(log)
    last = [stack[-1] for state in standing.values() if (stack := state.stacks.get(reviewer))]
    if not last:
        return []
    when = max(row.decided_at for row in last)
    face_ids = [row.face_id for row in last if row.decided_at == when]
    decide(journal, face_ids, reviewer, UNDO)
    return face_ids


def apply_verdict(journal: Journal, face_id: str, standing: Standing) -> None:
    """Bring `rejected` of the face in line with the log."""
    verdict = standing.verdict
    if verdict is not None:
        journal.update(Face, face_id, rejected=REJECTED_BY_HAND if verdict.decision == REJECT else "")
    elif standing.original is not None:
        journal.update(Face, face_id, rejected=standing.original.reason or "")


def human_verdicts(journal: Journal) -> Mapping[str, str]:
    """`rejected` as people have decided, for the faces they have decided about."""
    standing = fold(read_log(journal, landmarks=False))
    return {
        face_id: REJECTED_BY_HAND if verdict.decision == REJECT else ""
        for face_id, state in standing.items()
        if (verdict := state.verdict) is not None
    }


def _moment(journal: Journal, face_ids: Sequence[str]) -> str:
    """Now, but later than anything in these faces' logs: clocks are set back at times, and the order matters."""
    now = datetime.datetime.now(datetime.UTC)
    for face_id in face_ids:
        (last,) = journal.execute("SELECT max(decided_at) FROM reviews WHERE face_id = ?", [face_id]).fetchone()
        if last is not None:
            now = max(now, datetime.datetime.fromisoformat(last) + datetime.timedelta(microseconds=1))
    return now.isoformat(timespec="microseconds")


def _log_original(journal: Journal, face_id: str, decided_at: str) -> None:
    if not journal.count(Face, "face_id = ?", [face_id]):
        raise UserError(f"there is no face {face_id[:80]}; reload the page")
    if not journal.count(Review, "face_id = ? AND decision = ?", [face_id, ORIGINAL]):
        journal.execute(
            f"INSERT INTO {Review.table} (face_id, reviewer, decision, reason, landmarks, decided_at) "
            f"SELECT face_id, ?, ?, rejected, landmarks, ? FROM {Face.table} WHERE face_id = ?",
            [NOBODY, ORIGINAL, decided_at, face_id],
        )
