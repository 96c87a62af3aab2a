"""Checkpoint files from strangers: read as data, whatever they hold. No code in them runs, and sizes are checked first.

`.pt` files go through torch's `weights_only` loader. NVIDIA's `.pkl` files name classes of their own and carry their
source code; the unpickler here knows a short list of harmless names, puts plain records in the place of NVIDIA's
objects, and refuses the rest.
"""

import io
import pickle
import zipfile
from argparse import Namespace
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from blendgan.errors import UserError

MAX_BYTES = 16 << 30
"""The largest official file has 1.5 GB; with optimiser states some have 10."""


class Record(dict[str, Any]):
    """What an object of a foreign class held, without the class."""

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.update(state)


def read_pt(path: Path) -> dict[str, Any]:
    """The dictionary in a `.pt` file."""
    _check_size(path)
    try:
        with torch.serialization.safe_globals([Namespace]):  # rosinality's files hold the training arguments
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except Exception as error:
        raise UserError(f"{path} is not a checkpoint that can be read safely ({_first_line(error)})") from error
    return _dictionary(content, path)


def read_pkl(path: Path) -> dict[str, Any]:
    """The dictionary in one of NVIDIA's pickles, with a `Record` in the place of every object."""
    _check_size(path)
    try:
        with path.open("rb") as file:
            content = _Unpickler(file).load()
    except Exception as error:
        raise UserError(f"{path} is not a checkpoint that can be read safely ({_first_line(error)})") from error
    return _dictionary(content, path)


class _Unpickler(pickle.Unpickler):
    """Finds only the names in `ALLOWED`."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no checkpoint needs")
        return ALLOWED[module, name]


def _record_of(meta: Mapping[str, Any]) -> Record:
    """NVIDIA's persistent objects: keep the state, leave the source code of the class where it is."""
    return Record(meta["state"])


def _storage(content: bytes) -> Any:
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)


ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("builtins", "set"): set,
    ("dnnlib.util", "EasyDict"): Record,
    ("torch_utils.persistence", "_reconstruct_persistent_obj"): _record_of,
    ("torch._utils", "_rebuild_tensor_v2"): torch._utils._rebuild_tensor_v2,
    ("torch._utils", "_rebuild_parameter"): torch._utils._rebuild_parameter,
    ("torch.storage", "_load_from_bytes"): _storage,
}


def _check_size(path: Path) -> None:
    """Refuse what would not fit, before anything is unpacked."""
    if not path.is_file():
        raise UserError(f"{path} is not a file; name a checkpoint that exists")
    size = path.stat().st_size
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                size = sum(entry.file_size for entry in archive.infolist())
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise UserError(f"{path} is damaged ({error}); download it again") from error
    if size > MAX_BYTES:
        raise UserError(f"{path} would take {size / 2**30:.0f} GiB, more than any checkpoint ({MAX_BYTES >> 30} GiB)")


def _dictionary(content: object, path: Path) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise UserError(f"{path} holds a {type(content).__name__}, not the dictionary of a checkpoint")
    total = sum(tensor.numel() * tensor.element_size() for tensor in _tensors(content))
    if total > MAX_BYTES:  # a few bytes can claim any shape
        raise UserError(f"{path} claims tensors of {total / 2**30:.0f} GiB, more than any checkpoint")
    return content


def _tensors(content: object) -> list[Tensor]:
    """Every tensor at any depth. Containers may repeat or hold themselves, so each is visited once."""
    found, waiting, seen = [], [content], set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, Tensor):
            found.append(item)
        elif isinstance(item, Mapping):
            waiting.extend(item.values())
        elif isinstance(item, list | tuple | set):
            waiting.extend(item)
    return found


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
