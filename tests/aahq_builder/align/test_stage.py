"""`align` over a small build: rows, files, bad pictures, and changed settings."""

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import aahq_builder
from aahq_builder.align import stage
from aahq_builder.align.aligner import AlignTask
from aahq_builder.align.geometry import crop_quad
from aahq_builder.engine import Outcome
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.journal import Journal
from aahq_builder.workdir import WorkDir
from tests.aahq_builder.align.builds import align, align_here, encoded, make_build, snapshot, snapshot_artworks
from tests.drawn_faces import draw_portrait
from tests.fan_files import QUAD_PX, draw_marked_face, marked_points, write_fan_files


def test_faces_are_found_and_every_bad_picture_leaves_its_reason(tmp_path: Path) -> None:
    portrait = draw_portrait(0)
    blank = np.full((200, 200, 3), 90, dtype=np.uint8)
    originals = [encoded(portrait), encoded(blank), encoded(portrait)[:900], b"<html>not a picture</html>", b""]
    make_build(tmp_path, originals)
    assert align_here(tmp_path) == 0
    artworks, faces, scores, files = snapshot(tmp_path)
    assert artworks.faces_found.tolist() == [1, 0, 0, 0, 0]
    assert artworks.error.fillna("").tolist()[1:] == ["", "truncated", "not_an_image", "empty"]
    assert artworks.align_version.nunique() == 1
    face = faces.iloc[0]
    assert face.face_id == f"{face.artwork_id}-0"
    assert set(files) == {Path(face.path).name}
    with Image.open(tmp_path / face.path) as image:
        assert image.size == (64, 64)
    assert 0 <= face.confidence <= 1
    assert np.shape(face.landmarks) == (68, 2)
    assert {"landmark_disagreement", "yaw", "roll"} <= set(scores.name)


def turned_by_exif(pixels: np.ndarray) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    return encoded(np.rot90(pixels).copy(), "JPEG", exif=exif, quality=95)


def cmyk(pixels: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).convert("CMYK").save(content, "JPEG", quality=95)
    return content.getvalue()


def transparent(pixels: np.ndarray) -> bytes:
    alpha = np.full(pixels.shape[:2], 255, dtype=np.uint8)
    alpha[:10] = 0
    return encoded(np.dstack([pixels, alpha]))


def test_the_same_face_is_found_in_every_colour_mode_and_orientation(tmp_path: Path) -> None:
    portrait = draw_portrait(0)
    grey = np.asarray(Image.fromarray(portrait).convert("L"))
    deep = grey.astype(np.uint16) * 257
    copies = [encoded(portrait), turned_by_exif(portrait), cmyk(portrait), transparent(portrait)]
    make_build(tmp_path, [*copies, encoded(grey), encoded(deep)])
    assert align_here(tmp_path) == 0
    faces = snapshot(tmp_path)[1]
    assert faces.artwork_id.nunique() == len(faces) == 6
    quads = np.array(faces.quad.tolist())
    assert np.abs(quads - quads[0]).max() < 0.02 * faces.face_px[0]


def test_another_background_makes_every_artwork_pending_and_shows_through(tmp_path: Path) -> None:
    portrait = draw_portrait(0)
    left = np.full(portrait.shape[:2], 255, dtype=np.uint8)
    left[:, :104] = 0  # outside of the face, so that its landmarks stay
    make_build(tmp_path, [encoded(np.dstack([portrait, left]))])
    assert align_here(tmp_path) == 0
    (grey,) = snapshot(tmp_path)[3].values()
    assert align_here(tmp_path, "--background", "#ffffff") == 0
    (white,) = snapshot(tmp_path)[3].values()
    on_grey, on_white = (np.asarray(Image.open(io.BytesIO(png)), dtype=int) for png in (grey, white))
    assert (on_white[:, :4] - on_grey[:, :4] == 255 - 128).all()
    # another background may move the landmarks by a hair, so the opaque part need not be equal to the bit
    assert abs(on_white[:, 20:].mean() - on_grey[:, 20:].mean()) < 1, "only the left of the picture is transparent"


def test_two_faces_in_a_picture_are_two_rows(tmp_path: Path) -> None:
    make_build(tmp_path, [encoded(np.hstack([draw_portrait(0), draw_portrait(3)]))])
    assert align_here(tmp_path) == 0
    artworks, faces, _, files = snapshot(tmp_path)
    assert artworks.faces_found.tolist() == [2]
    assert faces.face_id.str[-2:].tolist() == ["-0", "-1"]
    assert len(files) == 2


