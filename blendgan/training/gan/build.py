"""What the adversarial stage is built from: its networks, new or taken from models, and its data."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from blendgan.checkpoints.keys import check_state
from blendgan.checkpoints.pretrained import ALEXNET, INCEPTION, load_inception, load_lpips, on_this_machine
from blendgan.checkpoints.store import has_network, load_discriminator, load_generator, load_style_encoder
from blendgan.console import Console
from blendgan.data.folder import ImageFolder
from blendgan.data.order import Order
from blendgan.data.stream import CHUNK, Pictures
from blendgan.errors import UserError
from blendgan.networks.discriminators import (
    AnyDiscriminator,
    Discriminator,
    DiscriminatorConfig,
    ProjectionDiscriminator,
)
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.style_encoder import StyleEncoder
from blendgan.training import presets
from blendgan.training.engine.cache import cached, key_of
from blendgan.training.engine.run import Job
from blendgan.training.gan.config import GanSettings, TrainGanConfig
from blendgan.training.gan.objective import ROLES
from blendgan.training.gan.quality import SUBSET, Judge
from blendgan.training.gan.style_codes import StyleCodes, code_table
from blendgan.training.style_encoder.command import new_style_encoder
from blendgan.training.style_encoder.trainer import moments, standardise

MAX_TABLE_BYTES = 16 << 30
ARTWORKS_SEED = 1
"""Added to the seed, so that the artworks are not shuffled as the faces are."""


@dataclass(frozen=True)
class Networks:
    """What is trained, and the frozen encoder that goes into the model."""

    generator: Generator
    discriminators: dict[str, AnyDiscriminator]
    style_encoder: StyleEncoder


@dataclass(frozen=True)
class GanData:
    """Faces and artworks, the codes of the artworks, and what measures generated pictures against both."""

    faces: Pictures
    artworks: Pictures
    codes: StyleCodes
    seed: int
    workers: int | None = 0
    judge: Judge | None = None


def new_networks(shape: GanSettings | GeneratorConfig, encoder: StyleEncoder) -> Networks:
    """Generator and discriminators with random weights."""
    style_dim = shape.style_dim if isinstance(shape, GeneratorConfig) else length_of_codes(shape, encoder)
    widths = {"size": shape.size, "channel_base": shape.channel_base, "channel_max": shape.channel_max}
    generator = Generator(
        GeneratorConfig(latent_dim=shape.latent_dim, style_dim=style_dim, mapping_layers=shape.mapping_layers, **widths)
    )
    discriminators: dict[str, AnyDiscriminator] = {
        "face": Discriminator(DiscriminatorConfig(**widths)),
        "style": Discriminator(DiscriminatorConfig(**widths)),
        "style_latent": ProjectionDiscriminator(DiscriminatorConfig(**widths, style_dim=style_dim)),
    }
    assert tuple(discriminators) == ROLES
    return Networks(generator, discriminators, encoder)


def length_of_codes(settings: GanSettings, encoder: StyleEncoder) -> int:
    """How many values the generator takes for a style."""
    return encoder.config.gram_dim if settings.style_codes == "gram" else encoder.config.latent_dim


def start_from(init: Path, networks: Networks, console: Console) -> None:
    """Take the natural half of a model, such as a converted StyleGAN2: face mapping, synthesis, face discriminator.

    Styles, their mapping and their two discriminators begin at random, as in the paper.
    """
    source = load_generator(init)
    for name in ("face_mapping", "synthesis"):
        part, given = getattr(networks.generator, name), getattr(source, name).state_dict()
        check_state(given, part.state_dict(), init / "generator")
        part.load_state_dict(given)
    networks.generator.w_mean.copy_(source.w_mean)
    if not has_network(init, "discriminator_face"):
        console.warn(f"{init} has no face discriminator: it begins at random")
        return
    discriminator = load_discriminator(init, "face").state_dict()
    check_state(discriminator, networks.discriminators["face"].state_dict(), init / "discriminator_face")
    networks.discriminators["face"].load_state_dict(discriminator)


def style_encoder_of(job: Job[TrainGanConfig], settings: GanSettings) -> StyleEncoder:
    """The given encoder, or for the tiny preset a seeded random one, which reads pictures at the generator's size."""
    config = job.config
    if config.style_encoder is not None:
        return load_style_encoder(config.style_encoder)
    if config.preset != "tiny":
        raise UserError(
            f"the preset {config.preset} needs a style encoder: train one with `blendgan-train style-encoder` "
            "and name its folder with --style-encoder"
        )
    job.console.warn("no --style-encoder: a seeded random one stands in and is stored with the model")
    shape = replace(presets.STYLE_ENCODER["tiny"], size=max(settings.size, 32), latent_dim=settings.latent_dim)
    return new_style_encoder(shape, "auto")


