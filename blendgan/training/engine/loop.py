"""The loop that all trainers share: resume, step, log, sample, save, and leave cleanly.

A trainer is a function of its state, the step number and the seed: nothing else is random. So a checkpoint holds the
weights, the optimisers' memory and the step, and a run killed anywhere ends in the same bits as one that was not.
"""

import json
import math
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from jaxtyping import UInt8
from torch import Tensor

from blendgan.checkpoints.store import write_model_config
from blendgan.checkpoints.torch_file import State
from blendgan.console import Console, Progress
from blendgan.errors import UserError
from blendgan.training.engine import checkpoint
from blendgan.training.engine.checkpoint_writer import CheckpointWriter
from blendgan.training.engine.grids import write_png
from blendgan.training.engine.run_log import RunLog
from blendgan.training.engine.signals import StopRequest, stop_on_signals
from blendgan.training.engine.tracking import Tracker
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.randomness import seed_libraries

MAX_ROLLBACKS = 3
SCORE = "score"
"""The measure by which the best model of a run is kept: the lower the better."""
EXPORTED = "run.json"
"""In a model folder that a run has written: the step, a hash of its inputs and, of the best one, the score."""
SHOWN = 3
"""Numbers beside the progress bar; the log has all."""
STEPS_BETWEEN_VOTES = 10
"""How often several processes ask each other whether one was told to stop."""

B = TypeVar("B")
Numbers = dict[str, Tensor]
"""Scalars by their name in the log, still on the device."""


class Trainer(Protocol[B]):
    """What a stage trains: networks, their optimisers and one step."""

    def stream(self, first_step: int, num_steps: int) -> Iterator[B]:
        """The batches of steps `first_step` to `num_steps` - 1."""

    def step(self, step: int, batch: B, seed: tuple[int, ...]) -> Numbers:
        """Train one step with randomness from `seed` alone; numbers for the log stay on the device."""

    def state(self) -> State:
        """All that the next step depends on."""

    def load_state(self, state: State) -> None:
        """Go back to `state`."""

    def sample(self) -> UInt8[Tensor, "3 height width"] | None:
        """A picture of the progress, or None where there is nothing to see.

        All processes are asked, so that they can share the work; the answer of the first one counts.
        """

    def evaluate(self) -> dict[str, float]:
        """Measures of quality for the log, too slow to be taken at every step; by `SCORE` the best model is kept.

        All processes are asked, as for `sample`.
        """

    def export(self, folder: Path, rights: Mapping[str, int]) -> None:
        """Write the trained model; every network notes the `rights` of the pictures behind it."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long to train and how often to do what, in steps."""

    steps: int
    batch: int
    seed: int
    log_every: int
    sample_every: int
    evaluate_every: int
    checkpoint_every: int
    tracker: Tracker = "none"
    rights: Mapping[str, int]
    """Pictures that the model learns from, by their rights."""
    inputs: str = ""
    """A hash of the data and models that the run stands on: scores on others are no measure for a better model."""


class NotFiniteError(Exception):
    """A loss became infinite or NaN."""


