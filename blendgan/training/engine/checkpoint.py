"""Checkpoints of a run: one file each, atomic, rotated, read without unpickling any code."""

from pathlib import Path

import torch

from blendgan.checkpoints.torch_file import State, TornFileError, read, write
from blendgan.errors import UserError

KEPT = 2
FORMAT = 2
"""Of the folder of a run and its checkpoints. 1 had no number."""


def save(folder: Path, step: int, state: State) -> None:
    """Write `folder`/step-NNNNNNN.pt, then remove all but the newest two."""
    write(folder / f"step-{step:07d}.pt", {"format": FORMAT, **state})
    for old in listed(folder)[:-KEPT]:
        old.unlink()


def load_newest(folder: Path) -> tuple[State | None, list[str]]:
    """The newest readable checkpoint on the CPU, or None where there is none, and a sentence for each torn one.

    Raises `UserError` where there are checkpoints and none can be read: the run must not begin anew over them.
    """
    complaints: list[str] = []
    for path in reversed(listed(folder)):
        try:
            state = read(path)
        except TornFileError as torn:
            complaints.append(f"{path.name} cannot be read ({torn})")
            continue
        number = state.pop("format", None)
        if number != FORMAT:
            raise older_format(folder.parent, number)
        return state, complaints
    if complaints:
        raise UserError(
            f"no checkpoint in {folder} can be read: {'; '.join(complaints)}; bring one back, or give another --out"
        )
    return None, complaints


def older_format(run: Path, number: object) -> UserError:
    """The error for a run of a format that this version does not read."""
    return UserError(
        f"{run} is a run of format {1 if number is None else number}, and this version reads format {FORMAT}; "
        "end it with the version that began it, or give another --out"
    )


def last_step(folder: Path) -> int:
    """The step of the newest checkpoint by its name; 0 where there is none."""
    names = [path.stem for path in listed(folder)]
    return int(names[-1].removeprefix("step-")) if names else 0


def listed(folder: Path) -> list[Path]:
    """Checkpoints, oldest first."""
    return sorted(folder.glob("step-*.pt"))


def first_not_finite(state: object, name: str = "") -> str:
    """The name of the first tensor in nested dicts and lists that holds NaN or infinity; empty if none does."""
    if isinstance(state, torch.Tensor):
        return name if state.is_floating_point() and not bool(state.isfinite().all()) else ""
    children = state.items() if isinstance(state, dict) else enumerate(state) if isinstance(state, list) else ()
    found = (first_not_finite(child, f"{name}.{key}" if name else str(key)) for key, child in children)
    return next((bad for bad in found if bad), "")
