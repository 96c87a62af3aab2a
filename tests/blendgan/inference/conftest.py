"""A whole model of untrained tiny networks, and drawn pictures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from blendgan.checkpoints.store import save_network
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.inversion import InversionConfig, InversionEncoder
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig

GENERATOR = GeneratorConfig(size=32, latent_dim=16, style_dim=16, mapping_layers=2, channel_base=512, channel_max=16)
STYLE_ENCODER = StyleEncoderConfig(image_size=64, taps=("relu1_2",), latent_dim=16)
INVERSION = InversionConfig(
    num_layers=8, latent_dim=16, image_size=32, widths=(8, 8, 16, 16), depths=(1, 1, 1, 1), squeeze=4
)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("model")
    generator = Generator(GENERATOR)
    with torch.no_grad():
        generator.blending.face_weight.fill_(0.5)
    save_network(generator, folder / "generator")
    save_network(StyleEncoder(STYLE_ENCODER), folder / "style_encoder")
    save_network(InversionEncoder(INVERSION).eval(), folder / "inversion")
    return folder


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three square pictures of one colour with a ramp, and a file that is no picture."""
    folder = tmp_path_factory.mktemp("pictures")
    ramp = np.linspace(0, 1, 48)[:, None, None] * np.ones((48, 48, 1))
    for name, colour in {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}.items():
        Image.fromarray((ramp * np.array(colour)).astype(np.uint8)).save(folder / f"{name}.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    return folder
