"""The commands of `blendgan-train`: open the data, build the networks, run the loop."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import nn

from blendgan.checkpoints.backbone import Source, fill_backbone
from blendgan.checkpoints.store import load_style_encoder
from blendgan.config import TrainConfig, TrainGanConfig, TrainStyleEncoderConfig
from blendgan.console import Console
from blendgan.data.folder import ImageFolder, open_folder
from blendgan.data.order import Order
from blendgan.data.stream import in_memory_if_small
from blendgan.errors import UserError
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig, ProjectionDiscriminator
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.training import checkpoint, presets, run_folder
from blendgan.training.distributed import World, joined_world
from blendgan.training.gan import ROLES, Critic, GanData, GanTrainer, Networks
from blendgan.training.loop import Plan, Stage, Training
from blendgan.training.presets import GanSettings, Schedule, StyleEncoderSettings
from blendgan.training.randomness import seed_libraries
from blendgan.training.style_codes import StyleCodes, cached_code_table, picture_chunks
from blendgan.training.style_encoder import (
    CachedPairs,
    FreshPairs,
    PairSource,
    StyleEncoderTrainer,
    standardise,
    view_grams,
)

ARTWORKS_SEED = 1
"""Added to the seed, so that the artworks are not shuffled as the faces are."""
B = TypeVar("B")
C = TypeVar("C", bound=TrainConfig)


@dataclass(frozen=True)
class Run(Generic[C]):
    """What one command works with."""

    config: C
    world: World
    console: Console


def train_style_encoder(config: TrainStyleEncoderConfig, console: Console) -> None:
    """Run `blendgan-train style-encoder`."""
    with joined_world(device_of(config)) as world:
        run = Run(config, world, console)
        settings = run_folder.resolved(presets.STYLE_ENCODER[config.preset], config)
        artworks = open_pictures(config.artworks, settings.size, 2, console)
        if settings.batch > len(artworks):
            console.info(f"{len(artworks)} pictures only: the batch is {len(artworks)} in place of {settings.batch}")
            settings = replace(settings, batch=len(artworks))
        run_folder.checked(settings, world.ranks)
        seed_libraries(config.seed)
        encoder = new_style_encoder(settings, config.backbone)
        console.info(f"VGG-19 has {encoder.config.backbone} weights")
        if begin(run, run_folder.describe("style-encoder", config, settings), {"style_encoder": encoder.mlp}):
            train(
                run, settings, StyleEncoderTrainer(encoder, pairs_of(run, settings, encoder, artworks), settings, world)
            )


def train_gan(config: TrainGanConfig, console: Console) -> None:
    """Run `blendgan-train gan`."""
    with joined_world(device_of(config)) as world:
        run = Run(config, world, console)
        settings = run_folder.checked(run_folder.resolved(presets.GAN[config.preset], config), world.ranks)
        faces = open_pictures(config.faces, settings.size, 1, console)
        artworks = open_pictures(config.artworks, settings.size, 1, console)
        seed_libraries(config.seed)
        encoder = style_encoder_of(run, settings)
        networks = new_networks(settings, encoder)
        parts = {"generator": networks.generator} | dict(networks.discriminators.items())
        if begin(run, run_folder.describe("gan", config, settings), parts):
            codes = codes_of(run, settings, encoder, artworks)
            pictures = in_memory_if_small(faces), in_memory_if_small(artworks)
            data = GanData(*pictures, codes, config.seed, config.data_workers)
            train(run, settings, GanTrainer(networks, data, settings, world, config.precision))


def train(run: Run[C], settings: Schedule, stage: Stage[B]) -> None:
    """Run the loop and say where the model lies."""
    plan = Plan(
        steps=settings.steps,
        batch=settings.batch,
        seed=run.config.seed,
        log_every=settings.log_every,
        sample_every=settings.sample_every,
        checkpoint_every=settings.checkpoint_every,
    )
    torch.set_float32_matmul_precision("highest" if run.config.precision == "fp32" else "high")
    torch.backends.cudnn.allow_tf32 = run.config.precision != "fp32"
    Training(stage, plan, run.config.out, run.world, run.console).run()
    if run.world.is_first:
        model = str(run.config.out / "final")
        run.console.result(f"trained {plan.steps} steps; the model is in {model}", steps=plan.steps, model=model)


def begin(run: Run[C], description: dict[str, Any], networks: Mapping[str, nn.Module]) -> bool:
    """Open the run's folder; under `--dry-run` print what would be trained and give False."""
    if not run.config.dry_run:
        run_folder.begin(run.config.out, description)
        return True
    counts = {name: sum(p.numel() for p in network.parameters()) for name, network in networks.items()}
    lines = [json.dumps(description, indent=2)]
    lines += [f"{name}: {count:,} parameters" for name, count in counts.items()]
    run.console.result("\n".join(lines), **description, parameters=counts)
    return False


