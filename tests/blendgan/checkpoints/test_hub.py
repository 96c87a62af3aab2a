"""Models on the Hub, through the mixin of huggingface_hub."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from blendgan.checkpoints.hub import BlendGAN
from blendgan.checkpoints.store import load_generator, read_config, save_network
from blendgan.errors import UserError
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig
from blendgan.networks.generator import Generator, GeneratorConfig
from tests.fake_hub import fake_hub

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


def test_a_model_is_uploaded_with_its_folders_and_card(tmp_path: Path) -> None:
    save_network(Generator(TINY), tmp_path / "model" / "generator", rights={"open": 5})
    code = "import sys, blendgan; blendgan.BlendGAN.from_pretrained(sys.argv[1]).push_to_hub('org/faces')"
    with fake_hub() as hub:
        # the address of the Hub is read when huggingface_hub is imported, so this needs a process of its own
        hub_settings = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_test", "HF_HUB_OFFLINE": "0"}
        words = [sys.executable, "-c", code, str(tmp_path / "model")]
        subprocess.run(words, env=os.environ | hub_settings, check=True, timeout=120)
    assert {"generator/config.json", "generator/model.safetensors", "README.md"} <= set(hub.files)
    assert hub.files["generator/model.safetensors"] == (tmp_path / "model/generator/model.safetensors").read_bytes()
    assert b"stylegan2" in hub.files["README.md"]


def test_weights_of_pictures_that_nobody_opened_are_not_published(folder: Path) -> None:
    model = BlendGAN.from_pretrained(folder)
    with pytest.raises(UserError, match=r"rights \{'research': 2\}"):
        model.push_to_hub("someone/model")
    with pytest.raises(ConnectionError):  # with a legal basis it goes on to the Hub, which tests cannot reach
        model.push_to_hub("someone/model", i_have_a_legal_basis=True)
