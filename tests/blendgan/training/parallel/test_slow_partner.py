"""Work that one process does alone, longer than the limit of time within a step, ends no training of several."""

import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from blendgan.console import Console
from blendgan.training.engine import checkpoint, loop, opening, run
from blendgan.training.engine.inputs import Sources
from blendgan.training.engine.loop import SCORE, Numbers, Plan, Training, exported
from blendgan.training.gan.config import TrainGanConfig
from blendgan.training.parallel.distributed import World
from tests.blendgan.training.two_processes import results_of_two

LIMIT_S, DELAY_S = 3.0, 4.5
QUIET = Console(verbosity=-1)


def slow(call: Callable[..., Any]) -> Callable[..., Any]:
    def late(*given: Any, **named: Any) -> Any:
        time.sleep(DELAY_S)
        return call(*given, **named)

    return late


class SlowFirst:
    """A stage whose first process draws, measures and exports slowly."""

    def __init__(self, world: World) -> None:
        self.world, self.weight = world, torch.zeros(2)

    def stream(self, first_step: int, num_steps: int) -> Iterator[int]:
        yield from range(first_step, num_steps)

    def step(self, step: int, batch: int, seed: tuple[int, ...]) -> Numbers:
        self.weight = self.weight + self.world.mean(torch.ones(2))
        return {"weight": self.weight.sum()}

    def state(self) -> checkpoint.State:
        return {"weight": self.weight}

    def load_state(self, state: checkpoint.State) -> None:
        self.weight = state["weight"].clone()

    def sample(self) -> Tensor:
        self.linger()
        return torch.zeros(3, 4, 4, dtype=torch.uint8)

    def evaluate(self) -> dict[str, float]:
        self.linger()
        return {SCORE: -float(self.weight.sum())}

    def export(self, folder: Path, rights: Mapping[str, int]) -> None:
        self.linger()
        folder.mkdir()

    def linger(self) -> None:
        if self.world.is_first:
            time.sleep(DELAY_S)


def train(out: Path, world: World, steps: int) -> Tensor:
    plan = Plan(
        steps=steps, batch=2, seed=0, log_every=1, sample_every=2, evaluate_every=2, checkpoint_every=2, rights={}
    )
    stage = SlowFirst(world)
    Training(stage, plan, out, world, QUIET).run()
    return stage.weight


def trained_and_resumed(out: Path, world: World) -> Tensor:
    train(out, world, 2)
    if not world.is_first:
        loop.checkpoint.load_newest = slow(loop.checkpoint.load_newest)  # type: ignore[attr-defined]
    return train(out, world, 4)


@pytest.mark.slow
def test_measuring_drawing_exporting_and_resuming_may_take_longer_than_a_step(tmp_path: Path):
    (tmp_path / "run").mkdir()
    for weight in results_of_two(partial(trained_and_resumed, tmp_path / "run"), tmp_path, LIMIT_S):
        assert weight.tolist() == [4, 4]
    assert exported(tmp_path / "run" / "best")["step"] == 4


def opened(config: TrainGanConfig, world: World) -> list[str]:
    """Open a zip, while hashing and unpacking are slow in the first process, and looking at it in the second."""
    if world.is_first:
        run.identify, run.unpacked_once = slow(run.identify), slow(run.unpacked_once)  # type: ignore[attr-defined]
    else:
        opening.Opening.decoded = slow(opening.Opening.decoded)  # type: ignore[method-assign]
    job = run.Job.of(config, world, QUIET, Sources(pictures={"faces": config.faces}))
    faces = run.open_pictures(job, "faces", config.faces, 16)
    return [faces.name(index) for index in range(len(faces))]


@pytest.mark.slow
def test_hashing_unpacking_and_looking_at_pictures_may_take_longer_than_a_step(heads_path: Path, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "heads.zip", "w") as archive:
        for path in sorted(heads_path.iterdir()):
            archive.write(path, path.name)
    config = TrainGanConfig(out=tmp_path / "run", faces=tmp_path / "heads.zip", artworks=tmp_path / "heads.zip")
    config = replace(config, device="cpu")
    for names in results_of_two(partial(opened, config), tmp_path, LIMIT_S):
        assert names == [f"{number:08d}.png" for number in range(12)]