def codes_of(
    job: Job[TrainGanConfig], settings: GanSettings, encoder: StyleEncoder, artworks: ImageFolder
) -> StyleCodes:
    """The table of style codes and the order in which artworks come."""
    config, device = job.config, job.world.device
    encoder = encoder.to(device)
    style_dim = length_of_codes(settings, encoder)
    refuse_large_table(len(artworks), style_dim)
    encode = encoder.codes_of_length(style_dim)
    whole = replace(artworks, size=encoder.config.image_size)
    names = [whole.name(index) for index in range(len(whole))]
    key = key_of(encoder, job.inputs.facts["artworks"], names, whole.size)
    table = cached(config.out / "style_codes.pt", "table", key, lambda: shared_codes(job, encode, whole), job.world)
    table = table.to(device)
    if config.style_encoder is None and settings.style_codes == "encoder":
        mean, deviation = moments(table[:, 0])
        standardise(encoder, table[:, 0])
        table = (table - mean) / deviation
    return StyleCodes(table, Order(len(artworks), config.seed + ARTWORKS_SEED), settings.recent_codes)


def refuse_large_table(num_artworks: int, style_dim: int) -> None:
    """Codes lie in memory as 32-bit numbers, those of every picture as it is and mirrored."""
    size = num_artworks * 2 * style_dim * 4
    if size > MAX_TABLE_BYTES:
        raise UserError(
            f"style codes of {style_dim:,} values for {num_artworks:,} artworks take {size / 1e9:.0f} GB of memory; "
            "give fewer artworks, or a style encoder with fewer --taps"
        )


def shared_codes(job: Job[TrainGanConfig], encode: Callable[[Tensor], Tensor], pictures: ImageFolder) -> Tensor:
    """The table of style codes, to which each process adds the same portions of pictures as one process would see."""
    places = range(len(pictures))
    portions = [places[start : start + CHUNK] for start in range(0, len(places), CHUNK)]
    mine = replace(pictures, paths=[pictures.paths[k] for some in job.world.mine(portions) for k in some])
    if not len(mine):
        return torch.cat(job.world.of_all([]))
    codes = code_table(encode, mine, job.world.device, job.console).cpu()
    return torch.cat(job.world.of_all(torch.split(codes, CHUNK)))


def judge_of(job: Job[TrainGanConfig], faces: Pictures, artworks: Pictures) -> Judge:
    """What measures the pictures, with the networks whose weights are on this machine."""
    too_few = {kind: len(some) for kind, some in (("faces", faces), ("artworks", artworks)) if len(some) < SUBSET}
    if too_few and job.world.is_first:
        found = " and ".join(f"{count} {kind}" for kind, count in too_few.items())
        lost = "no score and no best/" if len(too_few) > 1 else f"the score leaves the {next(iter(too_few))} out"
        job.console.warn(f"{lost}: KID needs {SUBSET} pictures, here are {found}")
    inception = on_this_machine(job.config.inception, INCEPTION, "torch_fidelity")
    alexnet = on_this_machine(job.config.alexnet, ALEXNET, "lpips")
    for missing, measure, flag in ((inception, "FID", "--inception"), (alexnet, "LPIPS diversity", "--alexnet")):
        if missing is None:
            job.console.info(f"no {measure} during training: name its network's weights with {flag}")
    return Judge(
        faces,
        artworks,
        job.world,
        inception=None if inception is None else load_inception(inception, job.world.device),
        lpips=None if alexnet is None else load_lpips(alexnet),
    )
