"""Values in parts: computed once, by whoever has a share, and read as one."""

from functools import partial
from pathlib import Path

import pytest
import torch

from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.evaluation.parts import Parts, Values
from blendgan.training.parallel.distributed import World

ALONE, QUIET = World(torch.device("cpu")), Console(verbosity=-1)


class Counting:
    """Picture k has the values k and 2 k; the pictures that were asked for are noted."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.asked, self.fails_at = list[int](), fails_at

    def __call__(self, part: range) -> Values:
        if self.fails_at in part:
            raise KeyboardInterrupt
        self.asked += part
        numbers = torch.tensor(part, dtype=torch.float32)
        return {"one": numbers, "two": torch.stack([numbers, 2 * numbers], dim=1)}


def test_rows_lie_in_the_order_of_the_pictures(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "set", 7, size=3)
    parts.fill(Counting(), ALONE, QUIET)
    with parts.together("two") as rows:
        assert rows.tolist() == [[k, 2 * k] for k in range(7)]
    assert parts.means() == {"one": 3}
    assert {path.suffix for path in parts.folder.iterdir()} == {".pt"}, "nothing else is left"


def test_a_killed_run_goes_on_and_a_larger_one_computes_what_is_missing(tmp_path: Path) -> None:
    parts = Parts(tmp_path, 6, size=2)
    with pytest.raises(KeyboardInterrupt):
        parts.fill(Counting(fails_at=4), ALONE, QUIET)
    again, more, nothing = Counting(), Counting(), Counting()
    parts.fill(again, ALONE, QUIET)
    assert again.asked == [4, 5]
    larger = Parts(tmp_path, 9, size=2)
    larger.fill(more, ALONE, QUIET)
    assert more.asked == [6, 7, 8]
    Parts(tmp_path, 6, size=2).fill(nothing, ALONE, QUIET)
    assert nothing.asked == []
    assert larger.means()["one"] == 4


def test_what_follows_from_all_rows_is_computed_once_for_each_count(tmp_path: Path) -> None:
    def mean_of(parts: Parts) -> Values:
        return {"mean": torch.tensor(parts.means()["one"])}

    for count in (4, 5):
        parts = Parts(tmp_path, count, size=2)
        parts.fill(Counting(), ALONE, QUIET)
        assert float(parts.kept("mean", partial(mean_of, parts))["mean"]) == (count - 1) / 2
    for count in (4, 5):
        again = Parts(tmp_path, count).kept("mean", lambda: pytest.fail("computed again"))
        assert float(again["mean"]) == (count - 1) / 2


def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    parts = Parts(tmp_path, 2, size=2)
    parts.fill(Counting(), ALONE, QUIET)
    parts.path(range(2)).write_bytes(b"torn")
    with pytest.raises(UserError, match=r"00000002\.pt is damaged .* remove it and run"):
        parts.means()["one"]
