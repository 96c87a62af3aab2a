import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from blendgan.console import Console
from blendgan.data import decode as decoding
from blendgan.data import verdicts
from blendgan.data.folder import ImageFolder, open_folder, picture_files
from blendgan.data.manifest import Manifest, take
from blendgan.training.engine import opening
from blendgan.training.engine.opening import KeptSet, Opening
from blendgan.training.parallel.distributed import World
from tests.blendgan.training.two_processes import results_of_two

QUIET, ALONE, SIZE = Console(verbosity=-1), World(torch.device("cpu")), 16


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take ten files for many."""
    monkeypatch.setattr(opening, "MANY", 9)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Forty pictures in two folders, two of them equal, and two that are refused."""
    root = tmp_path / "set"
    rng = np.random.default_rng(0)
    for number in range(40):
        path = root / ("a-b" if number % 2 else "a") / f"{number:02d}.{'jpg' if number % 3 else 'png'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(path)
    shutil.copy(root / "a" / "00.png", root / "a" / "copy.png")
    Image.new("RGB", (32, 8)).save(root / "a" / "wide.png")
    (root / "a" / "page.png").write_text("<html>")
    return root


def opened(root: Path, out: Path, world: World = ALONE, *, writes: bool = True) -> ImageFolder:
    files = take(root, picture_files(root), Manifest())
    place = KeptSet(out, "faces", writes=writes)
    return Opening(root=root, size=SIZE, kept=place, world=world, console=QUIET).pictures(files)


def assert_same(folder: ImageFolder, expected: ImageFolder) -> None:
    assert (folder.paths, folder.refused) == (expected.paths, expected.refused)
    for index in range(len(expected)):
        np.testing.assert_array_equal(folder.read(index), expected.read(index))


def forbid_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise AssertionError(f"{path} is decoded again")

    for module in (opening, verdicts):
        monkeypatch.setattr(module, "look", refuse)


@pytest.mark.usefixtures("many")
def test_a_set_opens_as_it_does_without_memory_and_again_without_decoding(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    expected = open_folder(pictures, SIZE)
    folder = opened(pictures, tmp_path / "out")
    assert_same(folder, expected)
    assert_same(replace(folder, size=8), replace(expected, size=8))  # style codes ask for another size
    assert_same(replace(folder, paths=folder.paths[3:5]), replace(expected, paths=folder.paths[3:5]))
    forbid_decoding(monkeypatch)
    pictures.rename(tmp_path / "moved")
    assert_same(
        replace(opened(tmp_path / "moved", tmp_path / "out"), refused=[]),
        replace(open_folder_without_looking(expected, tmp_path / "moved"), refused=[]),
    )


def open_folder_without_looking(before: ImageFolder, root: Path) -> ImageFolder:
    return replace(before, root=root, paths=[root / path.relative_to(before.root) for path in before.paths])


@pytest.mark.usefixtures("many")
def test_only_new_contents_are_decoded(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    opened(pictures, tmp_path / "out")
    Image.new("RGB", (32, 32), (9, 8, 7)).save(pictures / "a" / "new.png")
    shutil.copy(pictures / "a" / "00.png", pictures / "a" / "once-more.png")
    seen: list[str] = []
    look = verdicts.look

    def watched(path: Path) -> tuple[verdicts.FileVerdict, np.ndarray | None]:
        seen.append(path.name)
        return look(path)

    monkeypatch.setattr(opening, "look", watched)
    folder = opened(pictures, tmp_path / "out")
    assert seen == ["new.png"]
    assert_same(folder, open_folder(pictures, SIZE))


def test_few_pictures_are_judged_once_and_kept_as_they_are(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert_same(opened(pictures, tmp_path / "out"), open_folder(pictures, SIZE))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["faces.verdicts-0.jsonl"]
    forbid_decoding(monkeypatch)
    assert opened(pictures, tmp_path / "out").scaled is None


@pytest.mark.usefixtures("many")
def test_a_dry_run_writes_nothing(pictures: Path, tmp_path: Path):
    assert_same(opened(pictures, tmp_path / "out", writes=False), open_folder(pictures, SIZE))
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("many")
def test_a_killed_opening_goes_on_where_it_was(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(opening, "PORTION", 2)
    monkeypatch.setattr(opening, "PORTIONS_BETWEEN_WRITES", 1)
    monkeypatch.setattr(opening, "default_workers", lambda: 0)
    look, seen = verdicts.look, []

    def dying(path: Path) -> tuple[verdicts.FileVerdict, np.ndarray | None]:
        seen.append(path)
        if len(seen) == 20:
            raise KeyboardInterrupt
        return look(path)

    monkeypatch.setattr(opening, "look", dying)
    with pytest.raises(KeyboardInterrupt):
        opened(pictures, tmp_path / "out")
    assert_same(opened(pictures, tmp_path / "out"), open_folder(pictures, SIZE))
    assert len(seen) - 20 == 42 - 18  # distinct contents, without the nine portions that were written


@pytest.mark.usefixtures("many")
def test_without_room_on_the_disk_pictures_stay_as_they_are(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert_same(opened(pictures, tmp_path / "out"), open_folder(pictures, SIZE))
    assert "faces would take 0.0 GiB at 16 px" in capsys.readouterr().err


def of_two(root: Path, out: Path, world: World) -> list[object]:
    opening.MANY = 9
    looked: list[Path] = []
    look = verdicts.look

    def watched(path: Path) -> tuple[verdicts.FileVerdict, np.ndarray | None]:
        looked.append(path)
        return look(path)

    opening.look = watched  # type: ignore[attr-defined]
    opening.default_workers = lambda: 0  # type: ignore[attr-defined]
    folder = opened(root, out, world)
    pixels = [torch.from_numpy(folder.read(index)) for index in range(len(folder))]
    again = opened(root, out, world)
    assert list(again.paths) == list(folder.paths)
    return [[str(path) for path in folder.paths], pixels, len(looked)]


@pytest.mark.slow
def test_two_processes_share_the_decoding_and_see_the_same(pictures: Path, tmp_path: Path):
    expected = open_folder(pictures, SIZE)
    found = results_of_two(partial(of_two, pictures, tmp_path / "out"), tmp_path)
    for paths, pixels, looked in found:
        assert paths == [str(path) for path in expected.paths]
        for index, mine in enumerate(pixels):
            np.testing.assert_array_equal(mine.numpy(), expected.read(index))
        assert looked > 0
    assert sum(looked for *_, looked in found) == 42


def test_the_verdict_is_that_of_the_decoder_that_everything_uses():
    assert verdicts.decode is decoding.decode
