"""What a card says of the training behind a model: read from the run's folder, without a path of the machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blendgan.counting import in_order
from blendgan.data.published import HUB
from blendgan.errors import UserError
from blendgan.training.engine.grids import without_references
from blendgan.training.engine.inputs import flag_of, said
from blendgan.training.engine.loop import exported
from blendgan.training.engine.run_folder import CONFIG, recorded

TOLD = ("preset", "seed", "precision")
"""Flags that a card repeats; others name places or the machine."""
DRAWS = ("gan", "finetune")
"""Stages whose sample grids are the model's own pictures, but for the references in their first column."""


@dataclass(frozen=True)
class DataSet:
    """Pictures that were learned from."""

    name: str
    """By its flag: `faces` or `artworks`."""
    source: str
    """Its name on the Hub, if it came from there."""
    content: str
    """How many files and bytes, and their hash."""
    rights: Sequence[tuple[str, int]]
    """Right and licence, with the number of pictures."""


@dataclass(frozen=True)
class RunFacts:
    """A finished training."""

    stage: str
    steps: int
    batch: int
    settings: Mapping[str, Any]
    data: Sequence[DataSet]
    begun_from: Sequence[tuple[str, str]]
    """Networks and files that it stands on, and by which they are known."""
    exchanged: int
    """How often data or models were exchanged in mid-run."""
    samples: Path | None
    """Its last sample grid, where all but the references is drawn by the model."""

    @property
    def pictures(self) -> int:
        """Pictures of the largest data set."""
        return max((sum(count for _, count in some.rights) for some in self.data), default=0)


def read_run(run: Path) -> RunFacts:
    """The facts of the run whose model lies in `run/final`."""
    found = recorded(run)
    if found is None:
        raise UserError(f"{run} holds no training ({CONFIG} is missing); give the --out of a blendgan-train")
    step = exported(run / "final").get("step")
    if not isinstance(step, int):
        raise UserError(f"{run}/final is not there: the training has not ended; run its command again to finish it")
    settings, flags, inputs = found["settings"], found["flags"], found["inputs"]
    grids = sorted((run / "samples").glob("step-*.png")) if found.get("stage") in DRAWS else []
    return RunFacts(
        stage=str(found.get("stage")),
        steps=step,
        batch=int(settings.get("batch", 0)),
        settings=settings | {name: flags[name] for name in TOLD if name in flags},
        data=[_data_set(name, rights, inputs, flags) for name, rights in found["data"].items()],
        begun_from=[(_called(name), said(facts)) for name, facts in inputs.items() if name not in found["data"]],
        exchanged=len(found.get("changes", [])),
        samples=grids[-1] if grids else None,
    )


def _data_set(name: str, rights: Mapping[str, int], inputs: Mapping[str, Any], flags: Mapping[str, Any]) -> DataSet:
    place = str(flags.get(name, ""))
    source = place.removeprefix(HUB) if place.startswith(HUB) else ""
    return DataSet(name, source, said(inputs.get(name)), in_order(rights))


def _called(name: str) -> str:
    return name.replace("_", " ") if flag_of(name).startswith("--") else flag_of(name)


def write_samples(run: RunFacts, path: Path, size: int) -> bool:
    """Write the last sample grid of a model of `size` px without its references: these are pictures of others."""
    if run.samples is None:
        return False
    without_references(run.samples, size).save(path)
    return True
