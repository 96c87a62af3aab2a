"""A file of the names and shapes of ArcFace's IR-SE50, with random weights."""

from pathlib import Path

import torch
from torch import Tensor

from blendgan.checkpoints.mapping import to_official
from blendgan.networks.inversion import InversionConfig, InversionEncoder


def write_arcface(path: Path) -> Path:
    """The trunk of an inversion encoder under ArcFace's names, and an output layer."""
    torch.manual_seed(0)
    encoder = InversionEncoder(InversionConfig(num_layers=1))
    official = to_official("inversion", encoder.state_dict())
    trunk = {name.removeprefix("encoder."): tensor for name, tensor in official.items()}
    state: dict[str, Tensor] = {name: t for name, t in trunk.items() if name.startswith(("input_layer.", "body."))}
    for place, width in ((0, 512), (4, 512)):
        state |= {f"output_layer.{place}.{name}": torch.rand(width) + 0.5 for name in ("weight", "running_var")}
        state |= {f"output_layer.{place}.{name}": torch.randn(width) for name in ("bias", "running_mean")}
    state["output_layer.3.weight"] = torch.randn(512, 512 * 7 * 7) / 160
    state["output_layer.3.bias"] = torch.randn(512)
    torch.save(state, path)
    return path
