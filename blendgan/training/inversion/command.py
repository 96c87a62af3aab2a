"""The command `blendgan-train inversion`."""

from pathlib import Path

from torch import nn

from blendgan.checkpoints.keys import check_state
from blendgan.checkpoints.pretrained import ALEXNET, load_face_descriptor, load_lpips, on_this_machine
from blendgan.checkpoints.store import load_generator
from blendgan.console import Console
from blendgan.data.stream import in_memory_if_small
from blendgan.networks.generator import Generator
from blendgan.networks.identity import FaceDescriptor
from blendgan.networks.inversion import InversionConfig, InversionEncoder
from blendgan.training.engine import run_folder
from blendgan.training.engine.cost import inversion_cost
from blendgan.training.engine.inputs import Sources
from blendgan.training.engine.run import Job, begin, open_pictures, opened, train
from blendgan.training.inversion.config import InversionSettings, TrainInversionConfig
from blendgan.training.inversion.trainer import InversionTrainer
from blendgan.training.parallel.randomness import seed_libraries


def run(config: TrainInversionConfig, console: Console) -> None:
    """Run `blendgan-train inversion`."""
    with opened(config, console, sources_of(config)) as job:
        world = job.world
        generator = load_generator(config.model)
        settings = run_folder.checked(config.settings, world.ranks)
        faces = open_pictures(job, "faces", config.faces, generator.config.size)
        seed_libraries(config.seed)
        encoder = new_encoder(settings, generator)
        if config.encoder_init is not None:
            start_from(config.encoder_init, encoder)
        described = run_folder.describe("inversion", job.config, settings, job.inputs.facts, faces=faces)
        if begin(job, settings, described, lambda: inversion_cost(encoder, generator, settings)):
            trainer = InversionTrainer(
                encoder,
                generator,
                in_memory_if_small(faces),
                settings,
                world,
                perceptual=perceptual_loss(job),
                descriptor=descriptor_of(job),
                seed=config.seed,
                workers=config.data_workers,
                precision=job.config.precision,
            )
            train(job, settings, trainer, described)


def sources_of(config: TrainInversionConfig) -> Sources:
    """What the run stands on."""
    return Sources(
        pictures={"faces": config.faces},
        networks={"model": (config.model, ("generator",))},
        files={"alexnet": alexnet_of(config), "arcface": config.arcface, "encoder_init": config.encoder_init},
    )


def new_encoder(settings: InversionSettings, generator: Generator) -> InversionEncoder:
    """An encoder with random weights that begins at the generator's mean face."""
    if not generator.w_mean.any():
        generator.update_w_mean()
    encoder = InversionEncoder(
        InversionConfig(
            num_layers=generator.config.num_layers,
            latent_dim=generator.config.latent_dim,
            image_size=settings.image_size,
            widths=settings.widths,
            depths=settings.depths,
            squeeze=settings.squeeze,
        )
    )
    encoder.w_mean.copy_(generator.w_mean)
    return encoder


def start_from(arcface: Path, encoder: InversionEncoder) -> None:
    """Take the trunk of a face recogniser, as pSp does: it has seen far more faces than there are to train on."""
    descriptor = load_face_descriptor(arcface)
    for name in ("stem", "body"):
        part, given = getattr(encoder, name), getattr(descriptor, name).state_dict()
        check_state(given, part.state_dict(), f"--encoder-init {arcface}")
        part.load_state_dict(given)


def descriptor_of(job: Job[TrainInversionConfig]) -> FaceDescriptor | None:
    """The network of the identity loss, or None with a sentence."""
    if job.config.arcface is None:
        job.console.warn("no identity loss: name a file with ArcFace's IR-SE50 with --arcface")
        return None
    return load_face_descriptor(job.config.arcface)


def perceptual_loss(job: Job[TrainInversionConfig]) -> nn.Module | None:
    """LPIPS on AlexNet, or None with a sentence where it cannot be had without a download."""
    if job.config.lpips == "off":
        return None
    alexnet = alexnet_of(job.config)
    if alexnet is None:
        job.console.warn("no perceptual loss: name a file with torchvision's AlexNet with --alexnet")
        return None
    return load_lpips(alexnet).to(job.world.device)


def alexnet_of(config: TrainInversionConfig) -> Path | None:
    """The weights of the perceptual loss; None without one."""
    return None if config.lpips == "off" else on_this_machine(config.alexnet, ALEXNET, "lpips")
