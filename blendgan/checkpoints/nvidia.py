"""What is in a pickle of NVIDIA's: networks of StyleGAN2-ADA, or another kind, which is named."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from blendgan.checkpoints.states import some_keys, state_of
from blendgan.errors import UserError

State = dict[str, Tensor]
RGB = 3
MAX_BOUND = 1e6
"""Half precision ends at 65,504."""


def networks_of(content: Mapping[str, Any], path: Path) -> tuple[State, State | None]:
    """The state dicts of the moving average of the generator and of the discriminator, where there is one."""
    if "G_ema" not in content:
        raise UserError(f"{path} holds no G_ema; its keys are {some_keys(content)}")
    generator = state_of(flatten_modules(content["G_ema"]), path)
    _check_kind(generator, path)
    discriminator = content.get("D")
    return generator, None if discriminator is None else state_of(flatten_modules(discriminator), path)


def flatten_modules(root: object) -> dict[str, object]:
    """The state dict of a module of which only the attributes are left; what is not built like one is left out."""
    state: dict[str, object] = {}
    for prefix, module in _modules(root):
        values, buffers = (_part(module, name) for name in ("_parameters", "_buffers"))
        state |= {f"{prefix}{name}": value for name, value in (values | buffers).items()}
    return state


def clamp_of(root: object) -> float:
    """The bound that layers of a network lay on their activations (256 in NVIDIA's mixed precision); 0 for none."""
    bounds = (module.get("conv_clamp") for _, module in _modules(root))
    return max((bound for bound in bounds if isinstance(bound, int | float) and 0 < bound < MAX_BOUND), default=0)


def _modules(root: object) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """The attributes of a module and of all below it, with the beginning of their tensors' names."""
    waiting, seen = [("", root)], set()
    while waiting:
        prefix, module = waiting.pop()
        if not isinstance(module, Mapping) or id(module) in seen:  # a hostile file may hold itself
            continue
        seen.add(id(module))
        yield prefix, module
        waiting += [(f"{prefix}{name}.", child) for name, child in _part(module, "_modules").items()]


def _part(module: Mapping[Any, Any], name: str) -> dict[Any, Any]:
    part = module.get(name)
    return dict(part) if isinstance(part, Mapping) else {}


def _check_kind(state: State, path: Path) -> None:
    """Name what is not an unconditional StyleGAN2 of colour pictures."""
    if any(re.match(r"synthesis\.(input\.|L\d+_)", name) for name in state):
        raise UserError(f"{path} is a StyleGAN3 model, which is built of other layers; convert a StyleGAN2 one")
    if "mapping.embed.weight" in state:
        raise UserError(f"{path} is conditional on classes; convert an unconditional model")
    colours = state.get("synthesis.b4.torgb.weight")
    if colours is not None and colours.ndim and colours.shape[0] != RGB:
        raise UserError(f"{path} draws pictures of {colours.shape[0]} channels; convert a model of RGB pictures")
