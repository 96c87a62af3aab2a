"""The folder of a run and the settings it was begun with, which a rerun may only lengthen."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from blendgan.config import check_ranges, may_change
from blendgan.data.folder import ImageFolder
from blendgan.data.published import rights_of
from blendgan.errors import UserError
from blendgan.training.engine.checkpoint import FORMAT, older_format
from blendgan.training.engine.config import TrainConfig, TrainingSettings

S = TypeVar("S", bound=TrainingSettings)
MAX_CONFIG_BYTES = 1_000_000
NOT_OF_THE_RUN = frozenset({"settings", "out", "dry_run", "json", "verbose", "quiet"})
"""Flags that `RUN/config.json` says elsewhere or does without."""


def checked(settings: S, ranks: int, group: int = 1) -> S:
    """Stop before any work on settings that cannot be trained with; a larger batch must be a multiple of `group`."""
    check_ranges(settings)
    if settings.batch % ranks:
        raise UserError(f"--batch {settings.batch} cannot be shared by {ranks} processes; give a multiple of {ranks}")
    local = settings.batch // ranks
    if local > group and local % group:
        raise UserError(f"--batch gives each process {local} pictures; more than {group} must be a multiple of {group}")
    micro, step = settings.micro_batch or local, min(group, local)
    if micro < 1 or local % micro or micro % step:
        raise UserError(f"--micro-batch is {micro}; give a divisor of {local} that is a multiple of {step}")
    return settings


def describe(stage: str, config: TrainConfig, settings: TrainingSettings, **data: ImageFolder) -> dict[str, Any]:
    """What `RUN/config.json` says; `data` are the sets of pictures by name."""
    flags = {name: str(value) if isinstance(value, Path) else value for name, value in vars(config).items()}
    return {
        "format": FORMAT,
        "stage": stage,
        "settings": asdict(settings),
        "flags": {name: value for name, value in flags.items() if name not in NOT_OF_THE_RUN},
        "data": {name: rights_of(pictures.root, len(pictures)) for name, pictures in data.items()},
    }


def begin(config: TrainConfig, description: Mapping[str, Any], write: bool = True) -> None:
    """Make the run's folder, or check that it is of the same run; of several processes one writes."""
    out = config.out
    path = out / "config.json"
    if path.exists():
        before = read(path)
        _check_same(out, _flat(before), _flat(json.loads(json.dumps(description))), may_change(config))
    if not write:
        return
    out.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def read(path: Path) -> dict[str, Any]:
    """The description in `RUN/config.json`."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MAX_CONFIG_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is damaged ({error}); bring it back, or give another --out") from error
    parts = [found.get(name) if isinstance(found, dict) else None for name in ("format", "settings", "flags")]
    if isinstance(found, dict) and parts[0] != FORMAT:
        raise older_format(path.parent, parts[0])
    if not all(isinstance(part, dict) for part in parts[1:]):
        raise UserError(f"{path} does not describe a run; bring it back, or give another --out")
    description: dict[str, Any] = found
    return description


def _check_same(out: Path, before: Mapping[str, Any], now: Mapping[str, Any], changeable: frozenset[str]) -> None:
    for name in sorted((before.keys() | now.keys()) - changeable):
        if before.get(name) != now.get(name):
            raise UserError(
                f"{out} was begun with {name} {before.get(name)}, not {now.get(name)}; "
                "repeat the first command to resume it, or give another --out"
            )


def _flat(description: Mapping[str, Any]) -> dict[str, Any]:
    return {"stage": description.get("stage"), **description["settings"], **description["flags"]}
