"""Models on the Hub, through the mixin of huggingface_hub."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from blendgan.checkpoints.store import load_generator, read_config, save_network, write_model_config
from blendgan.errors import UserError
from blendgan.hub.model import BlendGAN
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
        "config.json",
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


def cached(folder: Path, home: Path, revision: str = "a" * 40) -> Path:
    """A download of org/faces as huggingface_hub keeps it, of a model that had no file at its root."""
    repository = home / "models--org--faces"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(revision)
    (repository / ".no_exist" / revision).mkdir(parents=True)
    (repository / ".no_exist" / revision / "config.json").touch()
    shutil.copytree(folder, repository / "snapshots" / revision)
    return home


@pytest.mark.parametrize("root", [False, True])
@pytest.mark.parametrize("options", [{}, {"local_files_only": True}, {"revision": "a" * 40}])
def test_a_cached_model_loads_without_a_network(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: bool, options: dict[str, object]
) -> None:
    if root:
        write_model_config(folder)
    home = cached(folder, tmp_path / "hub")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", "local_files_only" not in options)
    model = BlendGAN.from_pretrained("org/faces", cache_dir=home, **options)
    assert set(model.networks) == {"generator", "discriminator_face"}


@pytest.mark.parametrize(
    ("name", "options"), [("org/other", {}), ("org/faces", {"revision": "b" * 40}), ("./no/such/folder", {})]
)
def test_a_model_that_is_neither_here_nor_cached_is_one_sentence(
    folder: Path, tmp_path: Path, name: str, options: dict[str, str]
) -> None:
    home = cached(folder, tmp_path / "hub")
    with pytest.raises(UserError, match="is neither a folder nor a model that can be fetched") as error:
        BlendGAN.from_pretrained(name, cache_dir=home, local_files_only=True, **options)
    assert "\n" not in str(error.value)


def test_folders_of_other_programs_beside_the_networks_do_not_matter(folder: Path) -> None:
    for name in ("onnx", "checkpoint-5"):
        (folder / name).mkdir()
        (folder / name / "config.json").write_text('{"model_type": "other"}')
    assert set(BlendGAN.from_pretrained(folder).networks) == {"generator", "discriminator_face"}


def test_a_saved_model_says_at_its_root_what_is_in_it(folder: Path, tmp_path: Path) -> None:
    BlendGAN.from_pretrained(folder).save_pretrained(tmp_path / "copy")
    config = json.loads((tmp_path / "copy" / "config.json").read_text())
    assert config == {"format": 1, "model": "blendgan", "networks": ["discriminator_face", "generator"]}
    assert load_generator(tmp_path / "copy").config == TINY


def test_weights_of_pictures_that_nobody_opened_are_not_published(folder: Path) -> None:
    model = BlendGAN.from_pretrained(folder)
    with pytest.raises(UserError, match=r"rights \{'research': 2\}"):
        model.push_to_hub("someone/model")
    with pytest.raises(ConnectionError):  # with a legal basis it goes on to the Hub, which tests cannot reach
        model.push_to_hub("someone/model", i_have_a_legal_basis=True)
