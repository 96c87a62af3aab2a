"""The command `blendgan-train style-encoder`."""

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from blendgan.checkpoints.backbone import Source, backbone_file, fill_backbone
from blendgan.console import Console
from blendgan.data.folder import ImageFolder
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.networks.symmetric_gram import DistinctEntries
from blendgan.training.engine import run_folder
from blendgan.training.engine.cache import cached, key_of
from blendgan.training.engine.checkpoint import listed
from blendgan.training.engine.cost import style_encoder_cost
from blendgan.training.engine.inputs import Sources
from blendgan.training.engine.run import Job, begin, open_pictures, opened, train
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.randomness import seed_libraries
from blendgan.training.style_encoder.config import Positives, StyleEncoderSettings, TrainStyleEncoderConfig
from blendgan.training.style_encoder.folders import styles_of
from blendgan.training.style_encoder.pairs import CachedPairs, FreshPairs, PairSource, Styles, view_grams
from blendgan.training.style_encoder.probes import MAX_PICTURES, StyleProbe
from blendgan.training.style_encoder.trainer import StyleEncoderTrainer

IN_KEY: Mapping[Positives, tuple[str, ...]] = {"views": (), "crops": ("crops",), "folder": ("as they are",)}
"""What tells caches of Gram matrices apart; affine views, which came first, have no word of their own."""


def run(config: TrainStyleEncoderConfig, console: Console) -> None:
    """Run `blendgan-train style-encoder`."""
    sources = Sources(
        pictures={"artworks": config.artworks}, files={"backbone": backbone_file(config.backbone) or "random"}
    )
    with opened(config, console, sources) as job:
        world = job.world
        settings = config.settings
        artworks = open_pictures(job, "artworks", config.artworks, settings.size, at_least=2)
        if settings.batch > len(artworks):
            batch = len(artworks) - len(artworks) % world.ranks
            console.info(f"{len(artworks)} pictures only: the batch is {batch} in place of {settings.batch}")
            settings = replace(settings, batch=batch)
        run_folder.checked(settings, world.ranks)
        styles = styles_of(artworks, config.artworks) if settings.positives == "folder" else None
        seed_libraries(config.seed)
        encoder = new_style_encoder(settings, config.backbone)
        console.info(f"VGG-19 has {encoder.config.backbone} weights")
        described = run_folder.describe("style-encoder", job.config, settings, job.inputs.facts, artworks=artworks)
        if begin(job, settings, described, lambda: style_encoder_cost(encoder, settings, len(artworks))):
            pairs = pairs_of(job, settings, encoder, artworks, styles)
            probe = probe_of(job, settings, pairs, artworks, encoder)
            resumes = world.from_first(lambda: bool(listed(config.out / "checkpoints")))
            trainer = StyleEncoderTrainer(encoder, pairs, settings, world, probe, resumes=resumes)
            train(job, settings, trainer, described)


def pairs_of(
    job: Job[TrainStyleEncoderConfig],
    settings: StyleEncoderSettings,
    encoder: StyleEncoder,
    artworks: ImageFolder,
    styles: Styles,
) -> PairSource:
    """Batches of views, from stored Gram matrices where the preset says so."""
    config, world = job.config, job.world
    extractor = encoder.gram.to(world.device)
    if not settings.cached_views:
        seed, workers = config.seed, config.data_workers
        return FreshPairs(artworks, extractor, settings, world, seed=seed, workers=workers, styles=styles)

    views, kind = settings.cached_views if styles is None else 2, settings.positives

    def computed() -> Tensor:
        job.console.info(f"Gram matrices of {views} views of {len(artworks)} pictures")
        return view_grams(extractor, artworks, views, config.seed, job.console, positives=kind)

    names = [artworks.name(index) for index in range(len(artworks))]
    drawn = views, settings.size, config.seed, "distinct entries", *IN_KEY[kind]
    key = key_of(extractor, job.inputs.facts["artworks"], names, drawn)
    grams = cached(config.out / "grams.pt", "grams", key, computed, world)
    return CachedPairs(grams, settings, config.seed, world, styles)


def probe_of(
    job: Job[TrainStyleEncoderConfig],
    settings: StyleEncoderSettings,
    pairs: PairSource,
    artworks: ImageFolder,
    encoder: StyleEncoder,
) -> StyleProbe | None:
    """Two fixed views of some pictures, for the one process that measures."""
    config, world = job.config, job.world
    if not world.is_first:
        return None
    count = min(MAX_PICTURES, len(artworks))
    chosen = [number * len(artworks) // count for number in range(count)]
    names = [artworks.name(index) for index in chosen]
    if isinstance(pairs, CachedPairs):
        grams = pairs.grams[chosen, :2]
    else:
        some = replace(artworks, paths=[artworks.paths[index] for index in chosen])
        crops = IN_KEY["crops"] if settings.positives == "crops" else ()
        key = key_of(encoder.gram, job.inputs.facts["artworks"], names, settings.size, config.seed, *crops)
        alone = World(world.device)
        grams = cached(
            config.out / "probe.pt",
            "grams",
            key,
            lambda: view_grams(encoder.gram, some, 2, config.seed, job.console, positives=settings.positives),
            alone,
        )
    entries = DistinctEntries(encoder.config.widths)
    return StyleProbe(grams, names, settings.temperature, entries.isometric, settings.positives == "folder")


def new_style_encoder(settings: StyleEncoderSettings, backbone: Source) -> StyleEncoder:
    """An encoder whose MLP has random weights."""
    shapes = StyleEncoderConfig(image_size=settings.size, taps=settings.taps, latent_dim=settings.latent_dim)
    encoder = StyleEncoder(shapes)
    fill_backbone(encoder.gram, backbone)
    return encoder.requires_grad_(False)
