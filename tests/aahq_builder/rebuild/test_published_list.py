"""Lists are read batch by batch, faces of a picture are brought together, and pixels beside them are left alone."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aahq_builder.cli import COMMANDS
from aahq_builder.errors import UserError
from aahq_builder.rebuild.published_list import PublishedList
from aahq_builder.rebuild.release import LIST_FILES, stated_files
from blendgan.command import run
from tests.drawn_build import make_build, portraits

POINTS = {"eye_left": [18, 18], "eye_right": [30, 19], "mouth_left": [20, 30], "mouth_right": [29, 31]}


def write_release(folder: Path, pictures: list[str]) -> Path:
    """A release with a face of each of these pictures, in this order."""
    rows = [
        {"face_id": f"met-{number}", "image_url": f"https://museum.example/{name}.jpg", **POINTS}
        for number, name in enumerate(pictures)
    ]
    (folder / "data" / "urls").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "data" / "urls" / "train-00000-of-00001.parquet")
    return folder


def test_faces_of_a_picture_come_together_wherever_they_stand(tmp_path: Path) -> None:
    listed = PublishedList(write_release(tmp_path, ["a", "a", "b", "c", "b", "d", "b"]))
    groups = [[face.name for face in faces.values()] for _, faces in listed.by_picture()]
    assert groups == [["met-0.png", "met-1.png"], ["met-3.png"], ["met-5.png"], ["met-2.png", "met-4.png", "met-6.png"]]
    ids = [face_id for _, faces in listed.by_picture() for face_id in faces]
    assert len(set(ids)) == 7
    assert sorted(ids) == sorted(face_id for _, face_id, _ in listed.numbered())
    assert [face.image_url[-5] for face in listed.pictures()] == ["a", "b", "c", "d"]


def test_pixels_beside_the_list_are_not_opened(tmp_path: Path) -> None:
    listed = write_release(tmp_path, ["a"])
    digest = PublishedList(listed).digest
    (listed / "data" / "pixels").mkdir()
    (listed / "data" / "pixels" / "train-00000-of-00001.parquet").write_bytes(b"gigabytes")
    assert PublishedList(listed).digest == digest
    assert len(list(PublishedList(listed).faces())) == 1


@pytest.mark.parametrize("form", ["parquet", "imagefolder"])
def test_a_release_with_pixels_lists_its_faces_too(tmp_path: Path, form: str) -> None:
    faces = make_build(tmp_path, portraits(3))
    words = ["--work", str(tmp_path), "--content", "pixels", "--format", form, "--quiet"]
    assert run("aahq-build publish", COMMANDS["publish"], words) == 0
    listed = PublishedList(tmp_path / "release")
    assert sorted(face.name for face in listed.faces()) == sorted(f"{face.face_id}.png" for face in faces)
    named = {path.relative_to(listed.path).as_posix() for path in listed.files}
    assert named == {name for name in stated_files(listed.path) if LIST_FILES.fullmatch(name)}, "as fetched"


def test_another_list_has_another_digest(tmp_path: Path) -> None:
    first, second = (write_release(tmp_path / name, [name]) for name in "ab")
    assert PublishedList(first).digest != PublishedList(second).digest


def test_the_authors_list_states_no_licences_and_ours_does(tmp_path: Path) -> None:
    entry = {"image_url": "https://cdn.example/1.jpg", "landmarks": POINTS}
    for name, extra, states in (("theirs", {}, False), ("ours", {"license": "CC0-1.0"}, True)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"1.png": {**entry, **extra}}))
        assert PublishedList(tmp_path / f"{name}.json").states_licenses is states


@pytest.mark.parametrize("content", [b"", b"[1, 2]", b"[" * 100_000, b"{"])
def test_what_is_no_list_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list.json").write_bytes(content)
    with pytest.raises(UserError, match=r"list\.json is"):
        list(PublishedList(tmp_path / "list.json").faces())


def test_a_damaged_parquet_file_and_an_empty_folder_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no list of addresses"):
        list(PublishedList(tmp_path).faces())
    (tmp_path / "list.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(UserError, match="no Parquet file, or damaged"):
        list(PublishedList(tmp_path / "list.parquet").faces())
