"""Model folders to official `.pt` files."""

from pathlib import Path
from typing import Any

from blendgan.checkpoints.mapping import to_official
from blendgan.checkpoints.store import Network, has_network, is_network, load_network, networks_in, read_config
from blendgan.errors import UserError
from blendgan.networks.discriminators import Discriminator
from blendgan.networks.generator import Generator
from blendgan.networks.inversion import InversionEncoder


def write_official(folder: Path) -> dict[str, Any]:
    """The content of the official `.pt` file for a model folder, or for the folder of one network."""
    inner = networks_in(folder)
    alone = folder if is_network(folder) else folder / inner[0] if len(inner) == 1 else None
    if alone:
        return _OFFICIAL_FILES[read_config(alone)["network"]](load_network(alone))
    if not has_network(folder, "generator"):
        raise UserError(f"{folder} holds no generator; name the one network to convert, such as {folder}/inversion")
    content = _generator_file(load_network(folder / "generator"))
    if has_network(folder, "style_encoder"):
        encoder = to_official("style_encoder", load_network(folder / "style_encoder").state_dict())
        content["g_ema"] |= {f"embedder.{name}": tensor for name, tensor in encoder.items()}
    if has_network(folder, "discriminator_face"):
        content["d"] = to_official("discriminator", load_network(folder / "discriminator_face").state_dict())
    return content


def _generator_file(network: Network) -> dict[str, Any]:
    assert isinstance(network, Generator)
    state = to_official("generator", network.state_dict())
    content: dict[str, Any] = {"latent_avg": state.pop("latent_avg"), "g_ema": state}
    if network.config.truncation is not None:
        content["truncation"] = network.config.truncation
    return content


def _style_encoder_file(network: Network) -> dict[str, Any]:
    return {"e": to_official("style_encoder", network.state_dict())}


def _inversion_file(network: Network) -> dict[str, Any]:
    assert isinstance(network, InversionEncoder)
    state = to_official("inversion", network.state_dict())
    latent_avg = state.pop("latent_avg")
    kind = "Encoder4Editing" if network.config.offsets_from_first else "GradualStyleEncoder"
    return {"state_dict": state, "latent_avg": latent_avg.squeeze(0), "opts": {"encoder_type": kind}}


def _discriminator_file(network: Network) -> dict[str, Any]:
    kind = "discriminator" if isinstance(network, Discriminator) else "projection_discriminator"
    return {"d": to_official(kind, network.state_dict())}


_OFFICIAL_FILES = {
    "generator": _generator_file,
    "style_encoder": _style_encoder_file,
    "inversion": _inversion_file,
    "discriminator": _discriminator_file,
    "projection_discriminator": _discriminator_file,
}
