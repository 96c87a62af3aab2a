"""Encoders of pSp and e4e: the same layers, but e4e's later heads tell how a latent differs from the first one."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from blendgan.checkpoints.mapping import to_ours
from blendgan.checkpoints.shapes import inversion_config
from blendgan.checkpoints.states import state_of
from blendgan.errors import UserError
from blendgan.networks.inversion import InversionEncoder
from blendgan.networks.layers import MappingNetwork

ENCODERS = {"GradualStyleEncoder": False, "Encoder4Editing": True}
"""`opts.encoder_type` of the kinds that are read, and whether their latents are offsets from the first."""
DECODER, MAPPING = "decoder.", "face_mapping."
"""pSp's files hold their generator, too."""
NUM_SAMPLES = 4096


def read_inversion(content: Mapping[str, Any], path: Path, remarks: list[str]) -> InversionEncoder | None:
    """The encoder in a file of pSp or e4e; None if it holds none."""
    inner = content.get("state_dict", content)
    if "latent_avg" not in content and not (isinstance(inner, Mapping) and _is_inversion(inner)):
        return None
    whole, options = state_of(inner, path), _options(content)
    offsets = _is_offset_kind(options, path, remarks)
    state = {name: tensor for name, tensor in whole.items() if name.startswith("encoder.")}
    state["latent_avg"] = _mean_latent(content, whole, options, path, remarks)
    with torch.device("meta"):
        encoder = InversionEncoder(inversion_config(state, path, offsets))
    encoder.load_state_dict(to_ours("inversion", state, encoder.state_dict(), path), assign=True)
    return encoder.eval()


def _is_inversion(state: Mapping[Any, Any]) -> bool:
    return any(str(name).removeprefix("module.").startswith("encoder.input_layer.") for name in state)


def _options(content: Mapping[str, Any]) -> Mapping[str, Any]:
    options = content.get("opts")
    options = vars(options) if isinstance(options, Namespace) else options
    return options if isinstance(options, Mapping) else {}


def _is_offset_kind(options: Mapping[str, Any], path: Path, remarks: list[str]) -> bool:
    kind = options.get("encoder_type")
    if kind is None:
        remarks.append("it does not say which kind of encoder it is (opts.encoder_type), so it is taken for pSp's")
        return False
    if kind not in ENCODERS:
        raise UserError(f"{path} holds an encoder of the type {str(kind)[:60]!r}; read are {', '.join(ENCODERS)}")
    return ENCODERS[kind]


def _mean_latent(
    content: Mapping[str, Any], state: Mapping[str, Tensor], options: Mapping[str, Any], path: Path, remarks: list[str]
) -> Tensor:
    """What is added to the encoder's latents: stored, nothing, or the mean of the generator in the same file."""
    stored = content.get("latent_avg")
    heads = state.get("encoder.styles.0.linear.bias")
    if options.get("start_from_latent_avg") is False and heads is not None:
        remarks.append("it was trained without a mean latent (opts.start_from_latent_avg), so none is added")
        return torch.zeros_like(heads)
    if isinstance(stored, Tensor) and stored.ndim:
        return stored
    mapping = {name.removeprefix(DECODER): t for name, t in state.items() if name.startswith(f"{DECODER}style.")}
    first = mapping.get("style.1.weight")
    if first is None or first.ndim != 2:
        raise UserError(f"{path} holds neither latent_avg nor a generator to compute it from ({DECODER}style.*)")
    remarks.append(f"latent_avg is not in it and was computed from {NUM_SAMPLES:,} seeded codes of its generator")
    return _mean_of(mapping, first, path)


def _mean_of(mapping: Mapping[str, Tensor], first: Tensor, path: Path) -> Tensor:
    """The mean face latent of a mapping network under its official names."""
    latent_dim, code_dim = first.shape
    with torch.device("meta"):
        network = MappingNetwork(code_dim, latent_dim, sum(name.endswith(".weight") for name in mapping))
    expected = {f"{MAPPING}{name}": tensor for name, tensor in network.state_dict().items()}
    given = to_ours("generator", mapping, expected, path)
    network.load_state_dict({name.removeprefix(MAPPING): tensor for name, tensor in given.items()}, assign=True)
    draws = torch.randn(NUM_SAMPLES, code_dim, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        mean: Tensor = network(draws).mean(dim=0)
    return mean
