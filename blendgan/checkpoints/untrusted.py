"""Checkpoint files from strangers: read as data, whatever they hold. No code in them runs, and sizes are checked first.

`.pt` files go through torch's `weights_only` loader. NVIDIA's `.pkl` files name classes of their own and carry their
source code; the unpickler of `foreign` knows a short list of harmless names, puts stand-ins in the place of NVIDIA's
objects, and refuses the rest.
"""

import pickle
import re
import warnings
import zipfile
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from blendgan.checkpoints.foreign import NUMPY, ForeignUnpickler, NumberType
from blendgan.checkpoints.torch_file import UNREADABLE
from blendgan.errors import UserError

MAX_BYTES = 16 << 30
"""The largest official file has 1.5 GB; with optimiser states some have 10."""

PICKLE, TORCH_BEFORE_ZIP = b"\x80", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""First bytes of every pickle since protocol 2, and of torch's files before version 1.6."""
REPEATED, SLACK_BYTES = 4, 1 << 20
"""So often may a file show the same numbers, as `g` and `g_ema`; and what does not matter."""


def is_plain_pickle(path: Path) -> bool:
    """Whether a file is a pickle of its own, as NVIDIA's, and not one of torch's; what it is called does not count."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(len(TORCH_BEFORE_ZIP))
    return head[:1] == PICKLE and head != TORCH_BEFORE_ZIP


def read_pt(path: Path) -> dict[str, Any]:
    """The dictionary in a `.pt` file."""
    _check_size(path)
    allowed: list[Any] = [Namespace, NumberType, *((stand_in, ".".join(name)) for name, stand_in in NUMPY.items())]
    try:
        # rosinality's files hold the training arguments, others NumPy's numbers; torch warns before it refuses
        with torch.serialization.safe_globals(allowed), warnings.catch_warnings(action="ignore"):
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except Exception as error:
        raise UserError(f"{path} is not a checkpoint that can be read safely ({_refused_by_torch(error)})") from error
    return _dictionary(content, path)


def read_pkl(path: Path) -> dict[str, Any]:
    """The dictionary in one of NVIDIA's pickles, with a `ForeignObject` in the place of every object."""
    _check_size(path)
    try:
        with path.open("rb") as file, warnings.catch_warnings(action="ignore"):
            content = ForeignUnpickler(file).load()
    except Exception as error:
        reason = str(error) if isinstance(error, pickle.UnpicklingError) else ""
        said = "" if "weights_only" in reason else reason
        raise UserError(
            f"{path} is not a checkpoint that can be read safely ({said or 'it is damaged or not a pickle'})"
        ) from error
    return _dictionary(content, path)


def _refused_by_torch(error: Exception) -> str:
    """What the file asks for. Torch's own words are not repeated: they say how to load it unsafely."""
    text = str(error)
    if found := re.search(r"GLOBAL:? ([\w.]+[\w])", text):
        return f"it asks for {found[1]}, which no checkpoint needs"
    return "it is a TorchScript program" if "TorchScript" in text else "it is damaged or not a PyTorch file"


def _check_size(path: Path) -> None:
    """Refuse what would not fit, before anything is unpacked."""
    if not path.is_file():
        raise UserError(f"{path} is not a file; name a checkpoint that exists")
    size, packed = path.stat().st_size, False
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                entries = archive.infolist()
                size = sum(entry.file_size for entry in entries)
                packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
    except (*UNREADABLE, zipfile.BadZipFile) as error:
        raise UserError(f"{path} is damaged ({error}); download it again") from error
    if size > MAX_BYTES:
        raise UserError(f"{path} would take {size / 2**30:.0f} GiB, more than any checkpoint ({MAX_BYTES >> 30} GiB)")
    if packed:
        raise UserError(f"{path} is compressed inside, as PyTorch writes no checkpoint; unpack it if it is an archive")


def _dictionary(content: object, path: Path) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise UserError(f"{path} holds a {type(content).__name__}, not the dictionary of a checkpoint")
    total = sum(tensor.numel() * tensor.element_size() for tensor in _tensors(content))
    held = path.stat().st_size
    if total > MAX_BYTES or total > held * REPEATED + SLACK_BYTES:  # a few bytes can claim any shape
        raise UserError(f"{path} claims tensors of {total / 2**30:.1f} GiB, and has {held / 2**30:.1f} GiB")
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
