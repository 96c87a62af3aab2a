"""What the commands of `blendgan-train` share: check the settings and the data, open the run, train."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

import torch

from blendgan.config import Precision
from blendgan.console import Console
from blendgan.data.folder import ImageFolder
from blendgan.data.published import kind_of, rights_of, survey
from blendgan.errors import UserError
from blendgan.networks.arithmetic import allow_tf32, precision_on
from blendgan.out_folder import held
from blendgan.training.engine import run_folder
from blendgan.training.engine.config import TrainConfig, TrainingSettings
from blendgan.training.engine.cost import Cost
from blendgan.training.engine.data_rights import rights_of_run
from blendgan.training.engine.inputs import (
    Inputs,
    Sources,
    digest,
    flag_of,
    identify,
    unpacked_once,
)
from blendgan.training.engine.loop import Plan, Trainer, Training
from blendgan.training.engine.opening import KeptSet, Opening
from blendgan.training.engine.tracking import check_installed
from blendgan.training.parallel.distributed import World, joined_world

B = TypeVar("B")
C = TypeVar("C", bound=TrainConfig)


@dataclass(frozen=True)
class Job(Generic[C]):
    """What one command works with."""

    config: C
    """As the flags say, but for `auto` as precision: here is what it stands for."""
    world: World
    console: Console
    inputs: Inputs
    """Data and models that the run stands on; those of a run that was begun before, unless it was told to change."""

    @classmethod
    def of(cls, config: C, world: World, console: Console, sources: Sources) -> "Job[C]":
        """The job of one process; only the first of several speaks, but for warnings."""
        speaking = console if world.is_first else Console(json=console.json, verbosity=-1)
        inputs = world.from_first(lambda: identify(sources, config.out, speaking))
        changes = [] if config.dry_run else run_folder.check_inputs(config, inputs.facts)
        if changes and world.is_first:
            named = ", ".join(flag_of(name) for name in changes)
            console.warn(f"{config.out} goes on with another {named} than it was begun with")
        return cls(config, world, speaking, inputs)


@contextmanager
def opened(config: C, console: Console, sources: Sources) -> Iterator[Job[C]]:
    """The job of one process, with a folder that no other command writes to meanwhile; the first process holds it."""
    with joined_world(device_of(config)) as world:
        config = with_precision(config, world.device)
        allow_tf32(config.precision)
        holds = world.is_first and not config.dry_run
        with held(config.out) if holds else nullcontext():
            yield Job.of(config, world, console, sources)


def begin(job: Job[C], settings: TrainingSettings, description: dict[str, Any], cost: Callable[[], Cost]) -> bool:
    """Open the run's folder; under `--dry-run` print what would be trained and what it costs, and give False."""
    check_installed(job.config.tracker)
    if not job.config.dry_run:
        run_folder.begin(job.config, description, write=job.world.is_first)
        if job.world.is_first:
            job.inputs.save(job.config.out)
        return True
    if not job.world.is_first:
        return False
    price = cost()
    lines = [json.dumps(description, indent=2), *price.lines(settings, job.world.ranks)]
    job.console.result("\n".join(lines), **description, cost=asdict(price))
    return False


def train(job: Job[C], settings: TrainingSettings, trainer: Trainer[B], description: Mapping[str, Any]) -> None:
    """Run the loop and say where the model lies."""
    plan = Plan(
        steps=settings.steps,
        batch=settings.batch,
        seed=job.config.seed,
        log_every=settings.log_every,
        sample_every=settings.sample_every,
        evaluate_every=settings.evaluate_every,
        checkpoint_every=settings.checkpoint_every,
        tracker=job.config.tracker,
        rights=rights_of_run(description),
        inputs=digest(job.inputs.facts),
    )
    try:
        Training(trainer, plan, job.config.out, job.world, job.console).run()
    except torch.OutOfMemoryError as error:
        at_once = settings.micro_batch or settings.batch // job.world.ranks
        raise UserError(out_of_memory(job.config, at_once)) from error
    if job.world.is_first:
        model = str(job.config.out / "final")
        job.console.result(f"trained {plan.steps} steps; the model is in {model}", steps=plan.steps, model=model)


def open_pictures(job: Job[C], name: str, source: Path, size: int, at_least: int = 1) -> ImageFolder:
    """The usable pictures of a folder or published dataset; each refused one is named."""
    folder = _opened(job, name, source, size)
    for refusal in folder.refused if job.world.is_first else ():
        job.console.warn(f"{refusal.path}: {refusal.reason}; left out")
    if len(folder) < at_least:
        raise UserError(
            f"{source} has {len(folder)} usable pictures of {len(folder) + len(folder.refused)}; "
            f"put at least {at_least} square ones of {size} px or more there, or take a smaller --preset"
        )
    return folder


def _opened(job: Job[C], name: str, source: Path, size: int) -> ImageFolder:
    if job.config.dry_run and kind_of(source) != "folder":
        return survey(source, size)
    manifests, out = job.inputs.manifests, job.config.out
    root, files = job.world.from_first(lambda: unpacked_once(name, source, manifests[name], out, job.console))
    kept = KeptSet(out / "data", name, writes=not job.config.dry_run)
    opening = Opening(root=root, size=size, kept=kept, world=job.world, console=job.console)
    folder = opening.pictures(files)
    return replace(folder, rights=rights_of(folder.root, len(folder)))


def device_of(config: TrainConfig) -> str:
    """The device to train on, checked."""
    if config.device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if config.device == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda, but PyTorch sees no GPU; leave it out, or install a PyTorch build with CUDA")
    return config.device


def with_precision(config: C, device: torch.device) -> C:
    """`config` with what `auto` stands for: the precision that the run was begun with, in a new one what suits."""
    wanted, begun = config.precision, None if config.dry_run else run_folder.recorded(config.out)
    if wanted == "auto" and begun is not None and begun["flags"].get("precision") in get_args(Precision):
        wanted = begun["flags"]["precision"]
    return replace(config, precision=precision_on(device, wanted))


def out_of_memory(config: TrainConfig, at_once: int) -> str:
    """What to change when the device is full: first what keeps the run and its mathematics."""
    smaller = f"--micro-batch {at_once // 2} (the same run goes on) or " if at_once > 1 else ""
    remedies = "a smaller --preset" if config.precision == "bf16" else "--precision bf16 or a smaller --preset"
    return f"the device has no memory left at {at_once} pictures at once; try {smaller}{remedies} in a new --out"
