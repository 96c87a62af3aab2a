"""Settings of a network, read off the shapes of an official state dict."""

import re
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

import torch
from torch import Tensor

from blendgan.checkpoints.names import Dialect, official_name
from blendgan.errors import UserError
from blendgan.networks.discriminators import DiscriminatorConfig
from blendgan.networks.generator import GeneratorConfig
from blendgan.networks.inversion import InversionConfig


def generator_config(
    state: Mapping[str, Tensor], path: Path, dialect: Dialect, truncation: float | None
) -> GeneratorConfig:
    """Settings read off the shapes."""

    def shape(ours: str) -> torch.Size:
        name = official_name("generator", ours, dialect)
        if name is None or name not in state:
            raise UserError(f"{path} does not fit a generator: 1 missing: {name}")
        return state[name].shape

    num_blocks = 0
    while official_name("generator", f"synthesis.to_rgbs.{num_blocks}.conv.weight", dialect) in state:
        num_blocks += 1
    depth = 0
    while official_name("generator", f"face_mapping.layers.{depth}.weight", dialect) in state:
        depth += 1
    size = 4 << max(num_blocks - 1, 0)
    style = official_name("generator", "style_mapping.layers.0.weight", dialect)
    latent_dim = shape("face_mapping.layers.0.weight")[-1]
    try:
        return GeneratorConfig(
            size=size,
            latent_dim=latent_dim,
            style_dim=state[style].shape[-1] if style is not None and style in state else latent_dim,
            mapping_layers=depth,
            channel_base=size * shape(f"synthesis.to_rgbs.{num_blocks - 1}.conv.weight")[-3],
            channel_max=shape("synthesis.constant")[-3],
            truncation=truncation,
        )
    except (ValueError, IndexError) as error:
        raise UserError(f"{path} does not fit a generator ({error})") from error


def discriminator_config(state: Mapping[str, Tensor], path: Path, dialect: Dialect) -> DiscriminatorConfig:
    """Settings of a discriminator of faces."""
    if dialect == "nvidia":
        sizes = [int(match[1]) for name in state if (match := re.match(r"b(\d+)\.fromrgb\.weight", name))]
        first, last = f"b{max(sizes, default=0)}.fromrgb.weight", "b4.out.weight"
        size = max(sizes, default=0)
    else:
        first, last = "convs.0.0.weight", "final_linear.1.weight"
        size = 4 << len({name.split(".")[1] for name in state if re.match(r"convs\.\d+\.skip\.1\.weight", name)})
    if first not in state or last not in state:
        raise UserError(f"{path} does not fit a discriminator: missing {first} or {last}")
    try:
        return DiscriminatorConfig(
            size=size, channel_base=size * state[first].shape[0], channel_max=state[last].shape[-1]
        )
    except (ValueError, IndexError) as error:
        raise UserError(f"{path} does not fit a discriminator ({error})") from error


def inversion_config(state: Mapping[str, Tensor], path: Path, offsets_from_first: bool = False) -> InversionConfig:
    """Settings read off the shapes. A stage is a run of blocks of one width."""
    heads = {name.split(".")[2] for name in state if name.startswith("encoder.styles.")}
    num_blocks = len({name.split(".")[2] for name in state if name.startswith("encoder.body.")})
    try:
        blocks = [state[f"encoder.body.{k}.res_layer.1.weight"].shape[0] for k in range(num_blocks)]
        stages = [(width, len(list(run))) for width, run in groupby(blocks)]
        (w1, d1), (w2, d2), (w3, d3), (w4, d4) = stages
        return InversionConfig(
            num_layers=len(heads),
            latent_dim=state["encoder.styles.0.linear.weight"].shape[0],
            image_size=16 << sum(name.startswith("encoder.styles.0.convs.") for name in state) // 2,
            widths=(w1, w2, w3, w4),
            depths=(d1, d2, d3, d4),
            squeeze=w1 // state["encoder.body.0.res_layer.5.fc1.weight"].shape[0],
            mean_per_layer=state["latent_avg"].numel() > state["latent_avg"].shape[-1],
            offsets_from_first=offsets_from_first,
        )
    except (KeyError, ValueError, IndexError, ZeroDivisionError) as error:
        raise UserError(f"{path} does not fit an inversion encoder of four stages ({error})") from error
