"""Official checkpoints to networks of ours: BlendGAN, its style encoder, pSp, e4e, rosinality, StyleGAN2-ADA."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from blendgan.checkpoints.mapping import to_ours
from blendgan.checkpoints.names import Dialect, official_name
from blendgan.checkpoints.nvidia import clamp_of, networks_of
from blendgan.checkpoints.official_inversion import read_inversion
from blendgan.checkpoints.shapes import discriminator_config, generator_config
from blendgan.checkpoints.states import some_keys, state_of
from blendgan.checkpoints.store import Network
from blendgan.checkpoints.untrusted import is_plain_pickle, read_pkl, read_pt
from blendgan.errors import UserError
from blendgan.networks.discriminators import Discriminator
from blendgan.networks.generator import Generator
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig

NEW_PARTS = ("style_mapping.", "blending.")
"""What BlendGAN adds to StyleGAN2: a plain StyleGAN2 gets fresh ones, as at the start of training."""
SEED = 0
"""Of all that a file lacks, so that converting it twice gives the same bytes."""


@dataclass(frozen=True)
class Converted:
    """The networks found in a file, by the name of their folder, and what should be said about them."""

    networks: dict[str, Network]
    remarks: list[str]


def read_official(path: Path) -> Converted:
    """The networks in an official file of any of the six kinds, told apart by what they hold."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return _from_nvidia(read_pkl(path), path) if is_plain_pickle(path) else _from_pt(read_pt(path), path)


def _from_pt(content: Mapping[str, Any], path: Path) -> Converted:
    if "e" in content:
        return Converted({"style_encoder": _style_encoder(state_of(content["e"], path), path)}, [])
    if "g_ema" in content or "g" in content:
        return _from_blendgan(content, path)
    remarks: list[str] = []
    encoder = read_inversion(content, path, remarks)
    if encoder is None:
        raise UserError(f"{path} holds none of g_ema, g, e, encoder, latent_avg; its keys are {some_keys(content)}")
    return Converted({"inversion": encoder}, remarks)


def _from_blendgan(content: Mapping[str, Any], path: Path) -> Converted:
    """`blendgan.pt` and rosinality's files: a generator, perhaps with its style encoder and a discriminator."""
    remarks = []
    if "g_ema" not in content:
        remarks.append("there is no moving average (g_ema), so the generator is the raw one (g)")
    whole = state_of(content.get("g_ema", content.get("g")), path)
    embedder = {name.removeprefix("embedder."): t for name, t in whole.items() if name.startswith("embedder.")}
    state = {name: tensor for name, tensor in whole.items() if not name.startswith("embedder.")}
    latent_avg = content.get("latent_avg")
    if isinstance(latent_avg, Tensor):
        state["latent_avg"] = latent_avg
    generator = _generator(state, path, "blendgan", remarks, truncation=_truncation(content))
    networks: dict[str, Network] = {"generator": generator}
    if embedder:
        networks["style_encoder"] = _style_encoder(embedder, path)
    else:
        remarks.append("there is no style encoder in it (embedder.*), so none is written")
    if content.get("d") is not None:
        networks |= _discriminator_beside(generator, content["d"], path, "blendgan", remarks)
    return Converted(networks, remarks)


def _from_nvidia(content: Mapping[str, Any], path: Path) -> Converted:
    """StyleGAN2-ADA: a generator and the discriminator it was trained against, both of plain faces."""
    state, discriminator = networks_of(content, path)
    remarks = ["there is no style encoder in it, so none is written"]
    if clamp := clamp_of(content["G_ema"]):
        remarks.append(f"its layers bound their activations to {clamp:g}, which is left out: ours are not bounded")
    generator = _generator(state, path, "nvidia", remarks)
    networks: dict[str, Network] = {"generator": generator}
    if discriminator is not None:
        networks |= _discriminator_beside(generator, discriminator, path, "nvidia", remarks)
    return Converted(networks, remarks)


def _generator(
    state: dict[str, Tensor], path: Path, dialect: Dialect, remarks: list[str], truncation: float | None = None
) -> Generator:
    config = generator_config(state, path, dialect, truncation)
    with torch.device("meta"):  # nothing is set aside for what a file claims before its shapes agree with each other
        expected = Generator(config).state_dict()
    fresh = [ours for ours in expected if ours.startswith(NEW_PARTS)]
    noises = [ours for ours in expected if ours.endswith(".noise")]
    absent = {
        ours
        for part in (fresh, noises, ["w_mean"])
        if not any(official_name("generator", ours, dialect) in state for ours in part)  # of some, all are needed
        for ours in part
    }
    if absent.issuperset(fresh):
        remarks.append("it is a plain StyleGAN2, so the style mapping is new and untrained and all layers are natural")
    if absent.issuperset(noises):
        remarks.append("the fixed noise of its layers is not in it and was drawn anew, seeded")
    wanted = {name: tensor for name, tensor in expected.items() if name not in absent}
    given = to_ours("generator", state, wanted, path, dialect=dialect)
    generator = Generator(config)
    generator.load_state_dict(generator.state_dict() | given)
    if "w_mean" in absent:
        generator.update_w_mean()
        remarks.append("the mean face latent is not in it and was computed from 4,096 seeded codes")
    return generator


def _discriminator_beside(
    generator: Generator, content: object, path: Path, dialect: Dialect, remarks: list[str]
) -> dict[str, Network]:
    """The discriminator that came with a generator, by its folder; without it the generator is worth having, too."""
    try:
        network = _discriminator(state_of(content, path), path, dialect)
    except UserError as error:
        remarks.append(f"its discriminator is left out: {error}")
        return {}
    sides = [4 << k for k in range(generator.config.size.bit_length() - 2)]
    fits = all(network.config.channels(side) == generator.config.channels(side) for side in sides)
    if network.config.size != generator.config.size or not fits:
        remarks.append("its discriminator has another size or width than the generator and is left out")
        return {}
    return {"discriminator_face": network}


def _discriminator(state: Mapping[str, Tensor], path: Path, dialect: Dialect) -> Discriminator:
    config = discriminator_config(state, path, dialect)
    with torch.device("meta"):
        network = Discriminator(config)
    given = to_ours("discriminator", state, network.state_dict(), path, dialect=dialect, size=config.size)
    network.load_state_dict(given, assign=True)
    return network


def _style_encoder(state: Mapping[str, Tensor], path: Path) -> StyleEncoder:
    last = state.get("embedder_mlp.3.weight")
    latent_dim = last.shape[0] if last is not None and last.ndim else 512
    with torch.device("meta"):  # the first layer alone has 1.25 GB
        encoder = StyleEncoder(StyleEncoderConfig(latent_dim=latent_dim, backbone="imagenet"))
    encoder.load_state_dict(to_ours("style_encoder", state, encoder.state_dict(), path), assign=True)
    return encoder


def _truncation(content: Mapping[str, Any]) -> float | None:
    value = content.get("truncation")
    if isinstance(value, Tensor):
        return float(value) if value.numel() == 1 else None
    return float(value) if isinstance(value, int | float) else None
