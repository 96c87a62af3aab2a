"""The command `blendgan-eval`: measure models among real pictures, and write numbers and a page."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from blendgan.checkpoints.store import network_home, read_config
from blendgan.console import Console
from blendgan.data.folder import picture_files
from blendgan.data.published import kind_of, numbered, pictures_of
from blendgan.errors import UserError
from blendgan.evaluation.config import EvalConfig
from blendgan.evaluation.model import Evaluation
from blendgan.evaluation.numbers import NUMBERS, Numbers, replace_text, write
from blendgan.evaluation.page import write_page
from blendgan.evaluation.reading import Reading
from blendgan.evaluation.real_sets import RealSet
from blendgan.evaluation.strips import Strip, strip_of
from blendgan.inference.session import pick_device
from blendgan.networks.arithmetic import allow_tf32
from blendgan.out_folder import held
from blendgan.training.parallel.distributed import World, joined_world

PAGE = "evaluation.html"


def run(config: EvalConfig, console: Console) -> None:
    """Of several processes (torchrun) on one machine, each draws a share; the first one compares, writes and speaks."""
    if config.dry_run:
        announce(config, console)
        return
    allow_tf32("fp32")
    with joined_world(str(pick_device(config.device))) as world:
        speaking = console if world.is_first else Console(json=console.json, verbosity=-1)
        with held(config.out) if world.is_first else nullcontext():
            try:
                evaluate(config, world, speaking)
            except torch.OutOfMemoryError as error:
                raise UserError(f"--batch {config.batch} does not fit into memory; give a smaller one") from error
            world.wait()  # the folder is held until all are done with it


def announce(config: EvalConfig, console: Console) -> None:
    """Say what would be measured."""
    counts = {"faces": count_of(config.faces), "artworks": count_of(config.artworks)}
    for model in config.models:
        read_config(network_home(model, "generator"))
    named = ", ".join(map(str, config.models))
    console.result(
        f"would draw {config.num} faces at every indicator, and {config.sources} in ten styles, of {named}; compare "
        f"them with {counts['faces']} faces and {counts['artworks']} artworks; write {config.out / PAGE}",
        models=config.models,
        num=config.num,
        sources=config.sources,
        out=config.out,
        **counts,
    )


def count_of(source: Path) -> int:
    """Pictures of a folder or a published set."""
    return len(picture_files(source)) if kind_of(source) == "folder" else sum(1 for _ in numbered(pictures_of(source)))


def evaluate(config: EvalConfig, world: World, console: Console) -> None:
    """Measure model after model; what was measured before is read."""
    places = {"faces": config.faces, "artworks": config.artworks}
    sets = {name: RealSet(name, root, config.out, world, console) for name, root in places.items()}
    readings, models, strips = list[Reading](), list[dict[str, Any]](), list[Strip]()
    for model in config.models:
        evaluation = Evaluation.of(config, model, sets, console)
        readings += evaluation.readings()
        models.append(facts_of(evaluation))
        if world.is_first:
            strips.append(strip_of(evaluation))
    if world.is_first:
        found = Numbers(settings_of(config), models, {name: real.facts for name, real in sets.items()}, readings)
        write(found, config.out)
        replace_text(config.out / PAGE, write_page(found, strips))
        say(config, readings, console)


def facts_of(evaluation: Evaluation) -> dict[str, Any]:
    """What is to be known of a model."""
    settings = evaluation.painter.settings
    shape = {"size": settings.size, "layers": settings.num_layers, "indicators": evaluation.painter.indicators}
    return {"model": str(evaluation.model), **shape, **evaluation.facts}


def settings_of(config: EvalConfig) -> dict[str, Any]:
    """What decides the numbers beside models and data."""
    flags = {"seed": config.seed, "num": config.num, "sources": config.sources}
    return {**flags, "truncation": 1.0, "noise": "fixed", "precision": "fp32", "pictures": "8 bits a channel"}


def say(config: EvalConfig, readings: Sequence[Reading], console: Console) -> None:
    """All numbers, and where they lie."""
    for reading in readings:
        console.result(reading.sentence(), **asdict(reading))
    page, numbers = config.out / PAGE, config.out / NUMBERS
    console.result(
        f"measured {len(config.models)} models by {len(readings)} numbers: {page}",
        page=page,
        numbers=numbers,
        models=len(config.models),
        readings=len(readings),
    )
