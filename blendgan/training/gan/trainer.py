"""The trainer of the adversarial stage: one step updates three discriminators, the generator and its average.

Who judges what, and the losses, are in `objective`; here is what is done with them: weights, intervals, micro-batches,
precision and updates. The style encoder is frozen: its codes come from a table.
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from blendgan.checkpoints.store import save_network
from blendgan.checkpoints.torch_file import State
from blendgan.data.order import Order, batch_positions
from blendgan.data.stream import batches, stream_workers
from blendgan.losses.path_length import path_length_penalty
from blendgan.networks.generator import Generator
from blendgan.training.engine.learner import Learner, adam, decay_of_half_life, freeze, separate_rate, update_ema
from blendgan.training.engine.loop import Numbers
from blendgan.training.gan.augmentation import ADAPT_EVERY, Augmentation
from blendgan.training.gan.build import GanData, Networks
from blendgan.training.gan.config import AdversarialSettings
from blendgan.training.gan.objective import (
    ROLES,
    CodedPictures,
    GanBatch,
    blended,
    discriminator_objective,
    face_latents,
    fakes,
    generator_objective,
    path_length_objective,
    r1_objective,
)
from blendgan.training.gan.pictures import measures, sample_grid
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.micro_batches import Share, add_share, shares
from blendgan.training.parallel.randomness import Draws

DISCRIMINATOR, R1, GENERATOR, PATH_LENGTH = range(4)
"""Phases of a step, each with random numbers of its own."""


class GanTrainer:
    """Trains the networks in place and keeps the average of the generator."""

    def __init__(
        self, networks: Networks, data: GanData, settings: AdversarialSettings, world: World, precision: str = "fp32"
    ) -> None:
        self.networks, self.data, self.settings, self.world = networks, data, settings, world
        self.precision = precision
        self.generator = generator_learner(networks.generator.to(world.device).train(), settings, world)
        self.generator_ema = copy.deepcopy(self.generator.network).eval().requires_grad_(False)
        trained = {role: network.to(world.device).train() for role, network in networks.discriminators.items()}
        self.discriminators = {
            role: Learner(network, adam(network.parameters(), settings.learning_rate, settings.r1_every), world)
            for role, network in trained.items()
        }
        self.augmentations = {
            role: Augmentation(settings.ada_target, role == "face", settings.ada_images, world.device)
            for role in (ROLES if settings.ada_target else ())
        }
        self.mean_path_length = torch.zeros((), device=world.device)
        weights = (settings.face_loss, settings.style_loss, settings.style_latent_loss)
        self.loss_weights = dict(zip(ROLES, weights, strict=True))

    def stream(self, first_step: int, num_steps: int) -> Iterator[GanBatch]:
        """Faces and artworks run through their own shuffles side by side."""
        data, world = self.data, self.world

        def positions() -> Iterator[list[int]]:
            return batch_positions(first_step, num_steps, self.settings.batch, world.rank, world.ranks)

        workers = [stream_workers(pictures, data.workers, streams=2) for pictures in (data.faces, data.artworks)]
        faces = batches(data.faces, Order(len(data.faces), data.seed), positions(), world.device, workers[0])
        artworks = batches(data.artworks, data.codes.order, positions(), world.device, workers[1])
        for face, artwork, places in zip(faces, artworks, positions(), strict=True):
            yield GanBatch(face.images, artwork.images, data.codes.at(places))

    def step(self, step: int, batch: GanBatch, seed: tuple[int, ...]) -> Numbers:
        """One update of every network, and of the average."""
        settings = self.settings
        numbers = self.discriminator_step(step, batch, seed)
        for place, role in enumerate(ROLES):
            # staggered, so that steps with a penalty are evenly spread and equally long
            if step % settings.r1_every == place * settings.r1_every // len(ROLES):
                numbers |= self.r1_step(role, batch, seed)
        if step % ADAPT_EVERY == ADAPT_EVERY - 1:
            numbers |= self.adapt()
        numbers |= self.generator_step(step, seed)
        if step % settings.path_every == 0:
            numbers |= self.path_length_step(step, seed)
        update_ema(self.generator_ema, self.generator.network, decay_of_half_life(settings.ema_half_life, step))
        return numbers

    def discriminator_step(self, step: int, batch: GanBatch, seed: tuple[int, ...]) -> Numbers:
        """Each discriminator in turn, so that only one holds its activations."""
        numbers: Numbers = {}
        for learner in self.discriminators.values():
            learner.zero()
        for share in self.shares(len(batch.faces), seed, DISCRIMINATOR):
            real, z_style = batch.part(share), self.style_codes(share.count, step, share.draws)
            with torch.no_grad(), self.autocast():
                fake = fakes(self.generator.network, z_style, self.settings.mixing, share.draws)
            for role, learner in self.discriminators.items():
                shown = self.shown(role, real, share), self.shown(role, fake, share)
                with self.autocast():
                    loss, real_logits = discriminator_objective(learner.network, *shown)
                if role in self.augmentations:
                    self.augmentations[role].watch(real_logits, self.world, 1 / share.parts)
                learner.backward(loss / share.parts, is_last=share.is_last)
                add_share(numbers, {f"discriminator/{role}": loss}, share)
        for learner in self.discriminators.values():
            learner.step()
        return numbers

    def r1_step(self, role: str, batch: GanBatch, seed: tuple[int, ...]) -> Numbers:
        """Gradient penalty, weighted for the steps in between; not in half precision, whatever `precision` says."""
        settings, learner, numbers = self.settings, self.discriminators[role], Numbers()
        learner.zero()
        for share in self.shares(len(batch.faces), seed, R1):
            penalty = r1_objective(learner.network, self.shown(role, batch.part(share), share))
            weighted = settings.r1_gamma / 2 * settings.r1_every * penalty
            learner.backward(weighted / share.parts, is_last=share.is_last)
            add_share(numbers, {f"r1/{role}": penalty}, share)
        learner.step()
        return numbers

    def adapt(self) -> Numbers:
        """Augment more where a discriminator has become surer, and less where it has not."""
        for augmentation in self.augmentations.values():
            augmentation.adapt(ADAPT_EVERY * self.settings.batch)
        return {f"augmentation/{role}": some.probability for role, some in self.augmentations.items()}

    def generator_step(self, step: int, seed: tuple[int, ...]) -> Numbers:
        """Fool all three; the face weights stay in [0, 1]."""
        numbers: Numbers = {}
        judges = {role: learner.network for role, learner in self.discriminators.items()}
        self.generator.zero()
        freeze(*judges.values())
        for share in self.shares(self.settings.batch // self.world.ranks, seed, GENERATOR):
            z_style = self.style_codes(share.count, step, share.draws)
            with self.autocast():
                fake = fakes(self.generator.network, z_style, self.settings.mixing, share.draws)
                losses = generator_objective(judges, {role: self.shown(role, fake, share) for role in judges})
            total = sum((self.loss_weights[role] * losses[role] for role in ROLES), torch.zeros(()))
            self.generator.backward(total / share.parts, is_last=share.is_last)
            add_share(numbers, {f"generator/{role}": loss for role, loss in losses.items()}, share)
        freeze(*judges.values(), frozen=False)
        self.generator.step()
        self.generator.network.clamp_face_weights()
        return numbers | {"face_weight": self.generator.network.blending.face_weight.detach().mean()}

    def path_length_step(self, step: int, seed: tuple[int, ...]) -> Numbers:
        """Path length of styled pictures, on half a batch; not in half precision, whatever `precision` says."""
        settings, numbers = self.settings, Numbers()
        count = max(1, settings.batch // self.world.ranks // 2)
        self.generator.zero()
        batch_mean, mean = None, self.mean_path_length
        if 0 < settings.micro_batch < count:
            # lengths are compared with a mean that counts all of them, so all are measured before the first is punished
            measured = [self.path_lengths(step, share).detach() for share in self.shares(count, seed, PATH_LENGTH)]
            batch_mean = self.world.mean(torch.cat(measured).mean())
        for share in self.shares(count, seed, PATH_LENGTH):
            lengths = self.path_lengths(step, share)
            if batch_mean is None:
                batch_mean = self.world.mean(lengths.detach().mean())
            penalty, mean = path_length_penalty(lengths, self.mean_path_length, batch_mean)
            weighted = settings.path_weight * settings.path_every * penalty
            self.generator.backward(weighted / share.parts, is_last=share.is_last)
            add_share(numbers, {"path_length/penalty": penalty}, share)
        self.mean_path_length = mean
        self.generator.step()
        self.generator.network.clamp_face_weights()
        return numbers | {"path_length/mean": mean}

    def path_lengths(self, step: int, share: Share) -> Float[Tensor, " count"]:
        """Of a share of styled pictures."""
        generator, draws = self.generator.network, share.draws
        w_face = face_latents(generator, share.count, self.settings.mixing, draws)
        w = blended(generator, w_face, self.style_codes(share.count, step, draws))
        return path_length_objective(generator, w, draws)

    def shown(self, role: str, batch: GanBatch, share: Share) -> CodedPictures:
        """What a discriminator gets to see of a share's pictures: augmented ones, where that is asked for."""
        judged = batch.of(role)
        if role not in self.augmentations:
            return judged
        return judged._replace(images=self.augmentations[role](judged.images, share.draws))

    def style_codes(self, count: int, step: int, draws: Draws) -> Float[Tensor, "count style_dim"]:
        """Codes for fakes, from the artworks seen lately."""
        return self.data.codes.draw_recent(count, (step + 1) * self.settings.batch, draws)

    def shares(self, count: int, seed: tuple[int, ...], phase: int) -> Iterator[Share]:
        """`count` samples in shares of a micro-batch, with the random numbers of one phase of a step."""
        return shares(count, self.settings.micro_batch, self.world, (*seed, phase))

    def autocast(self) -> AbstractContextManager[Any]:
        """Half precision where it is asked for."""
        return torch.autocast(self.world.device.type, torch.bfloat16, enabled=self.precision == "bf16")

    def state(self) -> State:
        """Of every learner and augmentation, and the averages."""
        return {
            "generator": self.generator.state(),
            "generator_ema": self.generator_ema.state_dict(),
            "mean_path_length": self.mean_path_length,
            "discriminators": {role: learner.state() for role, learner in self.discriminators.items()},
            "augmentations": {role: some.state() for role, some in self.augmentations.items()},
        }

    def load_state(self, state: State) -> None:
        """Go back to `state`."""
        self.generator.load_state(state["generator"])
        self.generator_ema.load_state_dict(state["generator_ema"])
        self.mean_path_length = state["mean_path_length"].to(self.world.device)
        for role, learner in self.discriminators.items():
            learner.load_state(state["discriminators"][role])
        for role, augmentation in self.augmentations.items():
            augmentation.load_state(state["augmentations"][role])

    def sample(self) -> UInt8[Tensor, "3 height width"]:
        """The averaged generator's pictures of the same faces in the same styles, every time."""
        return sample_grid(self.generator_ema, self.data, self.world)

    def evaluate(self) -> dict[str, float]:
        """Distances of the averaged generator's pictures to the real ones; KID decides which model is best."""
        return measures(self.generator_ema, self.data, self.world)

    def export(self, folder: Path, rights: Mapping[str, int]) -> None:
        """The model: averaged generator, frozen style encoder, discriminators for later fine-tuning."""
        generator = copy.deepcopy(self.generator_ema)
        generator.update_w_mean()
        save_network(generator, folder / "generator", rights=dict(rights))
        save_network(self.networks.style_encoder, folder / "style_encoder", rights=dict(rights))
        for role, learner in self.discriminators.items():
            save_network(learner.network, folder / f"discriminator_{role}", rights=dict(rights))


def generator_learner(generator: Generator, settings: AdversarialSettings, world: World) -> Learner[Generator]:
    """The generator with its optimiser, in which face weights and the noise's strengths learn at rates of their own."""
    optimizer = adam(generator.parameters(), settings.learning_rate, settings.path_every)
    noise = [parameter for name, parameter in generator.named_parameters() if name.endswith("noise_strength")]
    separate_rate(optimizer, [generator.blending.face_weight], settings.face_weight_rate)
    separate_rate(optimizer, noise, settings.noise_rate)
    return Learner(generator, optimizer, world)
