import signal
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from blendgan.errors import UserError
from blendgan.training.engine import checkpoint
from blendgan.training.engine.checkpoint_writer import CheckpointWriter, snapshot
from tests.full_disk import files_of_at_most

Save = Callable[[Path, int, checkpoint.State], None]


class Held:
    """`checkpoint.save`, which waits until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.save = threading.Event(), checkpoint.save
        monkeypatch.setattr(checkpoint, "save", self)

    def __call__(self, folder: Path, step: int, state: checkpoint.State) -> None:
        assert self.go.wait(timeout=60)
        self.save(folder, step, state)


def test_a_checkpoint_is_of_the_moment_in_which_it_was_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    held, weights = Held(monkeypatch), torch.zeros(3)
    with CheckpointWriter(tmp_path) as writer:
        writer.begin(1, {"trainer": {"layers": [weights]}, "step": 1})
        weights += 1
        assert checkpoint.listed(tmp_path) == []
        held.go.set()
    state, _ = checkpoint.load_newest(tmp_path)
    assert state is not None
    assert state["trainer"]["layers"][0].tolist() == [0, 0, 0]


def test_the_file_is_the_one_that_is_written_without_a_thread(tmp_path: Path):
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(2, 3, 5, 5)).sum().backward()
    optimizer.step()
    state = {"network": net.state_dict(), "optimizer": optimizer.state_dict(), "step": 3}
    with CheckpointWriter(tmp_path / "beside") as writer:
        writer.begin(3, state)
    checkpoint.save(tmp_path / "plain", 3, state)
    one, other = (tmp_path / name / "step-0000003.pt" for name in ("beside", "plain"))
    assert one.read_bytes() == other.read_bytes()
    copied = snapshot(state)
    assert isinstance(copied["network"], OrderedDict)
    assert copied["network"]["0.weight"].stride() == net[0].weight.stride()


def test_a_second_one_waits_for_the_first_and_both_are_kept(tmp_path: Path):
    with CheckpointWriter(tmp_path) as writer:
        for step in (1, 2, 3):
            writer.begin(step, {"step": step})
    assert [path.name for path in checkpoint.listed(tmp_path)] == ["step-0000002.pt", "step-0000003.pt"]


@pytest.mark.parametrize("how", ["check", "begin", "end"])
def test_an_error_of_the_thread_is_raised_where_training_looks_next(tmp_path: Path, how: str):
    checkpoint.save(tmp_path, 1, {"step": 1})
    with pytest.raises(UserError, match=r"no space left for .*step-0000002.pt"), CheckpointWriter(tmp_path) as writer:
        with files_of_at_most(50_000):
            writer.begin(2, {"weights": torch.ones(100_000)})
            assert writer.thread is not None
            writer.thread.join()
        if how == "check":
            writer.check()
        elif how == "begin":
            writer.begin(3, {})
    assert checkpoint.load_newest(tmp_path) == ({"step": 1}, [])
    writer.finish()  # it was told once


def test_an_interrupted_block_waits_and_another_error_is_not_hidden(tmp_path: Path):
    with pytest.raises(KeyboardInterrupt), CheckpointWriter(tmp_path) as writer:
        writer.begin(1, {"step": 1})
        raise KeyboardInterrupt
    assert checkpoint.load_newest(tmp_path) == ({"step": 1}, [])
    with pytest.raises(RuntimeError, match="of the step"), CheckpointWriter(tmp_path) as writer:
        writer.error = OSError("of the disk")
        raise RuntimeError("of the step")


WRITING = """
import sys, time
from pathlib import Path
import torch
from blendgan.checkpoints import torch_file
from blendgan.training.engine import checkpoint
from blendgan.training.engine.checkpoint_writer import CheckpointWriter
out = Path(sys.argv[1])
checkpoint.save(out, 1, {"step": 1})
replace = Path.replace
def slow(path, target):
    (out / "written").touch()
    time.sleep(60)
    return replace(path, target)
Path.replace = slow
with CheckpointWriter(out) as writer:
    writer.begin(2, {"step": 2, "weights": torch.ones(1000)})
"""


@pytest.mark.slow
def test_a_kill_during_the_writing_leaves_the_checkpoint_before(tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", WRITING, str(tmp_path)])
    while not (tmp_path / "written").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert checkpoint.load_newest(tmp_path) == ({"step": 1}, [])
