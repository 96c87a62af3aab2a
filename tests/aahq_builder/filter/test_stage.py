import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from aahq_builder.errors import UserError
from aahq_builder.filter.config import FilterConfig
from aahq_builder.filter.stage import run
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, Fingerprint, Resemblance, Score
from aahq_builder.workdir import WorkDir
from blendgan.console import Console
from tests.aahq_builder.filter.build import add_portrait, draw_portrait, verdicts

QUIET = Console(verbosity=-1)


def filtered(work: Path, **settings: object) -> dict[str, tuple[str, str | None]]:
    run(FilterConfig(work=work, workers=2, **settings), QUIET)  # type: ignore[arg-type]
    return verdicts(work)


def test_each_fault_takes_its_own_reason_and_a_good_face_is_kept(tmp_path: Path) -> None:
    soft = cv2.GaussianBlur(draw_portrait(5), (0, 0), 6)
    faces = {
        "": add_portrait(tmp_path, "good", draw_portrait(1)),
        "padding": add_portrait(tmp_path, "padded", draw_portrait(2), pad_fraction=0.9),
        "confidence": add_portrait(tmp_path, "doubtful", draw_portrait(3), confidence=0.0),
        "too_small": add_portrait(tmp_path, "small", draw_portrait(4), face_px=20.0, path=None),
        "blur": add_portrait(tmp_path, "soft", soft),
    }
    assert filtered(tmp_path) == {face_id: (reason, None) for reason, face_id in faces.items()}


def test_of_exact_and_reencoded_copies_the_best_is_kept(tmp_path: Path) -> None:
    picture = draw_portrait(7)
    jpeg = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR)
    best = add_portrait(tmp_path, "best", picture, face_px=230.0)
    same = add_portrait(tmp_path, "same bytes", picture)
    reencoded = add_portrait(tmp_path, "jpeg", jpeg)
    other = add_portrait(tmp_path, "other", draw_portrait(8))
    assert filtered(tmp_path) == {
        best: ("", None), same: ("duplicate", best), reencoded: ("duplicate", best), other: ("", None)
    }  # fmt: skip


def test_transformed_copies_of_a_picture_are_found_whatever_is_done_to_them(tmp_path: Path) -> None:
    picture = draw_portrait(7)
    best = add_portrait(tmp_path, "best", picture, face_px=500.0)
    copies = [
        add_portrait(tmp_path, "recoloured", picture[:, :, [2, 0, 1]]),
        add_portrait(tmp_path, "darker", (picture * 0.7).astype(np.uint8)),
        add_portrait(tmp_path, "mirrored", picture[:, ::-1].copy()),
        add_portrait(tmp_path, "cropped", cv2.resize(picture[12:348, 12:348], (360, 360))),
    ]
    others = [add_portrait(tmp_path, f"other {seed}", draw_portrait(seed)) for seed in (8, 9, 10)]
    found = filtered(tmp_path)
    assert {face_id: found[face_id] for face_id in copies} == dict.fromkeys(copies, ("duplicate", best))
    assert {found[face_id] for face_id in [best, *others]} == {("", None)}


def test_new_faces_are_compared_with_those_of_earlier_runs(tmp_path: Path) -> None:
    best = add_portrait(tmp_path, "best", draw_portrait(7), face_px=500.0)
    filtered(tmp_path)
    copy = add_portrait(tmp_path, "copy", draw_portrait(7)[:, ::-1].copy())
    assert filtered(tmp_path)[copy] == ("duplicate", best)


def test_a_face_of_an_earlier_release_is_known_by_its_hash(tmp_path: Path) -> None:
    old = add_portrait(tmp_path, "old", draw_portrait(1))
    new = add_portrait(tmp_path, "new", draw_portrait(2))
    filtered(tmp_path)
    with Journal(WorkDir(tmp_path).database) as journal:
        (print_of_old,) = journal.select(Fingerprint, "face_id = ?", [old])
    known = tmp_path / "known.txt"
    for line in (print_of_old.perceptual_hash, print_of_old.pixel_sha256):
        known.write_text(f"{line}\n")
        assert filtered(tmp_path, known=known) == {old: ("known", None), new: ("", None)}
    assert filtered(tmp_path) == {old: ("", None), new: ("", None)}


def test_deleting_a_face_deletes_its_sketches_and_resemblances(tmp_path: Path) -> None:
    face_id = add_portrait(tmp_path, "best", draw_portrait(7))
    copy = add_portrait(tmp_path, "copy", draw_portrait(7)[:, ::-1].copy())
    filtered(tmp_path)
    with Journal(WorkDir(tmp_path).database) as journal:
        assert journal.count(Resemblance) == 1
        journal.execute("DELETE FROM faces WHERE face_id = ?", [copy])
        assert [row.face_id for row in journal.select(Fingerprint)] == [face_id]
        assert journal.count(Resemblance) == 0


def test_a_rejected_face_is_no_better_copy_but_its_duplicate_is_named(tmp_path: Path) -> None:
    picture = draw_portrait(7)
    padded = add_portrait(tmp_path, "larger but padded", picture, face_px=500.0, pad_fraction=0.9)
    whole = add_portrait(tmp_path, "smaller and whole", picture)
    assert filtered(tmp_path) == {padded: ("padding", whole), whole: ("", None)}


def test_a_changed_bound_opens_no_picture(tmp_path: Path) -> None:
    face_id = add_portrait(tmp_path, "one", draw_portrait(1))
    filtered(tmp_path)
    for path in (*(tmp_path / "faces").iterdir(), *(tmp_path / "originals").glob("*/*")):
        path.unlink()
    assert filtered(tmp_path, min_face_px=300) == {face_id: ("too_small", None)}
    assert filtered(tmp_path) == {face_id: ("", None)}


