"""The folder of a run and the settings it was begun with, which a rerun may only lengthen."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from blendgan.config import check_ranges, may_change
from blendgan.data.folder import ImageFolder
from blendgan.errors import UserError
from blendgan.training.engine.checkpoint import FORMAT, last_step, older_format
from blendgan.training.engine.config import TrainConfig, TrainingSettings
from blendgan.training.engine.inputs import Facts, changed, refusal

S = TypeVar("S", bound=TrainingSettings)
MAX_CONFIG_BYTES = 1_000_000
CONFIG = "config.json"
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


def describe(
    stage: str, config: TrainConfig, settings: TrainingSettings, inputs: Mapping[str, Facts], **data: ImageFolder
) -> dict[str, Any]:
    """What `RUN/config.json` says; `data` are the sets of pictures by name, `inputs` the facts of all that it needs."""
    flags = {name: str(value) if isinstance(value, Path) else value for name, value in vars(config).items()}
    return {
        "format": FORMAT,
        "stage": stage,
        "settings": asdict(settings),
        "flags": {name: value for name, value in flags.items() if name not in NOT_OF_THE_RUN},
        "data": {name: dict(pictures.rights) for name, pictures in data.items()},
        "inputs": dict(inputs),
    }


def recorded(out: Path) -> dict[str, Any] | None:
    """What `RUN/config.json` says of the run in `out`; None where none was begun."""
    path = out / CONFIG
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MAX_CONFIG_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is damaged ({error}); bring back a copy of it, or give another --out") from error
    if not isinstance(found, dict):
        raise UserError(f"{path} is damaged (no object); bring back a copy of it, or give another --out")
    if found.get("format") != FORMAT:
        raise older_format(out, found.get("format"))
    for name in ("settings", "flags", "data", "inputs"):
        if not isinstance(found.get(name), dict):
            raise UserError(f"{path} is damaged (no {name}); bring back a copy of it, or give another --out")
    return found


def check_inputs(config: TrainConfig, now: Mapping[str, Facts]) -> list[str]:
    """The names of the inputs that have changed since the run was begun; an error unless that was asked for."""
    before = recorded(config.out)
    names = [] if before is None else changed(before["inputs"], now)
    if before is not None and names and not config.data_changed:
        raise UserError(refusal(config.out, names[0], before["inputs"], now))
    return names


def begin(config: TrainConfig, description: dict[str, Any], write: bool = True) -> None:
    """Make the run's folder, or check that it is of the same run; of several processes one writes.

    Inputs are compared by `check_inputs`, so flags that name one may say another place. What has changed stays in
    `description` (and so in `RUN/config.json`) as it was. A setting that the run's version did not have yet
    had its default.
    """
    out = config.out
    before = recorded(out)
    if before is not None:
        other = changed(before["inputs"], description["inputs"])
        changeable = may_change(config) | before["inputs"].keys() | description["inputs"].keys()
        # a batch is never larger than the set of pictures
        changeable |= {"batch"} if other else set()
        # a setting that did not exist yet was what its default is, which does what was done without it
        then = {**before, "settings": asdict(type(config.settings)()) | before["settings"]}
        begun, now = (_flat(json.loads(json.dumps(some))) for some in (then, description))
        _check_same(out, begun, now, changeable)
        description["changes"] = [*before.get("changes", []), *_as_it_was(out, before, other)]
    if not write:
        return
    out.mkdir(parents=True, exist_ok=True)
    path = out / CONFIG
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def _as_it_was(out: Path, before: Mapping[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """One entry of what was exchanged, with the number of steps that had been trained with it; none without names."""
    entry = {
        "step": last_step(out / "checkpoints"),
        "inputs": {name: before["inputs"].get(name, {}) for name in names},
        "data": {name: before["data"][name] for name in names if name in before["data"]},
    }
    return [entry] if names else []


def _check_same(out: Path, before: Mapping[str, Any], now: Mapping[str, Any], changeable: frozenset[str]) -> None:
    for name in sorted((before.keys() | now.keys()) - changeable):
        if before.get(name) != now.get(name):
            raise UserError(
                f"{out} was begun with {name} {before.get(name)}, not {now.get(name)}; "
                "repeat the first command to resume it, or give another --out"
            )


def _flat(description: Mapping[str, Any]) -> dict[str, Any]:
    return {"stage": description.get("stage"), **description["settings"], **description["flags"]}
