"""The log only grows; verdicts, undo and disputes follow from it."""

from pathlib import Path

import pytest

from aahq_builder.decisions import KEEP, REJECT, decide, fold, human_verdicts, read_log, standing_of, undo
from aahq_builder.errors import UserError
from aahq_builder.filter import judging
from aahq_builder.filter.config import FilterConfig
from aahq_builder.journal import Journal
from aahq_builder.records import Face, Review
from tests.drawn_build import make_build, portraits


@pytest.fixture
def build(tmp_path: Path):
    faces = make_build(tmp_path, [*portraits(2), *portraits(3, rejected="blur")[2:]])
    with Journal(tmp_path / "aahq.sqlite") as journal:
        yield journal, [face.face_id for face in faces]


def rejected(journal: Journal, face_id: str) -> str:
    return next(journal.select(Face, "face_id = ?", [face_id])).rejected


def test_a_decision_takes_effect_at_once_and_overrules_the_machine(build):
    journal, (kept, _, blurred) = build
    decide(journal, [kept], "anna", REJECT, reason="bad crop")
    decide(journal, [blurred], "anna", KEEP)
    assert rejected(journal, kept) == "review"
    assert rejected(journal, blurred) == ""
    assert human_verdicts(journal) == {kept: "review", blurred: ""}


def test_undo_restores_the_machines_verdict_and_erases_nothing(build):
    journal, (_, _, blurred) = build
    decide(journal, [blurred], "anna", KEEP)
    assert undo(journal, "anna") == [blurred]
    assert rejected(journal, blurred) == "blur"
    assert [row.decision for row in read_log(journal)] == ["original", "keep", "undo"]
    assert undo(journal, "anna") == []


def test_undo_goes_back_step_by_step(build):
    journal, (first, second, _) = build
    decide(journal, [first], "anna", KEEP)
    decide(journal, [first], "anna", REJECT)
    decide(journal, [second], "anna", REJECT)
    assert [undo(journal, "anna") for _ in range(4)] == [[second], [first], [first], []]
    assert standing_of(journal, first).verdict is None


def test_a_batch_is_undone_as_a_whole(build):
    journal, faces = build
    decide(journal, faces, "anna", REJECT)
    assert sorted(undo(journal, "anna")) == sorted(faces)
    assert [rejected(journal, face_id) for face_id in faces] == ["", "", "blur"]


def test_nobody_undoes_what_another_decided(build):
    journal, (first, *_) = build
    decide(journal, [first], "anna", REJECT)
    assert undo(journal, "ben") == []
    assert rejected(journal, first) == "review"


def test_reviewers_who_disagree_are_seen_and_the_last_word_counts(build):
    journal, (first, second, _) = build
    decide(journal, [first, second], "anna", KEEP)
    decide(journal, [first], "ben", REJECT)
    decide(journal, [second], "ben", KEEP)
    assert standing_of(journal, first).disputed
    assert not standing_of(journal, second).disputed
    assert rejected(journal, first) == "review"
    undo(journal, "ben")
    undo(journal, "ben")
    assert rejected(journal, first) == ""


def test_the_state_is_the_same_whether_rows_come_at_once_or_one_by_one(build):
    journal, (first, second, third) = build
    decide(journal, [first, second], "anna", KEEP)
    decide(journal, [third], "ben", REJECT)
    undo(journal, "anna")
    whole = fold(read_log(journal))
    assert whole == {face_id: standing_of(journal, face_id) for face_id in (first, second, third)}


def test_filtering_again_does_not_overrule_a_person(build):
    journal, (kept, _, blurred) = build
    decide(journal, [kept], "anna", REJECT)
    decide(journal, [blurred], "anna", KEEP)
    judging.store(journal, judging.judge(journal, FilterConfig(work=Path())))
    assert rejected(journal, kept) == "review"
    assert rejected(journal, blurred) == ""


def test_a_clock_that_was_set_back_does_not_change_the_order(build):
    journal, (first, *_) = build
    decide(journal, [first], "anna", KEEP)
    journal.execute("UPDATE reviews SET decided_at = '2999-01-01T00:00:00.000000+00:00'")
    decide(journal, [first], "anna", REJECT)
    assert standing_of(journal, first).verdict.decision == REJECT
    undo(journal, "anna")
    assert standing_of(journal, first).verdict.decision == KEEP


def test_a_decision_about_an_unknown_face_logs_nothing(build):
    journal, (first, *_) = build
    with pytest.raises(UserError, match="no face met-none-0"):
        decide(journal, [first, "met-none-0"], "anna", KEEP)
    assert journal.count(Review) == 0
