"""The folder that a command writes to belongs to one command at a time."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from blendgan.errors import UserError
from blendgan.out_folder import held

HOLD = """
import sys
from pathlib import Path
from blendgan.out_folder import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_elsewhere(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_command_is_told_which_process_holds_the_folder(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path / "run") as process:
        expected = rf"run is being written to by another command \(process {process.pid}\); wait until it ends"
        with pytest.raises(UserError, match=expected), held(tmp_path / "run"):
            pass
        process.kill()
        process.wait()
        with held(tmp_path / "run"):  # a killed command holds nothing
            pass


def test_a_folder_left_empty_is_taken_away_and_one_with_results_stays(tmp_path: Path) -> None:
    with held(tmp_path / "empty"):
        assert (tmp_path / "empty").is_dir()
    assert not (tmp_path / "empty").exists()
    with held(tmp_path / "full"):
        (tmp_path / "full" / "a").touch()
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["a"]
    (tmp_path / "before").mkdir()
    with held(tmp_path / "before"):
        pass
    assert (tmp_path / "before").is_dir()


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_place_that_cannot_be_a_folder_is_one_sentence(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(UserError, match=rf"{place} cannot be written to \(.*\); give another folder"),
        held(tmp_path / place),
    ):
        pass
