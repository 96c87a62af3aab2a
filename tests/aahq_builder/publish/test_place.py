"""A release is there whole or not at all, whatever a kill leaves; and a takedown finds the pixels of what it leaves.

A kill is played by the file system: at some step, and ever after, nothing more reaches the disk.
"""

import io
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aahq_builder.build import Build
from aahq_builder.cli import COMMANDS
from aahq_builder.errors import ItemError
from aahq_builder.journal import Journal
from aahq_builder.publish import place
from aahq_builder.publish.forget import forget
from aahq_builder.publish.inventory import INVENTORY
from aahq_builder.records import Artwork, Place
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from blendgan.console import Console
from tests.drawn_build import make_build, portraits

STEPS = ("mkdir", "rename", "replace", "unlink", "rmdir", "open")


class KilledError(BaseException):
    """The process is gone."""


class Disk:
    """Counts the steps that change a folder, and dies at one of them."""

    def __init__(self, below: Path, dies_at: int | None) -> None:
        self.below, self.dies_at = str(below), dies_at
        self.names: list[str] = []
        """Of the steps so far."""

    def step(self, name: str, path: object, within: int | None = None) -> None:
        """`within` is the folder, open, in which `rmtree` names a file."""
        if within is not None or str(path).startswith(self.below):
            self.names.append(name)
            if self.dies_at is not None and len(self.names) > self.dies_at:
                raise KilledError


@contextmanager
def disk(below: Path, dies_at: int | None = None) -> Iterator[Disk]:
    """Let everything that is changed below a folder pass through a `Disk`."""
    one = Disk(below, dies_at)
    with pytest.MonkeyPatch.context() as patch:
        for name in STEPS[:-1]:
            real = getattr(os, name)

            def guarded(path, *rest, real=real, name=name, **named):
                one.step(name, path, named.get("dir_fd"))
                return real(path, *rest, **named)

            patch.setattr(os, name, guarded)
        opened = io.open

        def guarded_open(file, mode="r", *rest, **named):
            if set(mode) & set("wax+"):
                one.step("open", file)
            return opened(file, mode, *rest, **named)

        patch.setattr(io, "open", guarded_open)
        yield one


def released(folder: Path) -> dict[str, bytes] | None:
    """Every file of a release, None if there is none."""
    if not (folder / INVENTORY).exists():
        return None
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def write(folder: Path, content: bytes) -> None:
    """A release in miniature."""
    (folder / "data").mkdir()
    (folder / "data" / "faces.bin").write_bytes(content)
    (folder / INVENTORY).write_bytes(content)


def release_of(content: bytes) -> dict[str, bytes]:
    return {"data/faces.bin": content, INVENTORY: content}


@pytest.mark.parametrize("first", [True, False])
def test_a_kill_at_any_step_leaves_a_whole_release_or_none_and_nothing_once_settled(tmp_path: Path, first: bool):
    possible = [None, release_of(b"new")] if first else [None, release_of(b"old"), release_of(b"new")]
    seen, dies_at = Counter[bool](), 0
    while dies_at < 100:
        root = tmp_path / str(dies_at)
        root.mkdir()
        target = root / "release [1]"
        if not first:
            target.mkdir()
            write(target, b"old")
        try:
            with disk(root, dies_at), place.replacing(target) as folder:
                write(folder, b"new")
            break
        except KilledError:
            assert released(target) in possible
        place.settle(target)
        assert released(target) in (possible if first else possible[1:])
        assert {path.name for path in root.iterdir()} <= {target.name}
        seen[released(target) == release_of(b"new")] += 1
        dies_at += 1
    assert released(target) == release_of(b"new")
    assert seen[True] and seen[False] and dies_at > 5