def open_pictures(root: Path, size: int, at_least: int, console: Console) -> ImageFolder:
    """The usable pictures of a folder; each refused one is named."""
    folder = open_folder(root, size)
    for refusal in folder.refused:
        console.warn(f"{refusal.path}: {refusal.reason}; left out")
    if len(folder) < at_least:
        raise UserError(
            f"{root} has {len(folder)} usable pictures of {len(folder) + len(folder.refused)}; "
            f"put at least {at_least} square ones of {size} px or more there, or take a smaller --preset"
        )
    return folder


def pairs_of(
    run: Run[TrainStyleEncoderConfig], settings: StyleEncoderSettings, encoder: StyleEncoder, artworks: ImageFolder
) -> PairSource:
    """Pairs of views, from stored Gram matrices where the preset says so."""
    config, world = run.config, run.world
    extractor = encoder.gram.to(world.device)
    if not settings.cached_views:
        return FreshPairs(artworks, extractor, settings, world, seed=config.seed, workers=config.data_workers)
    path = config.out / "grams.pt"
    names = [artworks.name(index) for index in range(len(artworks))]
    stored = torch.load(path, weights_only=True) if path.exists() else None
    if stored is None or stored["names"] != names:
        run.console.info(f"Gram matrices of {settings.cached_views} views of {len(artworks)} pictures")
        grams = view_grams(extractor, artworks, settings.cached_views, config.seed, run.console)
        stored = {"names": names, "grams": grams}
        if world.is_first:
            checkpoint.write(path, stored)
    return CachedPairs(stored["grams"], settings, config.seed, world)


def new_style_encoder(settings: StyleEncoderSettings, backbone: Source) -> StyleEncoder:
    """An encoder whose MLP has random weights."""
    shapes = StyleEncoderConfig(image_size=settings.size, taps=settings.taps, latent_dim=settings.latent_dim)
    encoder = StyleEncoder(shapes)
    fill_backbone(encoder.gram, backbone)
    return encoder.requires_grad_(False)


def style_encoder_of(run: Run[TrainGanConfig], settings: GanSettings) -> StyleEncoder:
    """The given encoder, or for the tiny preset a seeded random one."""
    config = run.config
    if config.style_encoder is not None:
        return load_style_encoder(config.style_encoder)
    if config.preset != "tiny":
        raise UserError(
            f"the preset {config.preset} needs a style encoder: train one with `blendgan-train style-encoder` "
            "and name its folder with --style-encoder"
        )
    run.console.warn("no --style-encoder: a seeded random one stands in and is stored with the model")
    return new_style_encoder(replace(presets.STYLE_ENCODER["tiny"], latent_dim=settings.latent_dim), "auto")


def codes_of(
    run: Run[TrainGanConfig], settings: GanSettings, encoder: StyleEncoder, artworks: ImageFolder
) -> StyleCodes:
    """The table of style codes and the order in which artworks come."""
    config, device = run.config, run.world.device
    encoder = encoder.to(device)
    whole = replace(artworks, size=encoder.config.image_size)
    if config.style_encoder is None:
        with torch.no_grad():
            standardise(encoder, torch.cat([encoder(images) for images in picture_chunks(whole, device)]))
    table = cached_code_table(config.out / "style_codes.pt", encoder, whole, device, run.console)
    return StyleCodes(table, Order(len(artworks), config.seed + ARTWORKS_SEED), settings.recent_codes)


def new_networks(settings: GanSettings, encoder: StyleEncoder) -> Networks:
    """Generator and discriminators with random weights."""
    widths = {"size": settings.size, "channel_base": settings.channel_base, "channel_max": settings.channel_max}
    style_dim = encoder.config.latent_dim
    generator = Generator(
        GeneratorConfig(
            latent_dim=settings.latent_dim, style_dim=style_dim, mapping_layers=settings.mapping_layers, **widths
        )
    )
    discriminators: dict[str, Critic] = {
        "face": Discriminator(DiscriminatorConfig(**widths)),
        "style": Discriminator(DiscriminatorConfig(**widths)),
        "style_latent": ProjectionDiscriminator(DiscriminatorConfig(**widths, style_dim=style_dim)),
    }
    assert tuple(discriminators) == ROLES
    return Networks(generator, discriminators, encoder)


def device_of(config: TrainConfig) -> str:
    """The device to train on, checked."""
    if config.device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if config.device == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda, but PyTorch sees no GPU; leave it out, or install a PyTorch build with CUDA")
    return config.device
