"""Checkpoints of a run: one file each, atomic, rotated, read without unpickling any code."""

import os
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import torch

from blendgan.errors import DISK_FULL, UserError

State = dict[str, Any]
KEPT = 2
UNREADABLE = (
    *(OSError, RuntimeError, EOFError, ValueError, TypeError, LookupError, AttributeError, AssertionError),
    *(ArithmeticError, MemoryError, pickle.UnpicklingError, struct.error),
)
"""What the readers of zip files and pickles raise on damaged bytes."""
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


class TornFileError(Exception):
    """A file of tensors that cannot be read, or not as it was written."""


def read(path: Path) -> State:
    """The state in a file that `write` has written; raises `TornFileError`.

    PyTorch stores a checksum of every record and does not look at it; `testzip` compares all of them.
    """
    try:
        with zipfile.ZipFile(path) as file:
            if any(record.compress_type != zipfile.ZIP_STORED for record in file.infolist()):
                raise TornFileError(
                    "it is compressed"
                )  # PyTorch stores; what unpacks to many times its size is not ours
            if damaged := file.testzip():
                raise TornFileError(f"the checksum of its record {damaged} does not fit")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (*UNREADABLE, zipfile.BadZipFile) as error:
        raise TornFileError(str(error).partition("\n")[0] or type(error).__name__) from error
    if not isinstance(state, dict):
        raise TornFileError(f"it holds a {type(state).__name__}")
    return state


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