class Training(Generic[B]):
    """One run in the folder `out`."""

    def __init__(self, trainer: Trainer[B], plan: Plan, out: Path, world: World, console: Console) -> None:
        self.trainer, self.plan, self.out, self.world, self.console = trainer, plan, out, world, console
        self.step = 0
        self.rollbacks = 0
        self.best = math.inf
        self.means = RunningMeans()
        self.writer = CheckpointWriter(out / "checkpoints")

    def run(self) -> None:
        """Train from the newest checkpoint to the last step and export the model, unless that was done before."""
        self.restore()
        finished = self.step >= self.plan.steps
        if finished:
            self.console.info(f"{self.out} has its {self.step} steps; raise --steps to train on")
        else:
            self._train()
        if self.world.is_first and not (finished and exported(self.out / "final").get("step") == self.step):
            self._export("final")
        self.world.wait()

    def restore(self) -> None:
        """Load the newest checkpoint, if there is one."""
        self.writer.finish()
        self.world.wait()
        state, complaints = checkpoint.load_newest(self.out / "checkpoints")
        for complaint in complaints if self.world.is_first else ():
            self.console.warn(f"{complaint}; trying the one before")
        if state is not None:
            self._take(state)
            self.console.info(f"resuming at step {self.step}")
        best = exported(self.out / "best")
        self.best = best.get("score", math.inf) if best.get("inputs") == self.plan.inputs else math.inf
        self.means = RunningMeans()
        self.world.wait()

    def _take(self, state: State) -> None:
        try:
            self.step, self.rollbacks = int(state["step"]), max(self.rollbacks, int(state["rollbacks"]))
            self.trainer.load_state(state["trainer"])
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, LookupError, TypeError, ValueError, AttributeError) as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"the checkpoint of {self.out} does not fit the networks of this command ({reason}); "
                "models of other shapes need another --out"
            ) from error

    def save(self) -> None:
        """Begin to write a checkpoint of now, unless a weight is not a number: a later rollback could not mend that."""
        state = {"step": self.step, "rollbacks": self.rollbacks, "trainer": self.trainer.state()}
        if bad := checkpoint.first_not_finite(state):
            raise NotFiniteError(f"{bad} is not finite")
        if self.world.is_first:
            self.writer.begin(self.step, state)

    def _train(self) -> None:
        with (
            stop_on_signals() as stop,
            self.writer,
            RunLog(self.out, self.step, self.world.is_first, self.plan.tracker) as log,
            self.console.progress(self.plan.steps, "step", self.step) as progress,
        ):
            while self.step < self.plan.steps:
                try:
                    self._train_until_stop(stop, log, progress)
                except NotFiniteError as error:
                    self._roll_back(error)

    def _train_until_stop(self, stop: StopRequest, log: RunLog, progress: Progress) -> None:
        if self.step == 0:
            self.save()
            self._sample()
            self.writer.finish()  # before processes begin: a fork takes no thread along
        for batch in self.trainer.stream(self.step, self.plan.steps):
            seed_libraries(self.plan.seed, self.rollbacks, self.step, self.world.rank)
            self.means.add(self.trainer.step(self.step, batch, (self.plan.seed, self.rollbacks, self.step)))
            self.step += 1
            self.writer.check()
            self._after_step(stop, log, progress)

    def _after_step(self, stop: StopRequest, log: RunLog, progress: Progress) -> None:
        plan, last = self.plan, self.step == self.plan.steps
        stopped = self._stopped(stop)
        saving = self.step % plan.checkpoint_every == 0 or last or stopped
        evaluating = self.step % plan.evaluate_every == 0 or last
        if self.step % plan.log_every == 0 or saving or evaluating:
            numbers = self.means.pop(self.world)
            shown = {name: f"{value:.3g}" for name, value in list(numbers.items())[:SHOWN]}
            progress.advance(self.step - progress.count, **shown)
            if saving:
                # first of all: what follows may take long, and is where the disk has its time
                self.save()
            measures = self._measure() if evaluating else {}
            log.write(self.step, numbers | measures | self._pace(progress))
        if self.step % plan.sample_every == 0 or last:
            self._sample()
        if stopped and not last:
            raise KeyboardInterrupt

    def _measure(self) -> dict[str, float]:
        """Measure the model and keep it, with its score, if it is the best so far."""
        measures = self.trainer.evaluate()
        if self.world.is_first and measures.get(SCORE, math.inf) < self.best:
            self.best = measures[SCORE]
            self._export("best", score=self.best)
        self.world.wait()
        return measures

    def _stopped(self, stop: StopRequest) -> bool:
        if self.world.ranks == 1:
            return stop.requested
        return self.step % STEPS_BETWEEN_VOTES == 0 and self.world.any(stop.requested)

    def _pace(self, progress: Progress) -> dict[str, float]:
        seconds = max(time.monotonic() - progress.began, 1e-9)
        images = (self.step - progress.start) * self.plan.batch
        return {"images": self.step * self.plan.batch, "seconds_per_1000_images": 1000 * seconds / max(images, 1)}

    def _sample(self) -> None:
        picture = self.trainer.sample()
        if self.world.is_first and picture is not None:
            write_png(self.out / "samples" / f"step-{self.step:07d}.png", picture)
        self.world.wait()

    def _roll_back(self, error: NotFiniteError) -> None:
        at = self.step
        self.rollbacks += 1
        if self.rollbacks > MAX_ROLLBACKS:
            raise UserError(
                f"{error} at step {at}, after {MAX_ROLLBACKS} restarts from a checkpoint; lower the learning rate or "
                "raise the batch, in a new --out"
            ) from error
        self.restore()
        self.console.warn(f"{error} at step {at}: going back to step {self.step} with other random numbers")

    def _export(self, name: str, **found: float) -> None:
        """Replace RUN/final or RUN/best as a whole: readers see the old model or the new one."""
        final, temporary, old = self.out / name, self.out / f"{name}.tmp", self.out / f"{name}.old"
        for leftover in (temporary, old):
            shutil.rmtree(leftover, ignore_errors=True)
        self.trainer.export(temporary, self.plan.rights)
        write_model_config(temporary)
        facts = {"step": self.step, "inputs": self.plan.inputs, **found}
        (temporary / EXPORTED).write_text(json.dumps(facts) + "\n", encoding="utf-8")
        if final.exists():
            final.rename(old)
        temporary.rename(final)
        shutil.rmtree(old, ignore_errors=True)


def exported(folder: Path) -> dict[str, Any]:
    """At which step the model in `folder` was exported, from what inputs and with what score; empty without one."""
    try:
        facts = json.loads((folder / EXPORTED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


class RunningMeans:
    """Means of logged numbers since the last log, kept on the device: reading them every step would stall it."""

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = {}

    def add(self, numbers: Numbers) -> None:
        """Count one step's numbers in."""
        for name, number in numbers.items():
            self.sums[name] = self.sums[name] + number.detach() if name in self.sums else number.detach()
            self.counts[name] = self.counts.get(name, 0) + 1

    def pop(self, world: World) -> dict[str, float]:
        """The means, averaged over the processes; raises `NotFiniteError` if one is not a number."""
        means = {name: float(world.mean(total / self.counts[name])) for name, total in self.sums.items()}
        self.sums, self.counts = {}, {}
        bad = [f"{name} = {mean}" for name, mean in means.items() if not math.isfinite(mean)]
        if bad:
            raise NotFiniteError(", ".join(bad))
        return means
