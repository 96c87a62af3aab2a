from pathlib import Path

import numpy as np
import pytest

from aahq_builder.errors import UserError
from aahq_builder.filter.known import KnownHashes, perceptual_hash
from tests.aahq_builder.filter.build import draw_portrait

SHA = "ab" * 32


def test_a_list_is_read_with_remarks_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "known.txt"
    path.write_text(f"# release 1\n\n{SHA.upper()}  # a file\nffff0000ffff0000\n")
    known = KnownHashes.read(path)
    assert known.exact == {SHA}
    assert known.perceptual.tolist() == [0xFFFF0000FFFF0000]


def test_the_distance_is_that_of_the_nearest_known_hash() -> None:
    known = KnownHashes.parse([SHA, "0000000000000000", "00000000000000ff"])
    distances = known.distances([("exact", [SHA, "f" * 16]), ("near", ["00000000000000f0"]), ("none", ["cd" * 32])])
    assert distances == {"exact": 0.0, "near": 4.0}


def test_without_perceptual_hashes_only_exact_copies_are_known() -> None:
    assert KnownHashes.parse([SHA]).distances([("face", ["0" * 16])]) == {}


@pytest.mark.parametrize("line", ["xyz", "ab" * 20, "g" * 16])
def test_a_line_that_is_no_hash_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "known.txt"
    path.write_text(line)
    with pytest.raises(UserError, match="is no hash"):
        KnownHashes.read(path)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no file .*nowhere\.txt"):
        KnownHashes.read(tmp_path / "nowhere.txt")


def test_perceptual_hashes_of_other_pictures_differ_in_many_bits() -> None:
    hashes = [int(perceptual_hash(draw_portrait(seed)), 16) for seed in (1, 1, 2)]
    assert hashes[0] == hashes[1]
    assert np.bitwise_count(np.uint64(hashes[0] ^ hashes[2])) > 10
