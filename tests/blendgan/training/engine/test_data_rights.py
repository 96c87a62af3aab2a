"""A model remembers the rights of its pictures, and of those of the models it was built upon."""

from pathlib import Path

from blendgan.checkpoints.store import save_network
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.training.engine.data_rights import rights_of_model, rights_of_run
from blendgan.training.gan.config import TrainGanConfig

TINY = GeneratorConfig(size=8, latent_dim=4, style_dim=4, mapping_layers=1, channel_base=32, channel_max=4)


def test_pictures_of_a_run_and_of_its_style_encoder_are_counted_together(tmp_path: Path) -> None:
    save_network(Generator(TINY), tmp_path / "encoder" / "generator", rights={"research none": 7, "open CC0-1.0": 9})
    config = TrainGanConfig(
        out=tmp_path, faces=tmp_path, artworks=tmp_path, style_encoder=tmp_path / "encoder", preset="tiny"
    )
    description = {"data": {"faces": {"open CC0-1.0": 3}, "artworks": {"open CC0-1.0": 2, "open GPL-2.0-or-later": 5}}}
    # the pictures behind a model may be those of this run too: the larger number of each right is kept
    expected = {"open CC0-1.0": 9, "open GPL-2.0-or-later": 5, "research none": 7}
    assert rights_of_run(description, config) == expected


def test_a_model_of_several_networks_counts_shared_pictures_once(tmp_path: Path) -> None:
    for name in ("generator", "discriminator_face"):
        save_network(Generator(TINY), tmp_path / name, rights={"open CC0-1.0": 4})
    assert rights_of_model(tmp_path) == {"open CC0-1.0": 4}
    assert rights_of_model(tmp_path / "generator") == {"open CC0-1.0": 4}
