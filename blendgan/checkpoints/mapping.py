"""Official state dicts to ours and back, tensor by tensor, by the table of `names`."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from blendgan.checkpoints.keys import check_state
from blendgan.checkpoints.names import Dialect, official_name
from blendgan.errors import UserError
from blendgan.networks.fir import filter_kernel

KERNELS = ("blur.kernel", "upsample.kernel", "conv2.0.kernel", "skip.0.kernel", "resample_filter")
"""Official files repeat the FIR filter as a tensor of every layer that uses it."""


def to_ours(
    kind: str,
    official: Mapping[str, Tensor],
    expected: Mapping[str, Tensor],
    source: Path | str,
    *,
    dialect: Dialect = "blendgan",
    size: int = 0,
) -> dict[str, Tensor]:
    """Official tensors under our names and in our shapes; `expected` is the state dict of the network to fill.

    Tensors that the dialect does not have are left out; anything else missing, extra or misshapen is a `UserError`.
    """
    names = {ours: official_name(kind, ours, dialect, size) for ours in expected}
    wanted = {name: expected[ours] for ours, name in names.items() if name}
    weights = {name: tensor for name, tensor in official.items() if not _is_kernel(name, tensor, source)}
    shaped = {name: _reshape(tensor, wanted.get(name)) for name, tensor in weights.items()}
    check_state(shaped, wanted, source)
    return {ours: shaped[name].to(expected[ours].dtype, copy=True) for ours, name in names.items() if name}


def to_official(kind: str, ours: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our tensors under the official names and in the official shapes, with the filters those files repeat."""
    official = {}
    for name, tensor in ours.items():
        official_key = official_name(kind, name)
        assert official_key is not None
        official[official_key] = _official_shape(kind, name, tensor).clone()
    return official | _kernels(kind, official)


def _reshape(tensor: Tensor, wanted: Tensor | None) -> Tensor:
    """Same values in our shape, where only dimensions of length 1 differ."""
    if wanted is None or [n for n in tensor.shape if n != 1] != [n for n in wanted.shape if n != 1]:
        return tensor
    return tensor.reshape(wanted.shape)


def _official_shape(kind: str, name: str, tensor: Tensor) -> Tensor:
    if kind == "generator" and name.startswith("synthesis."):
        if name.endswith("conv.weight"):
            return tensor[None]
        if "to_rgbs" in name and name.split(".")[-2].isdigit():
            return tensor.reshape(1, -1, 1, 1)
    return tensor


def _kernels(kind: str, official: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The FIR filters, with a gain of 4 where the official layer enlarges."""
    places: list[tuple[str, float]] = []
    if kind == "generator":
        convs = [name for name in official if name.startswith("convs.") and name.endswith(".conv.weight")]
        places = [(f"convs.{k}.conv.blur.kernel", 4.0) for k in range(0, len(convs), 2)]
        places += [(f"to_rgbs.{k}.upsample.kernel", 4.0) for k in range(len(convs) // 2)]
    elif "discriminator" in kind:
        blocks = [name.removesuffix("1.weight") for name in official if name.endswith("skip.1.weight")]
        places = [(f"{block}0.kernel", 1.0) for block in blocks]
        places += [(f"{block.removesuffix('skip.')}conv2.0.kernel", 1.0) for block in blocks]
    return {name: filter_kernel(torch.empty(0), gain)[0, 0] for name, gain in places}


def _is_kernel(name: str, tensor: Tensor, source: Path | str) -> bool:
    """Whether the tensor is a FIR filter; a filter other than [1, 3, 3, 1] is refused."""
    if not name.endswith(KERNELS):
        return False
    if tensor.shape != (4, 4) or not torch.allclose(tensor / tensor.sum(), filter_kernel(tensor)[0, 0]):
        raise UserError(f"{source} filters with another kernel than [1, 3, 3, 1] ({name}); convert another model")
    return True
