"""Photographs of the small scale: originals of held-out faces under the names of their titles."""

from pathlib import Path

import pytest

from blendgan.console import Console
from blendgan.errors import UserError
from pipelines.paper.photographs import collect_photographs, slug
from tests.drawn_build import Portrait, make_build

QUIET = Console(verbosity=-1)


def test_originals_of_held_out_faces_are_copied_under_their_titles(tmp_path: Path):
    work, target = tmp_path / "work", tmp_path / "photographs"
    faces = make_build(work, [Portrait(number, title=f"Elves: No. {number}") for number in range(3)])
    held_out = work / "split" / "held-out"
    held_out.mkdir(parents=True)
    for face in faces[:2]:
        (held_out / f"{face.face_id}.png").write_bytes((work / face.path).read_bytes())
    collect_photographs(work, target, QUIET)
    copied = {path.name: path.read_bytes() for path in target.iterdir() if path.stem != "astronaut"}
    originals = {path.read_bytes() for path in (work / "originals").rglob("*.*")}
    assert {Path(name).stem for name in copied} == {"elves-no-0", "elves-no-1"}
    assert set(copied.values()) < originals


def test_a_build_without_the_held_out_faces_is_one_sentence(tmp_path: Path):
    make_build(tmp_path / "work", [Portrait(0)])
    (tmp_path / "work" / "split" / "held-out").mkdir(parents=True)
    with pytest.raises(UserError, match="knows no held-out face; run `make demo` again, or name pictures"):
        collect_photographs(tmp_path / "work", tmp_path / "photographs", QUIET)


def test_a_title_becomes_a_name_that_every_file_system_takes():
    assert [slug(title) for title in ("Elves: Shaman", "../..", "Ä/b")] == ["elves-shaman", "untitled", "b"]
