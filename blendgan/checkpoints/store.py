"""Our format: a folder per network with `config.json` (what it is, its settings, a hash) and `model.safetensors`.

A model is a folder of such folders: `generator/`, `style_encoder/`, `inversion/`, `discriminator_face/`, ...
Both files can be read without our code.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeGuard, TypeVar, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from blendgan.checkpoints.hub import local
from blendgan.checkpoints.keys import check_state
from blendgan.checkpoints.settings import settings_of
from blendgan.errors import UserError
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig, ProjectionDiscriminator
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.inversion import InversionConfig, InversionEncoder
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig

FORMAT = 1
CONFIG, WEIGHTS, MODEL = "config.json", "model.safetensors", "blendgan"
NAMES = (
    *("generator", "style_encoder", "inversion"),
    *("discriminator_face", "discriminator_style", "discriminator_style_latent"),
)
"""Folders of the networks in a model."""
MAX_CONFIG_BYTES = 1_000_000
Role = Literal["face", "style", "style_latent"]
T = TypeVar("T")
Network = Generator | Discriminator | ProjectionDiscriminator | StyleEncoder | InversionEncoder


@dataclass(frozen=True)
class Kind:
    """A network and the dataclass of its settings."""

    network: Callable[[Any], nn.Module]
    settings: type[Any]


KINDS = {
    "generator": Kind(Generator, GeneratorConfig),
    "style_encoder": Kind(StyleEncoder, StyleEncoderConfig),
    "inversion": Kind(InversionEncoder, InversionConfig),
    "discriminator": Kind(Discriminator, DiscriminatorConfig),
    "projection_discriminator": Kind(ProjectionDiscriminator, DiscriminatorConfig),
}


def save_network(network: Network, folder: Path | str, **facts: object) -> None:
    """Write `network` to `folder`, replacing what was there in one step.

    `facts` (JSON values, such as the rights summary of the training data) go into `config.json`.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".tmp-{folder.name}-", dir=folder.parent))
    try:
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
        _save_tensors(state, temporary / WEIGHTS)
        config = {
            "format": FORMAT,
            "network": _kind_of(network),
            "settings": asdict(network.config),
            "weights_sha256": _sha256(temporary / WEIGHTS),
            **facts,
        }
        (temporary / CONFIG).write_text(json.dumps(config, indent=2) + "\n")
        _flush(temporary)
        temporary.chmod(0o755)
        _replace_folder(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _save_tensors(state: Mapping[str, Tensor], path: Path) -> None:
    try:
        save_file(dict(state), path, metadata={"format": "pt"})
    except SafetensorError as error:
        # the library hides the system's error in words: "I/O error: ... (os error 28)"
        if (found := re.search(r"os error (\d+)", str(error))) is None:
            raise
        raise OSError(int(found[1]), os.strerror(int(found[1])), str(path)) from error


def read_config(folder: Path | str) -> dict[str, Any]:
    """The `config.json` of a network, as saved."""
    path = Path(folder) / CONFIG
    try:
        config = _read_json(path)
    except OSError as error:
        raise UserError(
            f"{folder} holds no network ({CONFIG}: {error.strerror}); convert one with blendgan-convert"
        ) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is damaged ({error}); save or convert the network again") from error
    if not _is_of_a_network(config) or config["network"] not in KINDS or config.get("format") != FORMAT:
        raise UserError(f"{path} does not describe a network of this program; convert one with blendgan-convert")
    rights = config.get("rights", {})
    if not isinstance(rights, dict) or not all(isinstance(count, int) and count >= 0 for count in rights.values()):
        raise UserError(f"{path} does not count pictures by their rights; save or convert the network again")
    return config


def _read_json(path: Path) -> Any:
    with path.open("rb") as file:
        return json.loads(file.read(MAX_CONFIG_BYTES))


def _is_of_a_network(config: object) -> TypeGuard[dict[str, Any]]:
    """Whether a `config.json` speaks of one network, and not of a whole model or of something else."""
    return isinstance(config, dict) and isinstance(config.get("network"), str)


def load_network(folder: Path | str) -> Network:
    """The network in `folder`, in evaluation mode on the CPU; a `UserError` says what is missing, extra or damaged."""
    folder = Path(folder)
    config = read_config(folder)
    weights = folder / WEIGHTS
    kind = KINDS[config["network"]]
    try:
        settings = settings_of(kind.settings, config.get("settings"))
        with torch.device("meta"):
            network = kind.network(settings)
    except (TypeError, ValueError, ArithmeticError, IndexError, RuntimeError) as error:
        raise UserError(f"{folder / CONFIG} has settings that do not fit ({error})") from error
    state = _read_weights(weights, config.get("weights_sha256"))
    check_state(state, network.state_dict(), weights)
    _check_finite(state, weights)
    network.load_state_dict(state, strict=True, assign=True)
    return cast(Network, network.eval().requires_grad_(False).to(memory_format=torch.channels_last))


def _read_weights(path: Path, expected: object) -> Mapping[str, Tensor]:
    if not path.is_file():
        raise UserError(f"{path} is missing; copy the whole folder of the network")
    if _sha256(path) != expected:
        raise UserError(f"{path} is not the file that {CONFIG} beside it was written with; copy or convert both again")
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise UserError(f"{path} is not a readable safetensors file ({error}); copy or convert it again") from error


def _check_finite(state: Mapping[str, Tensor], path: Path) -> None:
    broken = next((name for name, tensor in state.items() if not bool(tensor.isfinite().all())), None)
    if broken:
        raise UserError(f"{path} holds numbers that are not finite ({broken}); the training that made it has failed")


def load_generator(path: Path | str) -> Generator:
    """The generator of a model folder or of `hf:ORG/NAME` on the Hub, or in the subfolder itself."""
    network = load_network(network_home(path, "generator"))
    return _expect(network, Generator, path)


def load_style_encoder(path: Path | str) -> StyleEncoder:
    """The style encoder of a model folder or of `hf:ORG/NAME` on the Hub, or in the subfolder itself."""
    return _expect(load_network(network_home(path, "style_encoder")), StyleEncoder, path)


def load_inversion_encoder(path: Path | str) -> InversionEncoder:
    """The inversion encoder of a model folder or of `hf:ORG/NAME` on the Hub, or in the subfolder itself."""
    return _expect(load_network(network_home(path, "inversion")), InversionEncoder, path)


def load_discriminator(path: Path | str, role: Role) -> Discriminator | ProjectionDiscriminator:
    """The discriminator with that role: called with `(images, z_style=None)` it gives logits."""
    network = load_network(network_home(path, f"discriminator_{role}"))
    if role == "style_latent":
        return _expect(network, ProjectionDiscriminator, path)
    return _expect(network, Discriminator, path)


def write_model_config(folder: Path | str) -> None:
    """Write the root `config.json` of a model folder: which networks lie in it."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = {"format": FORMAT, "model": MODEL, "networks": networks_in(folder)}
    temporary = folder / f".tmp-{CONFIG}"
    temporary.write_text(json.dumps(config, indent=2) + "\n")
    temporary.replace(folder / CONFIG)


def is_network(folder: Path | str) -> bool:
    """Whether a folder is one of a network, and not that of a model or of something else."""
    try:
        return _is_of_a_network(_read_json(Path(folder) / CONFIG))
    except (OSError, ValueError, RecursionError):
        return False


def networks_in(path: Path | str) -> list[str]:
    """Names of the networks in a model folder, sorted; folders of other programs beside them are no concern of ours."""
    return sorted(name for name in NAMES if has_network(path, name))


def has_network(path: Path | str, name: str) -> bool:
    """Whether the model folder `path` holds the network `name` ('generator', 'discriminator_face', ...)."""
    return (local(path) / name / CONFIG).is_file()


def network_home(path: Path | str, name: str) -> Path:
    """Where a network lies: `path` itself if it is a network's folder, else its subfolder."""
    path = local(path)
    return path if (path / WEIGHTS).is_file() or is_network(path) else path / name


def _expect(network: object, wanted: type[T], path: Path | str) -> T:
    if not isinstance(network, wanted):
        raise UserError(f"{path} holds a {type(network).__name__}, but a {wanted.__name__} is needed here")
    return network


def _kind_of(network: nn.Module) -> str:
    return next(name for name, kind in KINDS.items() if type(network) is kind.network)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(folder: Path) -> None:
    for name in (WEIGHTS, CONFIG):
        with (folder / name).open("rb+") as file:
            os.fsync(file.fileno())


def _replace_folder(new: Path, target: Path) -> None:
    """Put `new` in the place of `target`; a kill in between leaves the old one beside it, complete."""
    if not target.exists():
        new.replace(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".old-{target.name}-", dir=target.parent))
    target.replace(old)
    new.replace(target)
    shutil.rmtree(old)
