"""Official checkpoints to model folders and back: BlendGAN, its style encoder, pSp, rosinality, StyleGAN2-ADA."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from blendgan.checkpoints.mapping import to_official, to_ours
from blendgan.checkpoints.names import Dialect, official_name
from blendgan.checkpoints.store import Network, has_network, load_network, read_config
from blendgan.checkpoints.untrusted import read_pkl, read_pt
from blendgan.errors import UserError
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.inversion import InversionConfig, InversionEncoder
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


def write_official(folder: Path) -> dict[str, Any]:
    """The content of the official `.pt` file for a model folder, or for the folder of one network."""
    if (folder / "config.json").is_file():
        kind = read_config(folder)["network"]
        return _OFFICIAL_FILES[kind](load_network(folder), folder)
    if not has_network(folder, "generator"):
        raise UserError(f"{folder} holds no generator; name the one network to convert, such as {folder}/inversion")
    content = _generator_file(load_network(folder / "generator"), folder)
    if has_network(folder, "style_encoder"):
        encoder = to_official("style_encoder", load_network(folder / "style_encoder").state_dict())
        content["g_ema"] |= {f"embedder.{name}": tensor for name, tensor in encoder.items()}
    if has_network(folder, "discriminator_face"):
        content["d"] = to_official("discriminator", load_network(folder / "discriminator_face").state_dict())
    return content


def _generator_file(network: Network, folder: Path) -> dict[str, Any]:
    assert isinstance(network, Generator)
    state = to_official("generator", network.state_dict())
    content: dict[str, Any] = {"latent_avg": state.pop("latent_avg"), "g_ema": state}
    if network.config.truncation is not None:
        content["truncation"] = network.config.truncation
    return content


def _style_encoder_file(network: Network, folder: Path) -> dict[str, Any]:
    return {"e": to_official("style_encoder", network.state_dict())}


def _inversion_file(network: Network, folder: Path) -> dict[str, Any]:
    state = to_official("inversion", network.state_dict())
    latent_avg = state.pop("latent_avg")
    return {"state_dict": state, "latent_avg": latent_avg.squeeze(0)}


def _discriminator_file(network: Network, folder: Path) -> dict[str, Any]:
    kind = "discriminator" if isinstance(network, Discriminator) else "projection_discriminator"
    return {"d": to_official(kind, network.state_dict())}


_OFFICIAL_FILES = {
    "generator": _generator_file,
    "style_encoder": _style_encoder_file,
    "inversion": _inversion_file,
    "discriminator": _discriminator_file,
    "projection_discriminator": _discriminator_file,
}


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
    state = flatten_modules(content["G_ema"])
    if "mapping.embed.weight" in state:
        raise UserError(f"{path} is conditional on classes; convert an unconditional model")
    networks: dict[str, Network] = {"generator": _generator(state, path, "nvidia", remarks)}
    if content.get("D") is not None:
        networks["discriminator_face"] = _discriminator(flatten_modules(content["D"]), path, "nvidia")
    return Converted(networks, remarks)


def flatten_modules(module: Mapping[str, Any], prefix: str = "") -> dict[str, Tensor]:
    """The state dict of a module of which only the attributes are left."""
    own = {**module.get("_parameters", {}), **module.get("_buffers", {})}
    state = {f"{prefix}{name}": tensor.data for name, tensor in own.items() if isinstance(tensor, Tensor)}
    for name, child in module.get("_modules", {}).items():
        if isinstance(child, Mapping):
            state |= flatten_modules(child, f"{prefix}{name}.")
    return state


def _generator(
    state: dict[str, Tensor], path: Path, dialect: Dialect, remarks: list[str], truncation: float | None = None
) -> Generator:
    generator = Generator(_generator_config(state, path, dialect, truncation))
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


def _generator_config(
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


def _discriminator(state: Mapping[str, Tensor], path: Path, dialect: Dialect) -> Discriminator:
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
        config = DiscriminatorConfig(
            size=size, channel_base=size * state[first].shape[0], channel_max=state[last].shape[-1]
        )
    except (ValueError, IndexError) as error:
        raise UserError(f"{path} does not fit a discriminator ({error})") from error
    network = Discriminator(config)
    network.load_state_dict(to_ours("discriminator", state, network.state_dict(), path, dialect=dialect, size=size))
    return network


def _style_encoder(state: Mapping[str, Tensor], path: Path) -> StyleEncoder:
    with torch.device("meta"):  # the first layer alone has 1.25 GB
        encoder = StyleEncoder(StyleEncoderConfig(backbone="imagenet"))
    encoder.load_state_dict(to_ours("style_encoder", state, encoder.state_dict(), path), assign=True)
    return encoder


def _inversion(content: Mapping[str, Any], path: Path) -> InversionEncoder:
    inner = _state(content.get("state_dict", content), path)
    state = {name: tensor for name, tensor in inner.items() if name.startswith("encoder.")}
    state["latent_avg"] = content["latent_avg"]
    heads = {name.split(".")[2] for name in state if name.startswith("encoder.styles.")}
    per_layer = state["latent_avg"].numel() > state["latent_avg"].shape[-1]
    with torch.device("meta"):
        encoder = InversionEncoder(InversionConfig(num_layers=len(heads), mean_per_layer=per_layer))
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
    return {str(name): tensor for name, tensor in value.items() if isinstance(tensor, Tensor)}


def _some_keys(content: Mapping[str, Any]) -> str:
    return ", ".join(str(key) for key in list(content)[:5]) or "none"
