"""State dicts as strangers save them: with prefixes of their trainers, beside other values."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from blendgan.errors import UserError

PARALLEL = "module."
"""What PyTorch's data-parallel wrappers put before every name."""


def state_of(value: object, path: Path) -> dict[str, Tensor]:
    """The tensors of a state dict under their plain names; other values in it are not ours to read."""
    if not isinstance(value, Mapping):
        raise UserError(f"{path} holds a {type(value).__name__} where the weights of a network should be")
    state = {str(name): tensor.detach() for name, tensor in value.items() if _is_plain(tensor)}
    while state and all(name.startswith(PARALLEL) for name in state):
        state = {name.removeprefix(PARALLEL): tensor for name, tensor in state.items()}
    return state


def some_keys(content: Mapping[str, Any]) -> str:
    """The first keys, for a message."""
    return ", ".join(str(key)[:40] for key in list(content)[:5]) or "none"


def _is_plain(value: object) -> bool:
    """A tensor with values of its own: neither sparse, nor quantised, nor without storage."""
    return isinstance(value, Tensor) and not value.is_meta and not value.is_quantized and value.layout == torch.strided
