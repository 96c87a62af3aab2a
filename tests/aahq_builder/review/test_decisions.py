"""The log only grows; verdicts, undo and disputes follow from it."""

from pathlib import Path

import pytest

from aahq_builder.config import FilterConfig
from aahq_builder.errors import UserError
from aahq_builder.filter import judging
from aahq_builder.manifest import Manifest
from aahq_builder.records import Face, Review
from aahq_builder.review.decisions import KEEP, REJECT, decide, fold, human_verdicts, read_log, standing_of, undo
from tests.drawn_build import make_build, portraits


@pytest.fixture
def build(tmp_path: Path):
    faces = make_build(tmp_path, [*portraits(2), *portraits(3, rejected="blur")[2:]])
    with Manifest(tmp_path / "aahq.sqlite") as manifest:
        yield manifest, [face.face_id for face in faces]


def rejected(manifest: Manifest, face_id: str) -> str:
    return next(manifest.select(Face, "face_id = ?", [face_id])).rejected


def test_a_decision_takes_effect_at_once_and_overrules_the_machine(build):
    manifest, (kept, _, blurred) = build
    decide(manifest, [kept], "anna", REJECT, reason="bad crop")
    decide(manifest, [blurred], "anna", KEEP)
    assert rejected(manifest, kept) == "review"
    assert rejected(manifest, blurred) == ""
    assert human_verdicts(manifest) == {kept: "review", blurred: ""}


def test_undo_restores_the_machines_verdict_and_erases_nothing(build):
    manifest, (_, _, blurred) = build
    decide(manifest, [blurred], "anna", KEEP)
    assert undo(manifest, "anna") == [blurred]
    assert rejected(manifest, blurred) == "blur"
    assert [row.decision for row in read_log(manifest)] == ["original", "keep", "undo"]
    assert undo(manifest, "anna") == []


def test_undo_goes_back_step_by_step(build):
    manifest, (first, second, _) = build
    decide(manifest, [first], "anna", KEEP)
    decide(manifest, [first], "anna", REJECT)
    decide(manifest, [second], "anna", REJECT)
    assert [undo(manifest, "anna") for _ in range(4)] == [[second], [first], [first], []]
    assert standing_of(manifest, first).verdict is None


def test_a_batch_is_undone_as_a_whole(build):
    manifest, faces = build
    decide(manifest, faces, "anna", REJECT)
    assert sorted(undo(manifest, "anna")) == sorted(faces)
    assert [rejected(manifest, face_id) for face_id in faces] == ["", "", "blur"]


def test_nobody_undoes_what_another_decided(build):
    manifest, (first, *_) = build
    decide(manifest, [first], "anna", REJECT)
    assert undo(manifest, "ben") == []
    assert rejected(manifest, first) == "review"


def test_reviewers_who_disagree_are_seen_and_the_last_word_counts(build):
    manifest, (first, second, _) = build
    decide(manifest, [first, second], "anna", KEEP)
    decide(manifest, [first], "ben", REJECT)
    decide(manifest, [second], "ben", KEEP)
    assert standing_of(manifest, first).disputed
    assert not standing_of(manifest, second).disputed
    assert rejected(manifest, first) == "review"
    undo(manifest, "ben")
    undo(manifest, "ben")
    assert rejected(manifest, first) == ""


def test_the_state_is_the_same_whether_rows_come_at_once_or_one_by_one(build):
    manifest, (first, second, third) = build
    decide(manifest, [first, second], "anna", KEEP)
    decide(manifest, [third], "ben", REJECT)
    undo(manifest, "anna")
    whole = fold(read_log(manifest))
    assert whole == {face_id: standing_of(manifest, face_id) for face_id in (first, second, third)}


def test_filtering_again_does_not_overrule_a_person(build):
    manifest, (kept, _, blurred) = build
    decide(manifest, [kept], "anna", REJECT)
    decide(manifest, [blurred], "anna", KEEP)
    judging.store(manifest, judging.judge(manifest, FilterConfig(work=Path())))
    assert rejected(manifest, kept) == "review"
    assert rejected(manifest, blurred) == ""


def test_a_clock_that_was_set_back_does_not_change_the_order(build):
    manifest, (first, *_) = build
    decide(manifest, [first], "anna", KEEP)
    manifest.execute("UPDATE reviews SET decided_at = '2999-01-01T00:00:00.000000+00:00'")
    decide(manifest, [first], "anna", REJECT)
    assert standing_of(manifest, first).verdict.decision == REJECT
    undo(manifest, "anna")
    assert standing_of(manifest, first).verdict.decision == KEEP


def test_a_decision_about_an_unknown_face_logs_nothing(build):
    manifest, (first, *_) = build
    with pytest.raises(UserError, match="no face met-none-0"):
        decide(manifest, [first, "met-none-0"], "anna", KEEP)
    assert manifest.count(Review) == 0
