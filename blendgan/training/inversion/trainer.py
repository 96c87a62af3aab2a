"""The inversion encoder (pSp): find the face latents of a photograph, on a frozen, natural generator (i = n)."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import fmean

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from blendgan.checkpoints.store import save_network
from blendgan.checkpoints.torch_file import State
from blendgan.config import Precision
from blendgan.data.order import Order, batch_positions
from blendgan.data.stream import Batch, Pictures, batches, read_batch
from blendgan.losses.reconstruction import identity, l2, w_norm
from blendgan.networks.arithmetic import autocast
from blendgan.networks.generator import Generator
from blendgan.networks.identity import FaceDescriptor
from blendgan.networks.inversion import InversionEncoder
from blendgan.training.engine.grids import tiled
from blendgan.training.engine.learner import Learner
from blendgan.training.engine.loop import SCORE, Numbers
from blendgan.training.engine.optimizer import PlainAdam
from blendgan.training.inversion.config import InversionSettings
from blendgan.training.parallel.batch_norms import join_batch_norms
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.micro_batches import add_share, shares

LOSS_SIZE = 256
"""Pictures are compared at most at this size, as pSp does."""
SHOWN, NUM_MEASURED = 6, 64
Perceptual = Callable[[Tensor, Tensor], Tensor]


class InversionTrainer:
    """Trains the encoder; the generator's noise is the stored one, as when pictures are made."""

    def __init__(
        self,
        encoder: InversionEncoder,
        generator: Generator,
        faces: Pictures,
        settings: InversionSettings,
        world: World,
        *,
        perceptual: Perceptual | None = None,
        descriptor: FaceDescriptor | None = None,
        seed: int = 0,
        workers: int | None = 0,
        precision: Precision = "fp32",
    ) -> None:
        self.encoder = encoder.to(world.device).train()
        join_batch_norms(self.encoder, world)
        self.generator = generator.to(world.device).eval().requires_grad_(False)
        self.faces, self.settings, self.world, self.perceptual = faces, settings, world, perceptual
        self.descriptor = None if descriptor is None else descriptor.to(world.device)
        self.seed, self.workers, self.precision = seed, workers, precision
        optimizer = PlainAdam(self.encoder.parameters(), lr=settings.learning_rate, fused=True)
        self.learner = Learner(self.encoder, optimizer, world)

    def stream(self, first_step: int, num_steps: int) -> Iterator[Batch]:
        """Photographs, half of them mirrored."""
        places = batch_positions(first_step, num_steps, self.settings.batch, self.world.rank, self.world.ranks)
        return batches(self.faces, Order(len(self.faces), self.seed), places, self.world.device, self.workers)

    def step(self, step: int, batch: Batch, seed: tuple[int, ...]) -> Numbers:
        """One update towards reconstructions that look like their pictures.

        The encoder's batch normalisations need the whole batch. What is painted from its latents, far larger, comes in
        micro-batches, whose gradients meet in the latents.
        """
        with autocast(self.world.device, self.precision):
            w = self.encoder(batch.images)
        latents = w.detach().requires_grad_()
        numbers: Numbers = {}
        for share in shares(len(w), self.settings.micro_batch, self.world, seed):
            losses = self.losses(share.of(latents), share.of(batch.images))
            total = sum((getattr(self.settings, name) * loss for name, loss in losses.items()), torch.zeros(()))
            (total / share.parts).backward()
            add_share(numbers, {f"inversion/{name}": loss for name, loss in losses.items()}, share)
        self.learner.zero()
        self.learner.backward(w, latents.grad)
        self.learner.step()
        return numbers

    def losses(self, w: Float[Tensor, "batch layers dim"], photographs: Float[Tensor, "batch 3 size size"]) -> Numbers:
        """How far the pictures of `w` are from the photographs, term by term."""
        with autocast(self.world.device, self.precision):
            painted = self.generator.synthesize(w)
        images, targets = compared(painted), compared(photographs)
        losses = {"l2": l2(images, targets), "w_norm": w_norm(w, self.encoder.w_mean)}
        if self.perceptual is not None:
            losses["perceptual"] = self.perceptual(images, targets).mean()
        if self.descriptor is not None:
            losses["identity"] = identity(self.descriptor(images), self.descriptor(targets))
        return losses

    def state(self) -> State:
        """The encoder and the optimiser's memory; the generator never changes."""
        return self.learner.state()

    def load_state(self, state: State) -> None:
        """Go back to `state`."""
        self.learner.load_state(state)

    @torch.no_grad()
    def sample(self) -> UInt8[Tensor, "3 height width"]:
        """Photographs above, their reconstructions below."""
        images = read_batch(self.faces, range(min(SHOWN, len(self.faces)))).to(self.world.device)
        self.encoder.eval()
        reconstructed = self.generator.synthesize(self.encoder(images))
        self.encoder.train()
        return tiled(torch.stack([images, reconstructed]))

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """The losses of the first photographs, as the finished encoder reads them."""
        self.encoder.eval()
        photographs = range(min(NUM_MEASURED, len(self.faces)))
        losses = self.world.of_all([self.losses_of(number) for number in self.world.mine(photographs)])
        self.encoder.train()
        found = {name: fmean(each[name] for each in losses) for name in losses[0]}
        total = sum(getattr(self.settings, name) * value for name, value in found.items())
        return {f"measured/{name}": value for name, value in found.items()} | {SCORE: total}

    def losses_of(self, number: int) -> dict[str, float]:
        """The losses of one photograph."""
        photograph = read_batch(self.faces, [number]).to(self.world.device)
        losses = self.losses(self.encoder(photograph), photograph)
        return {name: float(loss) for name, loss in losses.items()}

    def export(self, folder: Path, rights: Mapping[str, int]) -> None:
        """The encoder beside the generator that it reads."""
        save_network(self.encoder, folder / "inversion", rights=dict(rights))
        save_network(self.generator, folder / "generator", rights=dict(rights))


def compared(images: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch 3 small small"]:
    """Pictures at the size of the losses."""
    return adaptive_avg_pool2d(images, LOSS_SIZE) if images.shape[-1] > LOSS_SIZE else images
