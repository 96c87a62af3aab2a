"""Files of tensors and plain values: written whole or not at all, read without running code, damage noticed."""

import os
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import torch

from blendgan.errors import DISK_FULL, UserError

State = dict[str, Any]
UNREADABLE = (
    *(OSError, RuntimeError, EOFError, ValueError, TypeError, LookupError, AttributeError, AssertionError),
    *(ArithmeticError, MemoryError, pickle.UnpicklingError, struct.error),
)
"""What the readers of zip files and pickles raise on damaged bytes."""


def write(path: Path, state: State) -> None:
    """Write a file of tensors and plain values as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp")
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


class TornFileError(Exception):
    """A file of tensors that cannot be read, or not as it was written."""


def read(path: Path) -> State:
    """The state in a file that `write` has written; raises `TornFileError`.

    PyTorch stores a checksum of every record and does not look at it; `testzip` compares all of them.
    """
    try:
        with zipfile.ZipFile(path) as file:
            if any(record.compress_type != zipfile.ZIP_STORED for record in file.infolist()):
                raise TornFileError("it is compressed, which PyTorch's files never are")
            if damaged := file.testzip():
                raise TornFileError(f"the checksum of its record {damaged} does not fit")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (*UNREADABLE, zipfile.BadZipFile) as error:
        raise TornFileError(str(error).partition("\n")[0] or type(error).__name__) from error
    if not isinstance(state, dict):
        raise TornFileError(f"it holds a {type(state).__name__}")
    return state
