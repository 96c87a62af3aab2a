"""The command `blendgan-train gan`."""

from blendgan.checkpoints.backbone import backbone_file
from blendgan.console import Console
from blendgan.data.stream import in_memory_if_small
from blendgan.training.engine import run_folder
from blendgan.training.engine.cost import gan_cost
from blendgan.training.engine.inputs import Sources
from blendgan.training.engine.run import begin, open_pictures, opened, train
from blendgan.training.gan.build import GanData, codes_of, judge_of, new_networks, start_from, style_encoder_of
from blendgan.training.gan.config import TrainGanConfig
from blendgan.training.gan.stages import Stages, start_face_weights
from blendgan.training.gan.trainer import GanTrainer
from blendgan.training.parallel.randomness import seed_libraries

DEVIATION_GROUP = 4
"""The discriminators compare groups of four samples."""


def run(config: TrainGanConfig, console: Console) -> None:
    """Run `blendgan-train gan`."""
    with opened(config, console, sources_of(config)) as job:
        world = job.world
        settings = run_folder.checked(config.settings, world.ranks, DEVIATION_GROUP)
        seed_libraries(config.seed)
        encoder = style_encoder_of(job, settings)  # before pictures are looked at: a missing one costs no time
        faces = open_pictures(job, "faces", config.faces, settings.size)
        artworks = open_pictures(job, "artworks", config.artworks, settings.size)
        networks = new_networks(settings, encoder)
        if config.init is not None:
            start_from(config.init, networks, console)
        start_face_weights(networks.generator, settings.face_weight_start, settings.face_weight_coarse_layers)
        described = run_folder.describe("gan", job.config, settings, job.inputs.facts, faces=faces, artworks=artworks)
        parts = networks.generator, networks.discriminators
        if begin(job, settings, described, lambda: gan_cost(*parts, settings, settings.natural_steps)):
            codes = codes_of(job, settings, encoder, artworks)
            pictures = in_memory_if_small(faces), in_memory_if_small(artworks)
            data = GanData(*pictures, codes, config.seed, config.data_workers, judge_of(job, *pictures))
            stages = Stages(settings.natural_steps, settings.trunks_from_face)
            trainer = GanTrainer(
                networks,
                data,
                settings,
                world,
                precision=job.config.precision,
                stages=stages,
                mismatch_loss=settings.mismatch_loss,
            )
            train(job, settings, trainer, described)


def sources_of(config: TrainGanConfig) -> Sources:
    """What the run stands on. VGG-19 measures the pictures, and makes the style codes where no encoder is given."""
    return Sources(
        pictures={"faces": config.faces, "artworks": config.artworks},
        networks={
            "style_encoder": (config.style_encoder, ("style_encoder",)),
            "init": (config.init, ("generator", "discriminator_face")),
        },
        files={"backbone": backbone_file("auto") or "random"},
    )
