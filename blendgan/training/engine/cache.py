"""Values of a run that cost much and follow from its inputs: kept in a file, and computed again where these differ."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from blendgan.checkpoints import torch_file
from blendgan.training.engine.inputs import Facts, joined
from blendgan.training.parallel.distributed import World


def cached(path: Path, name: str, key: str, compute: Callable[[], Tensor], world: World) -> Tensor:
    """The tensor `name` in the file `path`, if it was stored under the same `key`; else computed, and stored there.

    A file that cannot be read is one of another key: what it held can be computed. All processes read or all compute.
    """
    stored = _stored(path, name, key)
    if all(world.from_all(stored is not None)):
        assert stored is not None
        return stored
    values = compute()
    if world.is_first:
        torch_file.write(path, {"key": key, name: values.cpu()})
    return values


def key_of(network: nn.Module, data: Facts, names: Sequence[str], *settings: object) -> str:
    """Changes with a network's weights, with the contents of a data set, and with which of its pictures are used."""
    return joined((weights_digest(network), data["sha256"], list(names), settings))


def weights_digest(network: nn.Module) -> str:
    """A hash over all parameters and buffers, by name."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()


def _stored(path: Path, name: str, key: str) -> Tensor | None:
    try:
        found = torch_file.read(path)
    except torch_file.TornFileError:
        return None
    values = found.get(name) if found.get("key") == key else None
    return values if isinstance(values, Tensor) else None
