"""The command `blendgan-train finetune`: one style, learned from one picture (supplementary material, section E).

The style encoder stays; the generator and all three discriminators learn. D_face still sees photographs, the other two
see only the reference, so the GAN's trainer does the work, on a set of artworks that holds one picture.
"""

import copy
from dataclasses import replace

import torch
from jaxtyping import UInt8
from torch import Tensor

from blendgan.checkpoints.store import (
    Role,
    has_network,
    load_discriminator,
    load_generator,
    load_style_encoder,
)
from blendgan.config import Precision
from blendgan.console import Console
from blendgan.data.folder import ImageFolder, why_refused
from blendgan.data.metadata import rights_of_picture
from blendgan.data.order import Order
from blendgan.data.stream import in_memory_if_small, read_batch
from blendgan.errors import UserError
from blendgan.networks.discriminators import AnyDiscriminator
from blendgan.training.engine import run_folder
from blendgan.training.engine.cost import gan_cost
from blendgan.training.engine.grids import tile, tiled
from blendgan.training.engine.inputs import Sources
from blendgan.training.engine.loop import SCORE
from blendgan.training.engine.run import begin, open_pictures, opened, train
from blendgan.training.gan.build import GanData, Networks, new_networks
from blendgan.training.gan.command import DEVIATION_GROUP
from blendgan.training.gan.config import AdversarialSettings
from blendgan.training.gan.finetune_config import TrainFinetuneConfig
from blendgan.training.gan.objective import ROLES
from blendgan.training.gan.pictures import EVALUATION, GRID_FACES
from blendgan.training.gan.style_codes import StyleCodes, code_table
from blendgan.training.gan.trainer import GanTrainer
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.randomness import Draws, seed_libraries

NUM_MEASURED = 16


class FinetuneTrainer(GanTrainer):
    """The GAN's trainer with a before-and-after picture."""

    def __init__(
        self, networks: Networks, data: GanData, settings: AdversarialSettings, world: World, precision: Precision
    ) -> None:
        super().__init__(networks, data, settings, world, precision=precision)
        self.generator_before = copy.deepcopy(self.generator_ema)

    @torch.no_grad()
    def sample(self) -> UInt8[Tensor, "3 height width"]:
        """Rows: natural faces (behind the reference), styled by the model before, styled by it now.

        The processes share the rows.
        """
        draws = Draws((self.data.seed, GRID_FACES), device=self.world.device)
        z_face = draws.normal(GRID_FACES, self.generator_ema.config.latent_dim)
        z_style = self.data.codes.table[0, :1].expand(GRID_FACES, -1)
        reference = tile(read_batch(self.data.artworks, [0]))
        before, now = self.generator_before, self.generator_ema
        painted = ((before, None), (before, z_style), (now, z_style))
        rows = self.world.of_all([tile(net.generate(z_face, z)).cpu() for net, z in self.world.mine(painted)])
        corners = (reference, torch.ones_like(reference), torch.ones_like(reference))
        return tiled(torch.stack([torch.cat([corner, row]) for corner, row in zip(corners, rows, strict=True)]))

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """How far the style codes of pictures in the reference's style are from its own: 1 - their mean cosine."""
        draws = Draws((self.data.seed, EVALUATION), device=self.world.device)
        z_face = draws.normal(NUM_MEASURED, self.generator_ema.config.latent_dim)
        z_style = self.data.codes.table[0, :1]
        encode = self.networks.style_encoder.to(self.world.device).codes_of_length(z_style.shape[1])
        mine = self.world.mine(torch.split(z_face, 1))
        painted = [encode(self.generator_ema.generate(z, z_style).clamp(-1, 1)).cpu() for z in mine]
        codes = torch.cat(self.world.of_all(painted))
        return {SCORE: 1 - float(torch.cosine_similarity(codes, z_style.cpu()).mean())}


def run(config: TrainFinetuneConfig, console: Console) -> None:
    """Run `blendgan-train finetune`."""
    with opened(config, console, sources_of(config)) as job:
        world = job.world
        generator, encoder = load_generator(config.model), load_style_encoder(config.model)
        settings = run_folder.checked(config.settings, world.ranks, DEVIATION_GROUP)
        size = generator.config.size
        faces = open_pictures(job, "faces", config.faces, size)
        reference = open_reference(config, size)
        seed_libraries(config.seed)
        fresh = new_networks(generator.config, encoder)
        discriminators: dict[str, AnyDiscriminator] = {
            role: discriminator_of(role, config, fresh.discriminators[role], console) for role in ROLES
        }
        networks = Networks(generator.requires_grad_(), discriminators, encoder)
        shown = {"faces": faces, "reference": reference}
        described = run_folder.describe("finetune", job.config, settings, job.inputs.facts, **shown)
        if begin(job, settings, described, lambda: gan_cost(generator, discriminators, settings)):
            whole = replace(reference, size=encoder.config.image_size)
            encode = encoder.to(world.device).codes_of_length(generator.config.style_dim)
            table = code_table(encode, whole, world.device, console)
            codes = StyleCodes(table, Order(1, config.seed), settings.recent_codes)
            pictures = in_memory_if_small(faces), in_memory_if_small(reference)
            data = GanData(*pictures, codes, config.seed, config.data_workers)
            train(job, settings, FinetuneTrainer(networks, data, settings, world, job.config.precision), described)


def open_reference(config: TrainFinetuneConfig, size: int) -> ImageFolder:
    """The one picture as a set of artworks."""
    if reason := why_refused(config.reference, size):
        raise UserError(f"--reference {config.reference}: {reason}")
    rights = rights_of_picture(config.reference)
    return ImageFolder(config.reference.parent, size, [config.reference], [], rights)


def sources_of(config: TrainFinetuneConfig) -> Sources:
    """What the run stands on."""
    discriminators = tuple(f"discriminator_{role}" for role in ROLES)
    return Sources(
        pictures={"faces": config.faces},
        networks={
            "model": (config.model, ("generator", "style_encoder", *discriminators)),
            "init": (config.init, ("discriminator_face",)),
        },
        files={"reference": config.reference},
    )


def discriminator_of(
    role: Role, config: TrainFinetuneConfig, fresh: AnyDiscriminator, console: Console
) -> AnyDiscriminator:
    """The model's discriminator, else for faces that of `--init`, else a new one."""
    for model in (config.model, config.init if role == "face" else None):
        if model is not None and has_network(model, f"discriminator_{role}"):
            return load_discriminator(model, role).requires_grad_()
    console.warn(f"{config.model} has no {role} discriminator: it begins at random")
    return fresh
