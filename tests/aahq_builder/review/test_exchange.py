"""Two reviewers on two copies of a build: replaying one's log into the other gives what one log would have given."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import aahq_builder
from aahq_builder.cli import COMMANDS
from aahq_builder.decisions import KEEP, REJECT, decide, fold, read_log, undo
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Face, Review
from aahq_builder.review import faces
from aahq_builder.review.exchange import add_decisions, read_decisions
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from tests.drawn_build import make_build, portraits


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Path, Path]:
    make_build(tmp_path / "ours", portraits(3))
    shutil.copytree(tmp_path / "ours", tmp_path / "theirs")
    return tmp_path / "ours", tmp_path / "theirs"


def export(work: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    capsys.readouterr()
    run("aahq-build table", COMMANDS["table"], ["reviews", "--work", str(work), "--format", "jsonl"])
    path = work / "reviews.jsonl"
    path.write_text(capsys.readouterr().out)
    return path


def test_decisions_repairs_and_undos_of_another_copy_take_effect(
    copies: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
):
    ours, theirs = copies
    first, second, third = aahq_builder.open(ours).faces.face_id
    with Journal(ours / "aahq.sqlite") as journal:
        decide(journal, [first, second], "anna", KEEP)
    with Journal(theirs / "aahq.sqlite") as journal:
        face = next(journal.select(Face, "face_id = ?", [third]))
        points = {
            name: (np.array(getattr(face, name)) + 5).tolist()
            for name in ("eye_left", "eye_right", "mouth_left", "mouth_right")
        }
        faces.repair_face(journal, WorkDir(theirs), third, points, "ben")
        decide(journal, [first], "ben", REJECT, reason="blurred")
        decide(journal, [second], "ben", REJECT)
        undo(journal, "ben")
        repaired = next(journal.select(Face, "face_id = ?", [third]))
    path = export(theirs, capsys)
    with Journal(ours / "aahq.sqlite") as journal:
        assert add_decisions(journal, read_decisions(path)) > 0
        assert add_decisions(journal, read_decisions(path)) == 0, "a second time adds nothing"
        faces.replay(journal, WorkDir(ours))
        standing = fold(read_log(journal))
        assert standing[first].disputed
        assert not standing[second].disputed
        rejected = {face.face_id: face.rejected for face in journal.select(Face)}
        assert rejected == {first: "review", second: "", third: ""}
        assert next(journal.select(Face, "face_id = ?", [third])) == repaired
    assert (ours / str(repaired.path)).read_bytes() == (theirs / str(repaired.path)).read_bytes()


def test_rows_about_faces_that_are_not_here_are_left_out(copies: tuple[Path, Path], tmp_path: Path):
    path = tmp_path / "log.jsonl"
    path.write_text(
        '{"face_id": "met-none-0", "reviewer": "ben", "decision": "keep", "decided_at": "2026-01-01T00:00:00+00:00"}\n'
    )
    with Journal(copies[0] / "aahq.sqlite") as journal:
        assert add_decisions(journal, read_decisions(path)) == 0
        assert journal.count(Review) == 0


@pytest.mark.parametrize(
    "line",
    [
        "not JSON",
        "[]",
        "{}",
        '{"face_id": "a", "reviewer": "b", "decision": "burn", "decided_at": "2026-01-01T00:00:00+00:00"}',
        '{"face_id": "a", "reviewer": "b", "decision": "keep", "decided_at": "yesterday"}',
        '{"face_id": "a", "reviewer": "b", "decision": "keep", "decided_at": "2026-01-01T00:00:00"}',
        '{"face_id": 1, "reviewer": "b", "decision": "keep", "decided_at": "2026-01-01T00:00:00+00:00"}',
        '{"face_id": "a", "reviewer": "b", "decision": "repair", "decided_at": "2026-01-01T00:00:00+00:00",'
        ' "landmarks": [[1]]}',
    ],
)
def test_a_line_that_is_no_decision_is_named(tmp_path: Path, line: str):
    path = tmp_path / "log.jsonl"
    path.write_text("\n" + line + "\n")
    with pytest.raises(UserError, match="line 2"):
        read_decisions(path)


def test_a_missing_file_is_one_sentence(tmp_path: Path):
    with pytest.raises(UserError, match="does not exist"):
        read_decisions(tmp_path / "none.jsonl")