def test_a_rerun_changes_nothing_and_measures_nothing(tmp_path: Path) -> None:
    for seed in range(4):
        add_portrait(tmp_path, f"portrait {seed}", draw_portrait(seed))
    filtered(tmp_path)
    before = rows(tmp_path)
    filtered(tmp_path)
    assert rows(tmp_path) == before


def test_the_number_of_workers_and_an_interruption_change_no_row(tmp_path: Path) -> None:
    for work in ("straight", "in pieces"):
        for seed in range(5):
            add_portrait(tmp_path / work, f"portrait {seed}", draw_portrait(seed))
    filtered(tmp_path / "straight")
    for _ in range(5):
        filtered(tmp_path / "in pieces", limit=1)
    assert rows(tmp_path / "in pieces") == rows(tmp_path / "straight")


def test_a_face_that_was_cropped_anew_is_measured_again(tmp_path: Path) -> None:
    face_id = add_portrait(tmp_path, "one", draw_portrait(1))
    filtered(tmp_path)
    with Journal(WorkDir(tmp_path).database) as journal:
        (before,) = journal.select(Fingerprint)
        journal.update(Face, face_id, quad=[[60, 40], [60, 260], [280, 260], [280, 40]])
        journal.update(Artwork, face_id[:-2], align_version="newer")
    filtered(tmp_path)
    with Journal(WorkDir(tmp_path).database) as journal:
        (after,) = journal.select(Fingerprint)
        assert {score.version for score in journal.select(Score)} == {after.version}
    assert after.version != before.version


@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_a_face_whose_picture_is_gone_costs_one_row_and_is_tried_again(tmp_path: Path, damage: str) -> None:
    good = add_portrait(tmp_path, "good", draw_portrait(1))
    bad = add_portrait(tmp_path, "bad", draw_portrait(2))
    path = tmp_path / WorkDir(tmp_path).face(bad)
    content = path.read_bytes()
    path.write_bytes(content[:100]) if damage == "truncated" else path.unlink()
    assert filtered(tmp_path) == {good: ("", None), bad: ("unreadable", None)}
    path.write_bytes(content)
    assert filtered(tmp_path) == {good: ("", None), bad: ("", None)}


def test_scores_of_the_aligner_stay(tmp_path: Path) -> None:
    face_id = add_portrait(tmp_path, "one", draw_portrait(1))
    with Journal(WorkDir(tmp_path).database) as journal:
        journal.insert([Score(face_id=face_id, name="yaw", value=0.1, version="1-abc")])
        for _ in range(2):
            filtered(tmp_path)
            journal.update(Artwork, face_id[:-2], align_version="newer")
        assert journal.count(Score, "name = 'yaw'") == 1


def test_faces_of_removed_artworks_are_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_portrait(tmp_path, "one", draw_portrait(1))
    gone = add_portrait(tmp_path, "gone", draw_portrait(2))
    with Journal(WorkDir(tmp_path).database) as journal:
        journal.update(Artwork, gone[:-2], status="removed")
    run(FilterConfig(work=tmp_path), Console())
    assert capsys.readouterr().out == "filtered 1 faces: 1 kept\n"


def test_counts_of_the_last_line_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_portrait(tmp_path, "one", draw_portrait(1))
    add_portrait(tmp_path, "two", draw_portrait(2))
    add_portrait(tmp_path, "three", draw_portrait(3), pad_fraction=0.9)
    run(FilterConfig(work=tmp_path, limit=1, json=True), Console(json=True))
    first = json.loads(capsys.readouterr().out)
    assert first["total"] == 3 == sum(count for name, count in first.items() if name != "total")
    run(FilterConfig(work=tmp_path), Console(json=True))
    assert json.loads(capsys.readouterr().out) == {"total": 3, "kept": 2, "padding": 1}


def test_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_portrait(tmp_path, "one", draw_portrait(1))
    run(FilterConfig(work=tmp_path, dry_run=True), Console())
    assert "1 faces" in capsys.readouterr().out
    assert rows(tmp_path)[1:] == ([], [])


def test_explain_tells_every_rule_and_the_better_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    best = add_portrait(tmp_path, "best", draw_portrait(7), face_px=500.0)
    copy = add_portrait(tmp_path, "copy", draw_portrait(7))
    run(FilterConfig(work=tmp_path), QUIET)
    capsys.readouterr()
    run(FilterConfig(work=tmp_path, explain=copy), Console())
    told = capsys.readouterr().out
    assert told.startswith(f"{copy}: duplicate\n")
    assert "FAIL  duplicate" in told
    assert f"the same picture as {best}" in told
    assert f"pair with {best}: bytes" in told


def test_explaining_an_unknown_face_names_it(tmp_path: Path) -> None:
    add_portrait(tmp_path, "one", draw_portrait(1))
    with pytest.raises(UserError, match="no face 'nobody-0'"):
        run(FilterConfig(work=tmp_path, explain="nobody-0"), QUIET)


def test_a_folder_without_a_build_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no build"):
        run(FilterConfig(work=tmp_path), QUIET)


def rows(work: Path) -> tuple[list[Face], list[Score], list[Fingerprint]]:
    with Journal(WorkDir(work).database) as journal:
        return (
            list(journal.select(Face, "TRUE ORDER BY face_id")),
            list(journal.select(Score, "TRUE ORDER BY face_id, name")),
            list(journal.select(Fingerprint, "TRUE ORDER BY face_id")),
        )
