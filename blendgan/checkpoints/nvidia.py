"""What is in a pickle of NVIDIA's: networks of StyleGAN2-ADA, or another kind, which is named."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from blendgan.checkpoints.states import some_keys, state_of
from blendgan.errors import UserError

State = dict[str, Tensor]
RGB = 3


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
    waiting, seen = [("", root)], set()
    while waiting:
        prefix, module = waiting.pop()
        if not isinstance(module, Mapping) or id(module) in seen:  # a hostile file may hold itself
            continue
        seen.add(id(module))
        parts = (module.get(name) for name in ("_parameters", "_buffers", "_modules"))
        values, buffers, children = (dict(part) if isinstance(part, Mapping) else {} for part in parts)
        state |= {f"{prefix}{name}": value for name, value in (values | buffers).items()}
        waiting += [(f"{prefix}{name}.", child) for name, child in children.items()]
    return state


def _check_kind(state: State, path: Path) -> None:
    """Name what is not an unconditional StyleGAN2 of colour pictures."""
    if any(re.match(r"synthesis\.(input\.|L\d+_)", name) for name in state):
        raise UserError(f"{path} is a StyleGAN3 model, which is built of other layers; convert a StyleGAN2 one")
    if "mapping.embed.weight" in state:
        raise UserError(f"{path} is conditional on classes; convert an unconditional model")
    colours = state.get("synthesis.b4.torgb.weight")
    if colours is not None and colours.ndim and colours.shape[0] != RGB:
        raise UserError(f"{path} draws pictures of {colours.shape[0]} channels; convert a model of RGB pictures")
