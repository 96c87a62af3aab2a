"""A run that is killed or told to stop, and begun again, ends in the same bits as one that was left alone."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from blendgan.cli import TRAIN
from blendgan.command import main
from blendgan.training.engine import checkpoint
from tests.blendgan.training.small import STAGES, assert_same, words_of

STEPS = 12
RUNS_PER_STAGE = 5
PROGRAM = [sys.executable, "-c", "from blendgan.cli import train; train()"]


@dataclass(frozen=True)
class Run:
    """A training of some steps in a folder, begun as often as needed."""

    words: list[str]
    out: Path
    workers: int = 0

    def command(self) -> list[str]:
        return [*self.words, "--steps", str(STEPS), "--data-workers", str(self.workers), "--out", str(self.out)]

    def finish(self) -> checkpoint.State:
        """Train to the end, in this process: only what is interrupted needs one of its own."""
        assert main("blendgan-train", TRAIN, "", self.command()) == 0
        state, complaints = checkpoint.load_newest(self.out / "checkpoints")
        assert state is not None
        assert not complaints
        assert state["step"] == STEPS
        return state

    def last_step(self) -> int:
        steps = [int(path.stem.removeprefix("step-")) for path in checkpoint.listed(self.out / "checkpoints")]
        return max(steps, default=-1)

    def interrupt(self, signum: signal.Signals, after_step: int, wait_s: float) -> int:
        """Start, send the signal some time after a checkpoint of `after_step` or later, give the exit code."""
        process = subprocess.Popen([*PROGRAM, *self.command()], env=environment(), start_new_session=True)
        try:
            while process.poll() is None and self.last_step() < after_step:
                time.sleep(0.02)
            time.sleep(wait_s)
            if process.poll() is None:
                os.killpg(process.pid, signum) if signum == signal.SIGKILL else process.send_signal(signum)
            return process.wait(timeout=120)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def straight(pictures: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> checkpoint.State:
    return Run(words_of("gan", pictures, model), tmp_path_factory.mktemp("straight") / "run").finish()


@pytest.mark.campaign
def test_killed_at_a_random_moment_and_begun_again(
    pictures: Path, model: Path, straight: checkpoint.State, tmp_path: Path
):
    run = Run(words_of("gan", pictures, model), tmp_path / "run", workers=1)
    run.interrupt(signal.SIGKILL, random.randrange(0, STEPS - 6), random.random())
    assert_same(run.finish(), straight)


@pytest.mark.slow
def test_sigterm_saves_at_the_next_step_and_exits_as_interrupted(
    pictures: Path, model: Path, straight: checkpoint.State, tmp_path: Path
):
    run = Run(words_of("gan", pictures, model), tmp_path / "run")
    assert run.interrupt(signal.SIGTERM, 3, 0.1) == 130
    assert_same(run.finish(), straight)


@pytest.mark.campaign
@pytest.mark.parametrize("stage", STAGES)
def test_kills_at_random_moments(stage: str, pictures: Path, model: Path, tmp_path: Path):
    words = words_of(stage, pictures, model)
    undisturbed = Run(words, tmp_path / "straight").finish()
    for number in range(RUNS_PER_STAGE):
        run = Run(words, tmp_path / f"run-{number}", workers=number % 2)
        for _ in range(random.choice([1, 2, 3])):  # some runs are hit several times
            signum = random.choice([signal.SIGKILL, signal.SIGTERM])
            run.interrupt(signum, random.randrange(-1, STEPS - 2), random.uniform(0, 3))
        assert_same(run.finish(), undisturbed)
