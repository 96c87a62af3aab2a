"""Whatever one picture is, it costs at most its own row."""

from pathlib import Path

import cv2
import pytest

from aahq_builder.filter import measuring
from aahq_builder.filter.config import FilterConfig
from aahq_builder.filter.stage import run
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, Fingerprint, Score
from aahq_builder.workdir import WorkDir
from blendgan.console import Console
from tests.aahq_builder.filter.build import add_portrait, draw_portrait, verdicts

QUIET = Console(verbosity=-1)


@pytest.mark.parametrize("error", [cv2.error("resize: dsize is empty"), ValueError("bad shape"), ZeroDivisionError()])
def test_an_error_in_one_crop_costs_one_row_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    good = add_portrait(tmp_path, "good", draw_portrait(1))
    bad = add_portrait(tmp_path, "bad", draw_portrait(2), face_px=99.0)
    measure = measuring.measure

    def failing(view: object) -> dict[str, float]:
        if view.facts["face_px"] == 99.0:  # type: ignore[attr-defined]
            raise error
        return measure(view)  # type: ignore[arg-type]

    monkeypatch.setattr(measuring, "measure", failing)
    for _ in range(2):
        run(FilterConfig(work=tmp_path, workers=2), Console())
        assert verdicts(tmp_path) == {good: ("", None), bad: ("unmeasurable", None)}
    told = capsys.readouterr()
    assert told.err.count(f"{bad} could not be measured: {type(error).__name__}") == 1
    assert "filtered 2 faces: 1 kept, 1 unmeasurable" in told.out


def test_only_pending_faces_are_read(tmp_path: Path) -> None:
    first = add_portrait(tmp_path, "first", draw_portrait(1))
    run(FilterConfig(work=tmp_path), QUIET)
    second = add_portrait(tmp_path, "second", draw_portrait(2))
    add_portrait(tmp_path, "too small to crop", draw_portrait(3), face_px=20.0, path=None)
    with Journal(WorkDir(tmp_path).database) as journal:
        journal.insert([Score(face_id=second, name="yaw", value=0.0, version="aligner")])
        assert measuring.pending_faces(journal) == {second[:-2]: [second]}
        (pending,) = measuring.read_pending(journal, {first[:-2]: [first]})
        assert pending.artwork == next(journal.select(Artwork, "artwork_id = ?", [first[:-2]]))
        assert list(pending.faces) == list(journal.select(Face, "face_id = ?", [first]))


def test_sketches_of_an_older_version_are_not_compared(tmp_path: Path) -> None:
    old, new = (add_portrait(tmp_path, name, draw_portrait(7)) for name in ("old", "new"))
    run(FilterConfig(work=tmp_path), QUIET)
    with Journal(WorkDir(tmp_path).database) as journal:
        journal.execute("DELETE FROM resemblances")
        journal.update(Fingerprint, old, face_sketch=bytes(4272), work_sketch=bytes(4272))
        journal.update(Fingerprint, new, compared=False)
    run(FilterConfig(work=tmp_path), QUIET)
    assert {reason for reason, _ in verdicts(tmp_path).values()} == {"", "duplicate"}  # by their equal bytes
