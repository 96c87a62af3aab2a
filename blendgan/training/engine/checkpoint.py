"""Checkpoints of a run: one file each, atomic, rotated, read without unpickling any code."""

import os
import pickle
from pathlib import Path
from typing import Any

import torch

from blendgan.errors import DISK_FULL, UserError

State = dict[str, Any]
KEPT = 2
FORMAT = 2
"""Of the folder of a run and its checkpoints. 1 had no number."""


def save(folder: Path, step: int, state: State) -> None:
    """Write `folder`/step-NNNNNNN.pt, then remove all but the newest two."""
    write(folder / f"step-{step:07d}.pt", {"format": FORMAT, **state})
    for old in listed(folder)[:-KEPT]:
        old.unlink()


def write(path: Path, state: State) -> None:
    """Write a file of tensors and plain values as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    try:
        with temporary.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
    except (OSError, RuntimeError) as error:
        temporary.unlink(missing_ok=True)
        if not is_disk_full(error):
            raise
        raise UserError(
            f"no space left for {path}; what was saved before is intact, free some space and run the same command again"
        ) from error
    temporary.replace(path)


def is_disk_full(error: BaseException) -> bool:
    """Whether a failed write is the disk's fault; PyTorch's writer hides the system's error inside its own."""
    if isinstance(error, OSError):
        return error.errno in DISK_FULL
    return "PytorchStreamWriter" in str(error) or "enforce fail" in str(error)


def load_newest(folder: Path) -> tuple[State | None, list[str]]:
    """The newest readable checkpoint on the CPU, or None, and a sentence for each file that could not be read."""
    complaints: list[str] = []
    for path in reversed(listed(folder)):
        try:
            state: State = torch.load(path, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            complaints.append(f"{path.name} cannot be read ({reason}); trying the one before")
        else:
            number = state.pop("format", None)
            if number != FORMAT:
                raise older_format(folder.parent, number)
            return state, complaints
    return None, complaints


def older_format(run: Path, number: int | None) -> UserError:
    """The error for a run of a format that this version does not read."""
    return UserError(
        f"{run} is a run of format {number or 1}, and this version reads format {FORMAT}; "
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
