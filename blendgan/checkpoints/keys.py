"""Does a state dict fit a network? If not, one sentence says how."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from blendgan.errors import UserError

NAMED = 3
"""Keys named in a message; the others are counted."""


def check_state(state: Mapping[str, Tensor], expected: Mapping[str, Tensor], source: Path | str) -> None:
    """Raise a `UserError` that says which keys are missing, unexpected or of another shape."""
    missing = [name for name in expected if name not in state]
    unexpected = [name for name in state if name not in expected]
    reshaped = [
        f"{name} ({_shape(state[name])} in place of {_shape(tensor)})"
        for name, tensor in expected.items()
        if name in state and state[name].shape != tensor.shape
    ]
    faults = [
        f"{len(names)} {what}: {_some(names)}"
        for what, names in (("missing", missing), ("unexpected", unexpected), ("of another shape", reshaped))
        if names
    ]
    if faults:
        raise UserError(f"{source} does not fit the network: {'; '.join(faults)}")


def _some(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")


def _shape(tensor: Tensor) -> str:
    return "x".join(str(side) for side in tensor.shape) or "scalar"
