"""The command `blendgan-train gan`."""

from dataclasses import replace
from pathlib import Path

import torch

from blendgan.checkpoints.keys import check_state
from blendgan.checkpoints.pretrained import ALEXNET, INCEPTION, load_inception, load_lpips, on_this_machine
from blendgan.checkpoints.store import has_network, load_discriminator, load_generator, load_style_encoder
from blendgan.console import Console
from blendgan.data.folder import ImageFolder
from blendgan.data.order import Order
from blendgan.data.stream import Pictures, in_memory_if_small
from blendgan.errors import UserError
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig, ProjectionDiscriminator
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.style_encoder import StyleEncoder
from blendgan.training import presets
from blendgan.training.engine import run_folder
from blendgan.training.engine.cost import gan_cost
from blendgan.training.engine.run import Job, begin, device_of, open_pictures, train
from blendgan.training.gan.config import GanSettings, TrainGanConfig
from blendgan.training.gan.data import ROLES, Critic, GanData, Networks
from blendgan.training.gan.quality import Judge
from blendgan.training.gan.style_codes import StyleCodes, cached_code_table, picture_chunks
from blendgan.training.gan.trainer import GanTrainer
from blendgan.training.parallel.distributed import joined_world
from blendgan.training.parallel.randomness import seed_libraries
from blendgan.training.style_encoder.command import new_style_encoder
from blendgan.training.style_encoder.trainer import standardise

DEVIATION_GROUP = 4
"""The discriminators compare groups of four samples."""
ARTWORKS_SEED = 1
"""Added to the seed, so that the artworks are not shuffled as the faces are."""


def run(config: TrainGanConfig, console: Console) -> None:
    """Run `blendgan-train gan`."""
    with joined_world(device_of(config)) as world:
        job = Job.of(config, world, console)
        settings = run_folder.checked(config.settings, world.ranks, DEVIATION_GROUP)
        faces = open_pictures(job, "faces", config.faces, settings.size)
        artworks = open_pictures(job, "artworks", config.artworks, settings.size)
        seed_libraries(config.seed)
        encoder = style_encoder_of(job, settings)
        networks = new_networks(settings, encoder)
        if config.init is not None:
            start_from(config.init, networks, console)
        described = run_folder.describe("gan", config, settings, faces=faces, artworks=artworks)
        if begin(job, settings, described, lambda: gan_cost(networks.generator, networks.discriminators, settings)):
            codes = codes_of(job, settings, encoder, artworks)
            pictures = in_memory_if_small(faces), in_memory_if_small(artworks)
            judge = judge_of(job, *pictures) if world.is_first else None
            data = GanData(*pictures, codes, config.seed, config.data_workers, judge)
            train(job, settings, GanTrainer(networks, data, settings, world, config.precision), described)


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
    critic = load_discriminator(init, "face").state_dict()
    check_state(critic, networks.discriminators["face"].state_dict(), init / "discriminator_face")
    networks.discriminators["face"].load_state_dict(critic)


def style_encoder_of(job: Job[TrainGanConfig], settings: GanSettings) -> StyleEncoder:
    """The given encoder, or for the tiny preset a seeded random one."""
    config = job.config
    if config.style_encoder is not None:
        return load_style_encoder(config.style_encoder)
    if config.preset != "tiny":
        raise UserError(
            f"the preset {config.preset} needs a style encoder: train one with `blendgan-train style-encoder` "
            "and name its folder with --style-encoder"
        )
    job.console.warn("no --style-encoder: a seeded random one stands in and is stored with the model")
    return new_style_encoder(replace(presets.STYLE_ENCODER["tiny"], latent_dim=settings.latent_dim), "auto")


def judge_of(job: Job[TrainGanConfig], faces: Pictures, artworks: Pictures) -> Judge:
    """What measures the pictures, with the networks whose weights are on this machine."""
    inception = on_this_machine(job.config.inception, INCEPTION, "torch_fidelity")
    alexnet = on_this_machine(job.config.alexnet, ALEXNET, "lpips")
    for missing, measure, flag in ((inception, "FID", "--inception"), (alexnet, "LPIPS diversity", "--alexnet")):
        if missing is None:
            job.console.info(f"no {measure} during training: name its network's weights with {flag}")
    return Judge(
        faces,
        artworks,
        job.world.device,
        inception=None if inception is None else load_inception(inception, job.world.device),
        lpips=None if alexnet is None else load_lpips(alexnet),
    )


def codes_of(
    job: Job[TrainGanConfig], settings: GanSettings, encoder: StyleEncoder, artworks: ImageFolder
) -> StyleCodes:
    """The table of style codes and the order in which artworks come."""
    config, device = job.config, job.world.device
    encoder = encoder.to(device)
    whole = replace(artworks, size=encoder.config.image_size)
    if config.style_encoder is None:
        with torch.no_grad():
            standardise(encoder, torch.cat([encoder(images) for images in picture_chunks(whole, device)]))
    table = cached_code_table(config.out / "style_codes.pt", encoder, whole, job.world, job.console)
    return StyleCodes(table, Order(len(artworks), config.seed + ARTWORKS_SEED), settings.recent_codes)


def new_networks(shape: GanSettings | GeneratorConfig, encoder: StyleEncoder) -> Networks:
    """Generator and discriminators with random weights."""
    widths = {"size": shape.size, "channel_base": shape.channel_base, "channel_max": shape.channel_max}
    style_dim = encoder.config.latent_dim
    generator = Generator(
        GeneratorConfig(latent_dim=shape.latent_dim, style_dim=style_dim, mapping_layers=shape.mapping_layers, **widths)
    )
    discriminators: dict[str, Critic] = {
        "face": Discriminator(DiscriminatorConfig(**widths)),
        "style": Discriminator(DiscriminatorConfig(**widths)),
        "style_latent": ProjectionDiscriminator(DiscriminatorConfig(**widths, style_dim=style_dim)),
    }
    assert tuple(discriminators) == ROLES
    return Networks(generator, discriminators, encoder)
