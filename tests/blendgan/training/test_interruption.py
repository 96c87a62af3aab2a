"""A run that is killed or told to stop, and begun again, ends in the same bits as one that was left alone."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from blendgan.training import checkpoint
from tests.blendgan.training.small import assert_same, draw_heads

STEPS = 12
TRAIN = [sys.executable, "-c", "from blendgan.cli import train; train()"]


def command(pictures: Path, out: Path, workers: int) -> list[str]:
    words = ["gan", "--faces", pictures, "--artworks", pictures, "--preset", "tiny", "--batch", 4, "--steps", STEPS]
    words += ["--checkpoint-every", 2, "--data-workers", workers, "--out", out, "-q"]
    return TRAIN + [str(word) for word in words]


def train(pictures: Path, out: Path, workers: int = 0) -> None:
    subprocess.run(command(pictures, out, workers), check=True, env=environment(), timeout=300)


def environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1"}


def interrupt(pictures: Path, out: Path, signum: signal.Signals, after_step: int, wait_s: float, workers: int) -> int:
    """Start the run, send the signal some time after a checkpoint of `after_step` or later, give the exit code."""
    process = subprocess.Popen(command(pictures, out, workers), env=environment(), start_new_session=True)
    try:
        while process.poll() is None and last_step(out) < after_step:
            time.sleep(0.02)
        time.sleep(wait_s)
        if process.poll() is None:
            os.killpg(process.pid, signum) if signum == signal.SIGKILL else process.send_signal(signum)
        return process.wait(timeout=120)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def last_step(out: Path) -> int:
    steps = [int(path.stem.removeprefix("step-")) for path in checkpoint.listed(out / "checkpoints")]
    return max(steps, default=-1)


def final_state(out: Path) -> checkpoint.State:
    state, complaints = checkpoint.load_newest(out / "checkpoints")
    assert state is not None
    assert not complaints
    assert state["step"] == STEPS
    return state


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_heads(tmp_path_factory.mktemp("pictures"), count=8)


@pytest.fixture(scope="module")
def straight(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> checkpoint.State:
    out = tmp_path_factory.mktemp("straight") / "run"
    train(pictures, out)
    return final_state(out)


@pytest.mark.slow
def test_killed_at_a_random_moment_and_begun_again(pictures: Path, straight: checkpoint.State, tmp_path: Path):
    workers = 1
    interrupt(pictures, tmp_path / "run", signal.SIGKILL, random.randrange(0, STEPS - 6), random.random(), workers)
    train(pictures, tmp_path / "run", workers)
    assert_same(final_state(tmp_path / "run"), straight)


@pytest.mark.slow
def test_sigterm_saves_at_the_next_step_and_exits_as_interrupted(
    pictures: Path, straight: checkpoint.State, tmp_path: Path
):
    assert interrupt(pictures, tmp_path / "run", signal.SIGTERM, 3, 0.1, workers=0) == 130
    train(pictures, tmp_path / "run")
    assert_same(final_state(tmp_path / "run"), straight)


@pytest.mark.campaign
def test_twenty_kills_at_random_moments(pictures: Path, straight: checkpoint.State, tmp_path: Path):
    for number in range(20):
        out = tmp_path / f"run-{number}"
        signum = random.choice([signal.SIGKILL, signal.SIGTERM])
        for _ in range(random.choice([1, 2, 3])):  # some runs are hit several times
            interrupt(pictures, out, signum, random.randrange(-1, STEPS - 2), random.uniform(0, 3), number % 2)
        train(pictures, out, number % 2)
        assert_same(final_state(out), straight)
