import errno
from pathlib import Path

import numpy as np
import pytest
import torch

from blendgan.checkpoints import torch_file
from blendgan.errors import UserError
from blendgan.training.engine import checkpoint
from tests.full_disk import files_of_at_most


def test_the_newest_two_are_kept_and_the_newest_is_loaded(tmp_path: Path):
    for step in (1, 2, 10):
        checkpoint.save(tmp_path, step, {"step": step, "weights": torch.full((3,), float(step))})
    assert [path.name for path in checkpoint.listed(tmp_path)] == ["step-0000002.pt", "step-0000010.pt"]
    state, complaints = checkpoint.load_newest(tmp_path)
    assert state is not None
    assert state["step"] == 10
    assert torch.equal(state["weights"], torch.full((3,), 10.0))
    assert not complaints


@pytest.mark.parametrize("keep", [0, 100, 400])
def test_a_torn_checkpoint_is_named_and_the_one_before_is_used(tmp_path: Path, keep: int):
    for step in (1, 2):
        checkpoint.save(tmp_path, step, {"step": step})
    torn = tmp_path / "step-0000002.pt"
    torn.write_bytes(torn.read_bytes()[:keep])
    state, complaints = checkpoint.load_newest(tmp_path)
    assert state == {"step": 1}
    assert complaints[0].startswith("step-0000002.pt cannot be read")


def test_without_checkpoints_there_is_nothing_to_load(tmp_path: Path):
    assert checkpoint.load_newest(tmp_path) == (None, [])


def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path):
    checkpoint.save(tmp_path, 1, {"step": 1})
    with (
        files_of_at_most(50_000),
        pytest.raises(UserError, match=r"no space left for .*step-0000002.pt; what was saved before is intact"),
    ):
        checkpoint.save(tmp_path, 2, {"step": 2, "weights": torch.ones(100_000)})
    assert checkpoint.load_newest(tmp_path) == ({"step": 1}, [])
    assert [path.name for path in tmp_path.iterdir()] == ["step-0000001.pt"]


def test_other_failures_are_not_taken_for_a_full_disk():
    assert torch_file.is_disk_full(OSError(errno.ENOSPC, "No space left on device"))
    assert not torch_file.is_disk_full(OSError(errno.EACCES, "denied"))


def test_code_in_a_checkpoint_is_not_run(tmp_path: Path):
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "owned",)  # type: ignore[return-value]

    torch.save({"step": Evil()}, tmp_path / "step-0000001.pt")
    with pytest.raises(UserError, match=r"no checkpoint in .* can be read"):
        checkpoint.load_newest(tmp_path)
    assert not (tmp_path / "owned").exists()


def test_where_no_checkpoint_can_be_read_the_run_does_not_begin_anew(tmp_path: Path):
    for step in (1, 2):
        checkpoint.save(tmp_path, step, {"step": step})
        (tmp_path / f"step-000000{step}.pt").write_bytes(b"PK torn")
    with pytest.raises(UserError, match=r"step-0000002.pt cannot be read .*; step-0000001.pt cannot .*; bring one"):
        checkpoint.load_newest(tmp_path)


def test_a_flipped_bit_is_noticed_wherever_it_lies(tmp_path: Path):
    for step in (1, 2):
        checkpoint.save(tmp_path, step, {"step": step, "weights": torch.arange(1000.0) + step})
    path = tmp_path / "step-0000002.pt"
    whole, random = path.read_bytes(), np.random.default_rng(0)
    (newest, _), states = checkpoint.load_newest(tmp_path), []
    for place in random.integers(0, len(whole), 200):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(random.integers(8))
        path.write_bytes(flipped)
        states.append(checkpoint.load_newest(tmp_path)[0])
    for state in states:  # what lies between the records may change without harm
        assert state is not None and newest is not None
        expected = newest if state["step"] == 2 else {"step": 1, "weights": torch.arange(1000.0) + 1}
        assert torch.equal(state["weights"], expected["weights"])
    assert sum(state["step"] == 1 for state in states if state is not None) > 100


def test_the_first_weight_that_is_not_finite_is_named():
    state = {"a": {"x": torch.ones(2)}, "b": [torch.tensor([1, 2]), {"y": torch.tensor([1.0, float("nan")])}]}
    assert checkpoint.first_not_finite(state) == "b.1.y"
    assert checkpoint.first_not_finite({"a": torch.ones(1)}) == ""


def test_a_checkpoint_of_an_older_format_is_refused_in_one_sentence(tmp_path: Path):
    checkpoint.write(tmp_path / "checkpoints" / "step-0000001.pt", {"step": 1})
    with pytest.raises(UserError, match="is a run of format 1, and this version reads format 2"):
        checkpoint.load_newest(tmp_path / "checkpoints")
