"""Small worlds for trainers: drawn heads and networks of 16 px."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from blendgan.data.folder import ImageFolder
from blendgan.data.order import Order
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig, ProjectionDiscriminator
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.inversion import InversionConfig, InversionEncoder
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.training.gan.build import GanData, Networks
from blendgan.training.gan.config import GanSettings
from blendgan.training.gan.stages import STYLES_FROM_THE_FIRST_STEP, Stages
from blendgan.training.gan.style_codes import StyleCodes
from blendgan.training.gan.trainer import GanTrainer
from blendgan.training.inversion.config import InversionSettings
from blendgan.training.inversion.trainer import InversionTrainer
from blendgan.training.parallel.distributed import World

SIZE, DIM, PICTURES = 16, 8, 12
STAGES = ("style-encoder", "gan", "inversion", "finetune")
SMALL_ENCODER = ("--preset", "tiny", "--size", "32", "--taps", "relu1_2", "relu2_2")
"""Words of a style encoder whose pictures have a sixteenth of its preset's pixels, and a quarter of the weights."""
GRAM_DIM = 64**2 + 128**2
GAN = GanSettings(
    steps=4,
    batch=4,
    size=SIZE,
    latent_dim=DIM,
    mapping_layers=2,
    channel_base=64,
    channel_max=4,
    r1_every=3,
    path_every=2,
    ema_half_life=10,
    log_every=1,
    sample_every=10,
    checkpoint_every=2,
)


def words_of(stage: str, pictures: Path, model: Path) -> list[str]:
    """The words of a `blendgan-train` command that trains a stage with its tiny preset on the CPU."""
    faces, artworks = ["--faces", pictures], ["--artworks", pictures]
    words = {
        "style-encoder": [*artworks, *SMALL_ENCODER, "--batch", 8],
        "gan": [*faces, *artworks, "--style-encoder", model, "--preset", "tiny", "--batch", 8],
        "inversion": [*faces, "--model", model, "--preset", "tiny", "--lpips", "off", "--batch", 8],
        "finetune": [*faces, "--model", model, "--reference", pictures / "head-03.png", "--batch", 2],
    }
    return [stage, *(str(word) for word in words[stage]), "--checkpoint-every", "2", "--device", "cpu", "-q"]


def draw_heads(folder: Path, count: int = PICTURES, size: int = 32) -> Path:
    """Ovals with eyes in as many colours."""
    folder.mkdir(parents=True, exist_ok=True)
    colours = np.random.default_rng(0).integers(60, 256, (count, 2, 3))
    for number, (skin, ground) in enumerate(colours.tolist()):
        image = Image.new("RGB", (size, size), tuple(ground))
        pen = ImageDraw.Draw(image)
        pen.ellipse((size * 0.2, size * 0.1, size * 0.8, size * 0.95), fill=tuple(skin))
        for x in (0.38, 0.62):
            pen.ellipse((size * (x - 0.05), size * 0.4, size * (x + 0.05), size * 0.5), fill=(20, 20, 20))
        image.save(folder / f"head-{number:02d}.png")
    return folder


def make_gan(
    heads: ImageFolder,
    world: World | None = None,
    settings: GanSettings = GAN,
    workers: int = 0,
    stages: Stages = STYLES_FROM_THE_FIRST_STEP,
) -> GanTrainer:
    """A trainer whose weights are the same every time."""
    torch.manual_seed(0)
    shapes = {"size": SIZE, "channel_base": settings.channel_base, "channel_max": settings.channel_max}
    networks = Networks(
        Generator(GeneratorConfig(latent_dim=DIM, style_dim=DIM, mapping_layers=settings.mapping_layers, **shapes)),
        {
            "face": Discriminator(DiscriminatorConfig(**shapes)),
            "style": Discriminator(DiscriminatorConfig(**shapes)),
            "style_latent": ProjectionDiscriminator(DiscriminatorConfig(style_dim=DIM, **shapes)),
        },
        StyleEncoder(StyleEncoderConfig(image_size=SIZE, taps=("relu1_2",), latent_dim=DIM)).requires_grad_(False),
    )
    world = world or World(torch.device("cpu"))
    table = torch.randn(len(heads), 2, DIM).to(world.device)
    codes = StyleCodes(table, Order(len(heads), 1), settings.recent_codes)
    data = GanData(heads, heads, codes, seed=0, workers=workers)
    return GanTrainer(networks, data, settings, world, stages=stages, mismatch_loss=settings.mismatch_loss)


def make_inversion(heads: ImageFolder, world: World) -> InversionTrainer:
    """A trainer whose weights are the same every time."""
    torch.manual_seed(0)
    shapes = GeneratorConfig(size=SIZE, latent_dim=DIM, style_dim=DIM, mapping_layers=1, channel_base=64, channel_max=4)
    encoder = InversionEncoder(
        InversionConfig(
            num_layers=6, latent_dim=DIM, image_size=32, widths=(8, 8, 8, 8), depths=(1, 1, 1, 1), squeeze=2
        )
    )
    settings = InversionSettings(batch=4, micro_batch=2, w_norm=0.1)
    return InversionTrainer(encoder, Generator(shapes), heads, settings, world)


def flat(state: object) -> dict[str, torch.Tensor]:
    """All tensors of nested dicts and lists by their path."""
    if isinstance(state, torch.Tensor):
        return {"": state}
    children = state.items() if isinstance(state, dict) else enumerate(state) if isinstance(state, list) else ()
    return {f"{key}.{name}": tensor for key, child in children for name, tensor in flat(child).items()}


def assert_same(state: object, other: object) -> None:
    """Bit for bit."""
    mine, theirs = flat(state), flat(other)
    assert mine.keys() == theirs.keys()
    different = [name for name, tensor in mine.items() if not torch.equal(tensor, theirs[name])]
    assert not different
