"""Who looked at the faces of a release: counts of people and decisions, no names."""

from collections.abc import Collection
from dataclasses import dataclass

from aahq_builder.decisions import fold, read_log
from aahq_builder.journal import Journal


@dataclass(frozen=True)
class LookedAt:
    """What people decided about the faces of a build."""

    reviewers: int
    faces: int
    """Faces found that somebody decided about."""
    in_release: int
    disputed: int
    """Faces about which reviewers disagree; the last decision counts."""
    repaired: int
    """Faces of the release whose landmarks somebody corrected."""


def looked_at(journal: Journal, released: Collection[str]) -> LookedAt:
    """Sum up the log of decisions."""
    standing = fold(read_log(journal))
    decided = {face_id: state for face_id, state in standing.items() if state.verdict is not None}
    repaired = [face_id for face_id, state in standing.items() if state.repair is not None]
    people = {row.reviewer for state in standing.values() for row in state.order}
    return LookedAt(
        reviewers=len(people),
        faces=len(decided),
        in_release=sum(face_id in released for face_id in decided),
        disputed=sum(state.disputed for state in decided.values()),
        repaired=sum(face_id in released for face_id in repaired),
    )
