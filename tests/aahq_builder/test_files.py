"""Originals and crops in the work folder, in another folder and behind fsspec are the same bytes."""

import io
import multiprocessing
import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import fsspec
import pytest
from PIL import Image

from aahq_builder.align.aligner import Aligner, AlignTask
from aahq_builder.align.config import AlignConfig
from aahq_builder.engine import run_local
from aahq_builder.errors import ErrorKind, ItemError, UserError
from aahq_builder.files import Files, open_files, written_by
from aahq_builder.workdir import WorkDir, atomic_path
from tests.aahq_builder.align.builds import align_here, assert_same, encoded, make_build
from tests.drawn_faces import draw_portrait

REMOTE = "memory://bucket/build"


@pytest.fixture(params=["folder", "file", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pipe_file("/bucket/build/originals/a.png", b"")
    for folder in (tmp_path, tmp_path / "elsewhere"):
        (folder / "originals").mkdir(parents=True)
    address = {"folder": None, "file": f"file://{tmp_path}/elsewhere", "memory": REMOTE}[request.param]
    return open_files(address, tmp_path)


def test_what_was_written_is_read_and_what_was_removed_is_missing(files: Files) -> None:
    files.make_ready()
    files.write("faces/a.png", b"first")
    files.write("faces/a.png", b"second")
    assert files.read("faces/a.png") == b"second"
    for _ in range(2):
        files.remove("faces/a.png")
    with pytest.raises(ItemError) as missing:
        files.read("faces/a.png")
    assert (missing.value.kind, "faces/a.png" in missing.value.detail) == (ErrorKind.FILE_MISSING, True)


def test_leftovers_of_a_kill_are_cleared_away(tmp_path: Path) -> None:
    for folder in ("faces", "originals"):
        (tmp_path / folder).mkdir()
    for name in (".tmp-1.png", "kept.png"):
        (tmp_path / "faces" / name).touch()
    open_files(None, tmp_path).make_ready()
    assert [path.name for path in (tmp_path / "faces").iterdir()] == ["kept.png"]


def one_killed_while_it_writes(folder: Path) -> Callable[[int], None]:
    def work(item: int) -> None:
        with atomic_path(folder / f"{item}.png") as half_written:
            half_written.write_bytes(b"half")
            if item == 1:
                os.kill(os.getpid(), signal.SIGKILL)

    return work


def test_a_worker_that_is_killed_while_it_writes_leaves_nothing_once_the_run_is_over(tmp_path: Path) -> None:
    faces = tmp_path / "faces"
    outcomes = run_local(partial(one_killed_while_it_writes, faces), range(3), 1, 60)
    with written_by(outcomes, open_files(None, tmp_path), "faces"):
        errors = {outcome.item for outcome in outcomes if outcome.error}
        assert len(list(faces.glob(".tmp-*.png"))) == 2, "of both tries"
    assert errors == {1}
    assert {path.name for path in faces.iterdir()} == {"0.png", "2.png"}


def test_a_run_that_is_interrupted_ends_its_workers_and_what_they_had_begun(tmp_path: Path) -> None:
    faces = tmp_path / "faces"
    outcomes = run_local(partial(one_killed_while_it_writes, faces), range(2, 9), 2, 60)
    with pytest.raises(KeyboardInterrupt), written_by(outcomes, open_files(None, tmp_path), "faces"):
        next(outcomes)
        (faces / ".tmp-1.png").touch()
        raise KeyboardInterrupt
    assert not list(faces.glob(".tmp-*"))
    assert not multiprocessing.active_children()


def test_a_folder_without_originals_is_named_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"{tmp_path} holds no originals/; mount"):
        open_files(None, tmp_path).make_ready()


@pytest.mark.parametrize("address", ["nosuch://bucket/x", "ftp://127.0.0.1:9/x", "memory://empty", "/no/such/folder"])
def test_a_place_that_does_not_answer_is_named_before_any_work(address: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"--files {address}"):
        open_files(address, tmp_path).make_ready()


def test_a_place_that_fails_ends_the_run_and_not_the_item(tmp_path: Path) -> None:
    (tmp_path / "faces").touch()  # a file where a folder should be
    with pytest.raises(ItemError) as failure:
        open_files(None, tmp_path).write("faces/a.png", b"")
    assert failure.value.kind is ErrorKind.DISK


def test_an_artwork_is_aligned_from_bucket_to_bucket(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/bucket/build/originals/picture.png", encoded(draw_portrait(0)))
    aligner = Aligner(WorkDir(tmp_path), AlignConfig(work=tmp_path, size=64, files=REMOTE), "test")
    (face,) = aligner(AlignTask("folder-0", "originals/picture.png")).faces
    assert face.path == "faces/folder-0-0.png"
    with Image.open(io.BytesIO(memory.cat_file(f"/bucket/build/{face.path}"))) as crop:
        assert crop.size == (64, 64)
    assert not list(tmp_path.iterdir()), "nothing is written beside the bucket"


@pytest.mark.slow
def test_a_build_whose_files_lie_elsewhere_has_the_same_rows_and_crops(tmp_path: Path) -> None:
    originals = [encoded(draw_portrait(0)), b"not a picture"]
    for name in ("here", "apart"):
        make_build(tmp_path / name, originals)
    (tmp_path / "apart" / "originals").rename(tmp_path / "store")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "store").rename(tmp_path / "elsewhere" / "originals")
    assert align_here(tmp_path / "here") == 0
    assert align_here(tmp_path / "apart", "--files", f"file://{tmp_path}/elsewhere") == 0
    assert not (tmp_path / "apart" / "faces").exists()
    (tmp_path / "elsewhere" / "faces").rename(tmp_path / "apart" / "faces")
    assert_same(tmp_path / "here", tmp_path / "apart")