def test_a_second_run_does_nothing_and_a_changed_size_does_everything_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_build(tmp_path, [encoded(draw_portrait(0)), encoded(draw_portrait(1))])
    assert align_here(tmp_path) == 0
    before = snapshot(tmp_path)
    capsys.readouterr()
    assert align_here(tmp_path) == 0
    assert "0 artworks: nothing to do" in capsys.readouterr().out
    pd.testing.assert_frame_equal(before[1], snapshot(tmp_path)[1])
    assert align_here(tmp_path, "--size", "32") == 0
    with Image.open(tmp_path / before[1].path[0]) as image:
        assert image.size == (32, 32)
    assert len(snapshot(tmp_path)[1]) == len(before[1])


def test_a_face_that_is_not_found_any_more_loses_row_scores_and_file(tmp_path: Path) -> None:
    make_build(tmp_path, [encoded(draw_portrait(0))])
    assert align_here(tmp_path) == 0
    artwork = snapshot(tmp_path)[0].iloc[0]
    (tmp_path / artwork.path).write_bytes(encoded(np.zeros((50, 50, 3), dtype=np.uint8)))
    assert align_here(tmp_path, "--size", "32") == 0
    artworks, faces, scores, files = snapshot(tmp_path)
    assert artworks.faces_found.tolist() == [0]
    assert faces.empty and scores.empty and not files


def test_an_original_that_cannot_be_reached_stays_pending_until_it_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_build(tmp_path, [encoded(draw_portrait(0)), b"not a picture"])
    path = tmp_path / snapshot_artworks(tmp_path).path[0]
    path.rename(tmp_path / "unplugged")
    assert align_here(tmp_path) == 0
    said = capsys.readouterr()
    assert "2 artworks: 1 pending, 1 unreadable" in said.out
    assert "1 artworks stay pending (1 file_missing); the same command tries them again" in said.err
    waiting, damaged = snapshot_artworks(tmp_path).itertuples()
    assert (waiting.error, pd.isna(waiting.align_version), pd.isna(waiting.faces_found)) == ("file_missing", True, True)
    assert (damaged.error, damaged.faces_found) == ("not_an_image", 0)
    (tmp_path / "unplugged").rename(path)
    assert align_here(tmp_path) == 0
    assert "1 artworks: 1 with_face" in capsys.readouterr().out
    found, still_damaged = snapshot_artworks(tmp_path).itertuples()
    assert pd.isna(found.error) and found.faces_found == 1
    assert still_damaged.align_version == damaged.align_version


def test_a_picture_that_takes_too_long_stays_pending_and_keeps_its_older_faces(tmp_path: Path) -> None:
    make_build(tmp_path, [encoded(draw_portrait(0))])
    assert align_here(tmp_path) == 0
    artworks, faces, scores, files = snapshot(tmp_path)
    assert align(tmp_path, "--margin", "0.1", "--timeout-s", "0.001") == 0
    late = snapshot(tmp_path)
    assert late[0].error.tolist() == ["worker_timeout"]
    assert late[0].align_version.tolist() == artworks.align_version.tolist()
    pd.testing.assert_frame_equal(late[1], faces)
    pd.testing.assert_frame_equal(late[2], scores)
    assert late[3] == files
    assert align_here(tmp_path, "--margin", "0.1") == 0
    again = snapshot(tmp_path)[0]
    assert again.error.isna().all() and again.align_version[0] != artworks.align_version[0]


def test_the_time_limit_begins_when_a_worker_has_loaded_its_models(tmp_path: Path) -> None:
    make_build(tmp_path, [b"not a picture"])  # takes no time, while loading the models takes a second
    assert align(tmp_path, "--timeout-s", "0.5") == 0
    assert snapshot_artworks(tmp_path).error.tolist() == ["not_an_image"]


