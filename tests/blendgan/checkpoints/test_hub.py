"""Models on the Hub, through the mixin of huggingface_hub."""

from pathlib import Path

import pytest
import torch

from blendgan.checkpoints.hub import BlendGAN
from blendgan.checkpoints.store import load_generator, read_config, save_network
from blendgan.errors import UserError
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig
from blendgan.networks.generator import Generator, GeneratorConfig

TINY = GeneratorConfig(size=32, latent_dim=8, style_dim=8, mapping_layers=1, channel_base=64, channel_max=8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_network(Generator(TINY), tmp_path / "model" / "generator", rights={"open": 5, "research": 2})
    critic = Discriminator(DiscriminatorConfig(size=32, channel_base=64, channel_max=8))
    save_network(critic, tmp_path / "model" / "discriminator_face", rights={"open": 5, "research": 2})
    return tmp_path / "model"


def test_a_model_is_saved_and_loaded_with_all_that_is_known_of_it(folder: Path, tmp_path: Path) -> None:
    BlendGAN.from_pretrained(folder).save_pretrained(tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == [
        "README.md",
        "discriminator_face",
        "generator",
    ]
    assert read_config(tmp_path / "copy" / "generator") == read_config(folder / "generator")
    ours, copied = load_generator(folder), load_generator(tmp_path / "copy")
    assert all(torch.equal(tensor, copied.state_dict()[name]) for name, tensor in ours.state_dict().items())


def test_loading_is_strict(folder: Path) -> None:
    weights = folder / "generator" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(UserError, match="is not the file"):
        BlendGAN.from_pretrained(folder)


def test_a_folder_without_networks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no networks"):
        BlendGAN.from_pretrained(tmp_path)


def test_weights_of_pictures_that_nobody_opened_are_not_published(folder: Path) -> None:
    model = BlendGAN.from_pretrained(folder)
    with pytest.raises(UserError, match=r"rights \{'research': 4\}"):
        model.push_to_hub("someone/model")
    with pytest.raises(ConnectionError):  # with a legal basis it goes on to the Hub, which tests cannot reach
        model.push_to_hub("someone/model", i_have_a_legal_basis=True)
