"""Official checkpoints to model folders and back: BlendGAN, its style encoder, pSp, rosinality, StyleGAN2-ADA."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from blendgan.checkpoints.mapping import to_ours
from blendgan.checkpoints.names import Dialect, official_name
from blendgan.checkpoints.shapes import discriminator_config, generator_config, inversion_config
from blendgan.checkpoints.store import Network
from blendgan.checkpoints.untrusted import read_pkl, read_pt
from blendgan.errors import UserError
from blendgan.networks.discriminators import Discriminator
from blendgan.networks.generator import Generator
from blendgan.networks.inversion import InversionEncoder
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig

State = Mapping[str, Tensor]
NEW_PARTS = ("style_mapping.", "blending.")
"""What BlendGAN adds to StyleGAN2: a plain StyleGAN2 gets fresh ones, as at the start of training."""


@dataclass(frozen=True)
class Converted:
    """The networks found in a file, by the name of their folder, and what should be said about them."""

    networks: dict[str, Network]
    remarks: list[str]


def read_official(path: Path) -> Converted:
    """The networks in an official file of any of the five kinds, told apart by what they hold."""
    if path.suffix == ".pkl":
        return _from_nvidia(read_pkl(path), path)
    content = read_pt(path)
    if "e" in content:
        return Converted({"style_encoder": _style_encoder(_state(content["e"], path), path)}, [])
    if "g_ema" in content or "g" in content:
        return _from_blendgan(content, path)
    if "latent_avg" in content:
        return Converted({"inversion": _inversion(content, path)}, [])
    raise UserError(f"{path} holds none of g_ema, g, e, latent_avg; its keys are {_some_keys(content)}")


def _from_blendgan(content: Mapping[str, Any], path: Path) -> Converted:
    """`blendgan.pt` and rosinality's files: a generator, perhaps with its style encoder and a discriminator."""
    remarks = []
    if "g_ema" not in content:
        remarks.append("there is no moving average (g_ema), so the generator is the raw one (g)")
    whole = _state(content.get("g_ema", content.get("g")), path)
    embedder = {name.removeprefix("embedder."): t for name, t in whole.items() if name.startswith("embedder.")}
    state = {name: tensor for name, tensor in whole.items() if not name.startswith("embedder.")}
    latent_avg = content.get("latent_avg")
    if isinstance(latent_avg, Tensor):
        state["latent_avg"] = latent_avg
    networks: dict[str, Network] = {
        "generator": _generator(state, path, "blendgan", remarks, truncation=_truncation(content))
    }
    if embedder:
        networks["style_encoder"] = _style_encoder(embedder, path)
    else:
        remarks.append("there is no style encoder in it (embedder.*), so none is written")
    if "d" in content:
        networks["discriminator_face"] = _discriminator(_state(content["d"], path), path, "blendgan")
    return Converted(networks, remarks)


def _from_nvidia(content: Mapping[str, Any], path: Path) -> Converted:
    """StyleGAN2-ADA: a generator and the discriminator it was trained against, both of plain faces."""
    if "G_ema" not in content:
        raise UserError(f"{path} holds no G_ema; its keys are {_some_keys(content)}")
    remarks = ["there is no style encoder in it, so none is written"]
    state = _state(flatten_modules(content["G_ema"]), path)
    if "mapping.embed.weight" in state:
        raise UserError(f"{path} is conditional on classes; convert an unconditional model")
    networks: dict[str, Network] = {"generator": _generator(state, path, "nvidia", remarks)}
    if content.get("D") is not None:
        networks["discriminator_face"] = _discriminator(_state(flatten_modules(content["D"]), path), path, "nvidia")
    return Converted(networks, remarks)


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


def _generator(
    state: dict[str, Tensor], path: Path, dialect: Dialect, remarks: list[str], truncation: float | None = None
) -> Generator:
    generator = Generator(generator_config(state, path, dialect, truncation))
    expected = generator.state_dict()
    absent = [
        ours
        for ours in expected
        if ours.startswith((*NEW_PARTS, "w_mean")) and official_name("generator", ours, dialect) not in state
    ]
    fresh = [ours for ours in absent if ours != "w_mean"]
    if fresh and len(fresh) < sum(ours.startswith(NEW_PARTS) for ours in expected):
        fresh = []  # some are there: the ones that are not will be named as missing
        absent = [ours for ours in absent if ours == "w_mean"]
    if fresh:
        remarks.append("it is a plain StyleGAN2, so the style mapping is new and untrained and all layers are natural")
    wanted = {name: tensor for name, tensor in expected.items() if name not in absent}
    generator.load_state_dict(expected | to_ours("generator", state, wanted, path, dialect=dialect))
    if "w_mean" in absent:
        generator.update_w_mean()
        remarks.append("the mean face latent is not in it and was computed from 4,096 seeded codes")
    return generator


def _discriminator(state: Mapping[str, Tensor], path: Path, dialect: Dialect) -> Discriminator:
    config = discriminator_config(state, path, dialect)
    network = Discriminator(config)
    network.load_state_dict(
        to_ours("discriminator", state, network.state_dict(), path, dialect=dialect, size=config.size)
    )
    return network


def _style_encoder(state: Mapping[str, Tensor], path: Path) -> StyleEncoder:
    last = state.get("embedder_mlp.3.weight")
    latent_dim = 512 if last is None else last.shape[0]
    with torch.device("meta"):  # the first layer alone has 1.25 GB
        encoder = StyleEncoder(StyleEncoderConfig(latent_dim=latent_dim, backbone="imagenet"))
    encoder.load_state_dict(to_ours("style_encoder", state, encoder.state_dict(), path), assign=True)
    return encoder


def _inversion(content: Mapping[str, Any], path: Path) -> InversionEncoder:
    inner = _state(content.get("state_dict", content), path)
    state = {name: tensor for name, tensor in inner.items() if name.startswith("encoder.")}
    if not isinstance(content["latent_avg"], Tensor):
        raise UserError(f"{path} holds no tensor as latent_avg; without it the encoder has no origin")
    state["latent_avg"] = content["latent_avg"]
    with torch.device("meta"):
        encoder = InversionEncoder(inversion_config(state, path))
    encoder.load_state_dict(to_ours("inversion", state, encoder.state_dict(), path), assign=True)
    return encoder.eval()


def _truncation(content: Mapping[str, Any]) -> float | None:
    value = content.get("truncation")
    if isinstance(value, Tensor):
        return float(value) if value.numel() == 1 else None
    return float(value) if isinstance(value, int | float) else None


def _state(value: object, path: Path) -> dict[str, Tensor]:
    """The tensors of a state dict; other values in it are not ours to read."""
    if not isinstance(value, Mapping):
        raise UserError(f"{path} holds a {type(value).__name__} where the weights of a network should be")
    return {str(name): tensor.detach() for name, tensor in value.items() if _is_plain(tensor)}


def _is_plain(value: object) -> bool:
    """A tensor with values of its own: neither sparse, nor quantised, nor without storage."""
    return isinstance(value, Tensor) and not value.is_meta and not value.is_quantized and value.layout == torch.strided


def _some_keys(content: Mapping[str, Any]) -> str:
    return ", ".join(str(key) for key in list(content)[:5]) or "none"
