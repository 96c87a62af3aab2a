"""Trainings of two processes, begun as a user begins them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch

import blendgan
from blendgan.training import checkpoint
from tests.blendgan.training.small import draw_heads

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port"]
SCRIPT = "from blendgan.cli import train; train()"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_heads(tmp_path_factory.mktemp("pictures"), count=8)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    return path


def start(script: Path, port: int, *words: object) -> "subprocess.Popen[str]":
    command = [*TORCHRUN, str(port), str(script), *(str(word) for word in words)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(blendgan.__file__).parents[1])}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def gan(pictures: Path, out: Path, steps: int) -> list[object]:
    words: list[object] = ["gan", "--faces", pictures, "--artworks", pictures, "--preset", "tiny", "--batch", 8]
    return [*words, "--steps", steps, "--checkpoint-every", 2, "--device", "cpu", "--out", out]


@pytest.mark.slow
def test_two_processes_train_save_once_and_one_goes_on(pictures: Path, tmp_path: Path, script: Path):
    out = tmp_path / "run"
    together = start(script, 29511, *gan(pictures, out, steps=2))
    said, errors = together.communicate(timeout=300)
    assert together.returncode == 0, errors
    assert said.count("trained 2 steps") == 1
    assert [json.loads(line)["step"] for line in (out / "log.jsonl").read_text().splitlines()] == [2]
    alone = subprocess.run(
        [sys.executable, str(script), *(str(word) for word in gan(pictures, out, steps=4))],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(blendgan.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "resuming at step 2" in alone.stderr
    state, _ = checkpoint.load_newest(out / "checkpoints")
    assert state is not None
    assert state["step"] == 4


@pytest.mark.slow
def test_no_process_waits_for_a_dead_one(pictures: Path, tmp_path: Path, script: Path):
    training = start(script, 29512, *gan(pictures, tmp_path / "run", steps=10_000))
    deadline = time.monotonic() + 240
    while not checkpoint.listed(tmp_path / "run" / "checkpoints")[1:] and time.monotonic() < deadline:
        assert training.poll() is None, training.communicate()[1]
        time.sleep(0.1)
    workers = [child for child in psutil.Process(training.pid).children() if "train.py" in " ".join(child.cmdline())]
    assert len(workers) == 2
    workers[1].kill()
    training.communicate(timeout=60)
    assert training.returncode != 0
    assert not any(worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE for worker in workers)
    state, _ = checkpoint.load_newest(tmp_path / "run" / "checkpoints")
    assert state is not None
    assert torch.isfinite(state["stage"]["generator"]["synthesis.constant"]).all()