@pytest.mark.parametrize("kind", [ErrorKind.FILE_MISSING, ErrorKind.WORKER_CRASH, ErrorKind.WORKER_TIMEOUT])
@pytest.mark.parametrize("engine", ["local", "ray"])
def test_faults_that_may_pass_leave_the_row_pending_with_either_engine(
    kind: ErrorKind, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_build(tmp_path, [b"first", b"second", b"third"])
    answers = [ItemError(kind, "for now"), ItemError(ErrorKind.DECODE, "for good"), ItemError(ErrorKind.EMPTY)]

    def run(setup: object, tasks: Sequence[AlignTask], *settings: object, **more: object) -> Iterator[object]:
        yield from (Outcome(task, error=error) for task, error in zip(tasks, answers, strict=False))

    monkeypatch.setattr(stage, f"run_{engine}", run)
    assert align(tmp_path, "--engine", engine) == 0
    artworks = snapshot_artworks(tmp_path)
    assert artworks.error.tolist() == [str(kind), "decode", "empty"]
    assert artworks.align_version.isna().tolist() == [True, False, False]


def test_what_has_failed_before_is_tried_after_all_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_build(tmp_path, [b"first", b"second"])
    for path in snapshot_artworks(tmp_path).path:
        (tmp_path / path).unlink()
    for expected in (1, 2):
        assert align_here(tmp_path, "--limit", "1") == 0
        assert "1 artworks: 1 pending" in capsys.readouterr().out
        assert snapshot_artworks(tmp_path).error.count() == expected


def test_without_the_folder_of_originals_nothing_is_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_build(tmp_path, [encoded(draw_portrait(0))])
    (tmp_path / "originals").rename(tmp_path / "unplugged")
    assert align(tmp_path) == 1
    assert "holds no originals/; mount" in capsys.readouterr().err
    assert snapshot_artworks(tmp_path).error.isna().all()


@pytest.mark.parametrize(
    "words",
    [
        ("--size", "100"),
        ("--timeout-s", "0"),
        ("--landmarks", "/no/such.dat"),
        ("--margin", "3"),
        ("--background", "white"),
        ("--yunet-model", "/no/such.onnx"),
        ("--fan-weights", "/no/such/folder"),
        ("--address", "auto"),
    ],
)
def test_a_bad_setting_stops_before_any_work(
    words: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_build(tmp_path, [encoded(draw_portrait(0))])
    with pytest.raises(SystemExit) as stop:
        sys.exit(align(tmp_path, *words))
    assert stop.value.code in (1, 2)
    assert words[1] in capsys.readouterr().err
    assert aahq_builder.open(tmp_path).artworks.align_version.isna().all()


@pytest.mark.slow
def test_face_ids_stay_when_everything_is_aligned_again(tmp_path: Path) -> None:
    pair = np.hstack([draw_portrait(0, 300), draw_portrait(3, 300)])
    make_build(tmp_path, [encoded(pair), encoded(draw_portrait(1))])
    assert align_here(tmp_path) == 0
    before = snapshot(tmp_path)
    with Journal(WorkDir(tmp_path).database) as journal:
        journal.execute("UPDATE artworks SET align_version = 'an older one'")
    assert align_here(tmp_path) == 0
    after = snapshot(tmp_path)
    for one, other in zip(before[:3], after[:3], strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert after[3] == before[3]
    assert len(after[1]) == 3


def test_fan_without_weights_and_network_stops_with_the_remedy_and_a_dry_run_fetches_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nothing listens there
    make_build(tmp_path, [encoded(draw_portrait(0))])
    assert align(tmp_path, "--detector", "fan", "--dry-run") == 0
    assert not (tmp_path / "torch").exists()
    assert align(tmp_path, "--detector", "fan") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "2DFAN4-11f355bf06.pth.tar" in line and "--fan-weights" in line
    assert aahq_builder.open(tmp_path).artworks.align_version.isna().all()


@pytest.mark.slow
def test_fan_finds_places_and_records_a_drawn_face(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = write_fan_files(tmp_path / "weights")
    picture = np.zeros((500, 500, 3), dtype=np.uint8)
    draw_marked_face(picture, (230, 260))
    make_build(tmp_path / "work", [encoded(picture)])
    assert align(tmp_path / "work", "--detector", "fan", "--fan-weights", str(weights), "--device", "cpu") == 0
    assert "non-commercial" in capsys.readouterr().err
    faces, scores = snapshot(tmp_path / "work")[1:3]
    (face,) = faces.itertuples()
    assert (face.detector, face.landmark_model) == ("fan", "2dfan-4")
    assert np.linalg.norm(np.array(face.quad) - crop_quad(marked_points((230, 260))), axis=1).mean() < 0.03 * QUAD_PX
    assert {"fan", "fan_agreement"} <= set(scores.name)
    weight_file = next(weights.glob("2DFAN4-*"))
    weight_file.write_bytes(weight_file.read_bytes()[:-1])
    assert align(tmp_path / "work", "--size", "32", "--detector", "fan", "--fan-weights", str(weights)) == 1
    assert "damaged" in capsys.readouterr().err
