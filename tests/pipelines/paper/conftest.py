"""What `make demo` leaves, in miniature: drawn faces, drawings of them, and untrained networks in the demo's shapes."""

from pathlib import Path

import pytest
from PIL import Image

from blendgan.checkpoints.store import save_network
from blendgan.console import Console
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig, ProjectionDiscriminator
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.training import presets
from pipelines.draw_portraits import DrawPortraitsConfig, draw_portraits
from pipelines.drawing.drawing_styles import STYLES
from tests.drawn_faces import draw_portrait

FACES = {"train": 4, "held-out": 3}
DEMO = presets.GAN["demo"]
WIDTHS = {"size": DEMO.size, "channel_base": DEMO.channel_base, "channel_max": DEMO.channel_max}
CODE = 64


@pytest.fixture(scope="package")
def demo_work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work, quiet = tmp_path_factory.mktemp("demo") / "work", Console(verbosity=-1)
    for first, (part, count) in enumerate(FACES.items()):
        (work / "split" / part).mkdir(parents=True)
        for number in range(count):
            face = Image.fromarray(draw_portrait(10 * first + number, size=128))
            face.save(work / "split" / part / f"face-{first}{number}.png")
        faces, drawn = work / "split" / part, work / "drawn" / part
        draw_portraits(DrawPortraitsConfig(faces=faces, out=drawn, size=64, quiet=True), quiet)
    (work / "references").mkdir()
    for style in STYLES:
        path = min((work / "drawn" / "held-out" / style).iterdir())
        (work / "references" / f"{style}.png").write_bytes(path.read_bytes())
    encoder = StyleEncoder(StyleEncoderConfig(image_size=32, taps=("relu1_2", "relu2_2"), latent_dim=CODE))
    model = work / "runs" / "gan" / "final"
    shapes = {"latent_dim": DEMO.latent_dim, "style_dim": CODE, "mapping_layers": DEMO.mapping_layers}
    generator = Generator(GeneratorConfig(**shapes, **WIDTHS))
    generator.blending.face_weight.data.fill_(0.5)
    save_network(generator, model / "generator")
    for role in ("face", "style"):
        save_network(Discriminator(DiscriminatorConfig(**WIDTHS)), model / f"discriminator_{role}")
    projection = ProjectionDiscriminator(DiscriminatorConfig(**WIDTHS, style_dim=CODE))
    save_network(projection, model / "discriminator_style_latent")
    for place in (model, work / "runs" / "style-encoder" / "final", work / "judge" / "final"):
        save_network(encoder, place / "style_encoder")
    (model / "run.json").write_text('{"step": 12}')
    return work
