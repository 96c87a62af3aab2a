import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest

from blendgan.data.scaled import Scaled, ScaledFile, stored_rows
from blendgan.errors import UserError

SIZE = 8


def picture(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)


def name(number: int) -> str:
    return hashlib.sha256(bytes([number])).hexdigest()


def add(folder: Path, *numbers: int, process: int = 0) -> None:
    file = ScaledFile(folder, process, SIZE)
    file.add({name(number): picture(number) for number in numbers})
    file.close()


def assert_stored(folder: Path, *numbers: int) -> None:
    rows = stored_rows(folder, SIZE)
    assert rows.keys() == {name(number) for number in numbers}
    scaled = Scaled(SIZE, {Path(sha256): row for sha256, row in rows.items()})
    for number in numbers:
        np.testing.assert_array_equal(scaled.read(Path(name(number))), picture(number))


def test_pictures_of_several_processes_and_openings_are_found_by_the_hash_of_their_files(tmp_path: Path):
    add(tmp_path / "set", 1, 2)
    add(tmp_path / "set", 3, process=1)
    add(tmp_path / "set", 4)
    assert_stored(tmp_path / "set", 1, 2, 3, 4)
    assert stored_rows(tmp_path / "set", 2 * SIZE) == {}
    assert stored_rows(tmp_path / "none", SIZE) == {}


@pytest.mark.parametrize("suffix", ["pixels", "digests"])
@pytest.mark.parametrize("lost", [1, 40, 200])
def test_whatever_a_kill_leaves_the_next_opening_goes_on_behind_the_last_whole_picture(
    tmp_path: Path, suffix: str, lost: int
):
    add(tmp_path, 1, 2, 3)
    path = tmp_path / f"0.{suffix}"
    path.write_bytes(path.read_bytes()[:-lost])
    left = [number for number in (1, 2, 3) if name(number) in stored_rows(tmp_path, SIZE)]
    assert left == [1, 2, 3][: len(left)]
    assert len(left) < 3
    add(tmp_path, 4)
    assert_stored(tmp_path, *left, 4)


def test_pictures_of_another_size_make_room(tmp_path: Path):
    (tmp_path / "0.digests").write_bytes(b"x" * 64)
    (tmp_path / "0.pixels").write_bytes(b"x" * 10_000)
    add(tmp_path, 1)
    assert_stored(tmp_path, 1)


def test_a_file_that_shrinks_or_goes_is_one_sentence(tmp_path: Path):
    add(tmp_path, 1, 2)
    rows = stored_rows(tmp_path, SIZE)
    scaled = pickle.loads(pickle.dumps(Scaled(SIZE, {Path("a"): rows[name(2)]})))  # as a data worker gets it
    (tmp_path / "0.pixels").write_bytes(b"short")
    with pytest.raises(UserError, match=r"0\.pixels has become shorter since training began"):
        scaled.read(Path("a"))
    (tmp_path / "0.pixels").unlink()
    with pytest.raises(UserError, match=r"0\.pixels cannot be read any more"):
        scaled.read(Path("a"))