def test_a_failure_between_the_two_renames_keeps_a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    target = tmp_path / "release"
    target.mkdir()
    write(target, b"old")
    rename, calls = Path.rename, []

    def once(self: Path, to: Path) -> Path:
        calls.append(to)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", once)
    with pytest.raises(OSError, match="Input/output"), place.replacing(target) as folder:
        write(folder, b"new")
    assert released(target) == release_of(b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_a_link_is_followed_so_that_the_old_release_does_not_stay_behind_it(tmp_path: Path):
    (tmp_path / "disk" / "faces").mkdir(parents=True)
    write(tmp_path / "disk" / "faces", b"old")
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "faces")
    with place.replacing(tmp_path / "link") as folder:
        write(folder, b"new")
    assert released(tmp_path / "disk" / "faces") == released(tmp_path / "link") == release_of(b"new")
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.read_bytes() == b"old"]


def publish(work: Path, to: Path) -> int:
    flags = ["--work", str(work), "--to", str(to), "--content", "pixels", "--format", "imagefolder", "--quiet"]
    return run("aahq-build publish", COMMANDS["publish"], flags)


def steps_to_die_at(names: list[str]) -> list[int]:
    """While files are written, before and after every exchange of folders, and while the old one is deleted."""
    renames = [step for step, name in enumerate(names) if name == "rename"]
    return sorted({0, len(names) // 3, *renames, *(step + 1 for step in renames), len(names) - 2})


def test_whatever_a_killed_publish_leaves_a_takedown_finds_its_pixels(tmp_path: Path):
    faces = make_build(tmp_path / "made" / "work", portraits(3))
    publish(tmp_path / "made" / "work", tmp_path / "made" / "out" / "faces")
    pixels = (tmp_path / "made" / "work" / str(faces[0].path)).read_bytes()
    with disk(tmp_path / "made" / "out") as counted:
        publish(tmp_path / "made" / "work", tmp_path / "made" / "out" / "faces")
    assert counted.names.count("rename") == 2
    for dies_at in steps_to_die_at(counted.names):
        root = tmp_path / f"killed at {dies_at}"
        shutil.copytree(tmp_path / "made", root)
        with Journal(WorkDir(root / "work").database) as journal:
            journal.update(
                Place, ("release", str(tmp_path / "made" / "out" / "faces")), address=str(root / "out" / "faces")
            )
            with pytest.raises(KilledError), disk(root / "out", dies_at):
                publish(root / "work", root / "out" / "faces")
            journal.update(Artwork, faces[0].artwork_id, status="removed", error="tombstone")
            build = Build(WorkDir(root / "work"), journal, Console(verbosity=-1))
            with pytest.raises(KilledError), disk(root / "out", dies_at % 5):
                forget(build, [faces[0].artwork_id])
            forget(build, [faces[0].artwork_id])
        left = [path for path in (root / "out").rglob("*") if path.is_file() and pixels in path.read_bytes()]
        assert left == []
        assert [path.name for path in (root / "out").iterdir()] == ["faces"]
        assert len(list((root / "out" / "faces" / "train").rglob("*.png"))) == 2
        shutil.rmtree(root)


def test_a_release_of_which_nothing_may_stay_goes_whole_whenever_it_is_killed(tmp_path: Path):
    made = tmp_path / "made"
    (face,) = make_build(made / "work", portraits(1))
    publish(made / "work", made / "out" / "faces")
    with Journal(WorkDir(made / "work").database) as journal:
        journal.update(Artwork, face.artwork_id, status="removed", error="tombstone")
        build = Build(WorkDir(made / "work"), journal, Console(verbosity=-1))
        for dies_at in range(40):
            try:
                with disk(made / "out", dies_at):
                    forget(build, [face.artwork_id])
                break
            except KilledError:
                assert released(made / "out" / "faces") is None or (made / "out" / "faces" / "README.md").exists()
        forget(build, [face.artwork_id])
    assert list((made / "out").iterdir()) == []


def test_a_release_on_a_disk_that_is_not_there_is_named(tmp_path: Path):
    (face,) = make_build(tmp_path / "work", portraits(1))
    publish(tmp_path / "work", tmp_path / "usb" / "faces")
    (tmp_path / "usb").rename(tmp_path / "unplugged")
    with Journal(WorkDir(tmp_path / "work").database) as journal:
        build = Build(WorkDir(tmp_path / "work"), journal, Console(verbosity=-1))
        with pytest.raises(ItemError, match="usb/faces is not there"):
            forget(build, [face.artwork_id])
