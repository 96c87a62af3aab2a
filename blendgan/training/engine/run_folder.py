"""The folder of a run and the settings it was begun with, which a rerun may only lengthen."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from blendgan.config import TrainConfig
from blendgan.data.folder import ImageFolder
from blendgan.data.published import rights_of
from blendgan.errors import UserError
from blendgan.training.presets import Schedule

S = TypeVar("S", bound=Schedule)
MAY_CHANGE = frozenset(
    {
        "steps",
        "micro_batch",
        "log_every",
        "sample_every",
        "evaluate_every",
        "checkpoint_every",
        "device",
        "data_workers",
        "inception",
        "tracker",
    }
)
"""What a rerun may set differently without becoming another run."""


def resolved(preset: S, config: TrainConfig) -> S:
    """The preset's settings, with those that were given on the command line in their place."""
    names = {field.name for field in fields(preset)}
    given = {name: value for name, value in vars(config).items() if name in names and value is not None}
    return replace(preset, **given)


def checked(settings: S, ranks: int, group: int = 1) -> S:
    """Stop before any work on settings that cannot be trained with; a larger batch must be a multiple of `group`."""
    for name in ("steps", "batch", "learning_rate", "checkpoint_every", "sample_every"):
        if getattr(settings, name) <= 0:
            raise UserError(f"--{name.replace('_', '-')} is {getattr(settings, name)}; give a positive number")
    if settings.batch % ranks:
        raise UserError(f"--batch {settings.batch} cannot be shared by {ranks} processes; give a multiple of {ranks}")
    local = settings.batch // ranks
    if local > group and local % group:
        raise UserError(f"--batch gives each process {local} pictures; more than {group} must be a multiple of {group}")
    micro, step = settings.micro_batch or local, min(group, local)
    if micro < 1 or local % micro or micro % step:
        raise UserError(f"--micro-batch is {micro}; give a divisor of {local} that is a multiple of {step}")
    return settings


def describe(stage: str, config: TrainConfig, settings: Schedule, **data: ImageFolder) -> dict[str, Any]:
    """What `RUN/config.json` says; `data` are the sets of pictures by name."""
    common = {"out", "dry_run", "json", "verbose", "quiet", *vars(settings)}
    flags = {name: str(value) if isinstance(value, Path) else value for name, value in vars(config).items()}
    return {
        "stage": stage,
        "settings": asdict(settings),
        "flags": {name: value for name, value in flags.items() if name not in common},
        "data": {name: rights_of(pictures.root, len(pictures)) for name, pictures in data.items()},
    }


def begin(out: Path, description: Mapping[str, Any], write: bool = True) -> None:
    """Make the run's folder, or check that it is of the same run; of several processes one writes."""
    path = out / "config.json"
    if path.exists():
        _check_same(
            out, _flat(json.loads(path.read_text(encoding="utf-8"))), _flat(json.loads(json.dumps(description)))
        )
    if not write:
        return
    out.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def _check_same(out: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    for name in sorted(before.keys() | now.keys()):
        if name not in MAY_CHANGE and before.get(name) != now.get(name):
            raise UserError(
                f"{out} was begun with {name} {before.get(name)}, not {now.get(name)}; "
                "repeat the first command to resume it, or give another --out"
            )


def _flat(description: Mapping[str, Any]) -> dict[str, Any]:
    return {"stage": description["stage"], **description["settings"], **description["flags"]}
