"""The generator against three discriminators (BlendGAN, section 3): who judges what.

    discriminator   real                        fake
    face            photograph                  G(z_face), style path off (i = n)
    style           artwork                     G(z_face, z_style), all layers blended (i = 0)
    style_latent    artwork, its own code       the same styled picture, z_style

The natural and the styled fake share their face code and one pass of the generator; `style` and `style_latent` judge
the same styled picture. The style encoder is frozen: its codes come from a table.
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
from blendgan.data.order import Order, batch_positions
from blendgan.data.stream import batches
from blendgan.losses.adversarial import discriminator_loss, generator_loss
from blendgan.losses.gradient_penalty import r1_penalty
from blendgan.losses.path_length import path_length_penalty, path_lengths
from blendgan.training.engine.adam import adam, separate_rate
from blendgan.training.engine.checkpoint import State
from blendgan.training.engine.ema import decay_of_half_life, update_ema
from blendgan.training.engine.loop import Numbers, freeze
from blendgan.training.gan.augmentation import ADAPT_EVERY, Augmentation
from blendgan.training.gan.config import AdversarialSettings
from blendgan.training.gan.data import ROLES, GanBatch, GanData, Networks
from blendgan.training.gan.pictures import measures, sample_grid
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.gradient_average import GradientAverage
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
        self.generator = networks.generator.to(world.device).train()
        self.discriminators = {
            role: network.to(world.device).train() for role, network in networks.discriminators.items()
        }
        self.generator_ema = copy.deepcopy(self.generator).eval().requires_grad_(False)
        rate = settings.learning_rate
        self.generator_optimizer = adam(self.generator.parameters(), rate, settings.path_every)
        noise = [p for name, p in self.generator.named_parameters() if name.endswith("noise_strength")]
        separate_rate(self.generator_optimizer, [self.generator.blending.face_weight], settings.face_weight_rate)
        separate_rate(self.generator_optimizer, noise, settings.noise_rate)
        self.discriminator_optimizers = {
            role: adam(network.parameters(), rate, settings.r1_every) for role, network in self.discriminators.items()
        }
        self.generator_average = GradientAverage(self.generator.parameters(), world)
        self.discriminator_averages = {
            role: GradientAverage(network.parameters(), world) for role, network in self.discriminators.items()
        }
        self.augmentations = {
            role: Augmentation(settings.ada_target, role == "face", settings.ada_images, world.device)
            for role in (ROLES if settings.ada_target else ())
        }
        self.mean_path_length = torch.zeros((), device=world.device)
        self.loss_weights = dict(
            zip(ROLES, (settings.face_loss, settings.style_loss, settings.style_latent_loss), strict=True)
        )

    def stream(self, first_step: int, num_steps: int) -> Iterator[GanBatch]:
        """Faces and artworks run through their own shuffles side by side."""
        data, world = self.data, self.world

        def positions() -> Iterator[list[int]]:
            return batch_positions(first_step, num_steps, self.settings.batch, world.rank, world.ranks)

        faces = batches(data.faces, Order(len(data.faces), data.seed), positions(), world.device, data.workers)
        artworks = batches(data.artworks, data.codes.order, positions(), world.device, data.workers)
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
        update_ema(self.generator_ema, self.generator, decay_of_half_life(settings.ema_half_life, step))
        return numbers

    def discriminator_step(self, step: int, batch: GanBatch, seed: tuple[int, ...]) -> Numbers:
        """Each discriminator in turn, so that only one holds its activations."""
        numbers: Numbers = {}
        self.forget_gradients(*self.discriminator_optimizers.values())
        for share in self.shares(len(batch.faces), seed, DISCRIMINATOR):
            real, z_style = batch.part(share), self.style_codes(share.count, step, share.draws)
            with torch.no_grad(), self.autocast():
                natural, styled = self.fakes(z_style, share.draws)
            for role, discriminator in self.discriminators.items():
                shown, fake = (real.faces, natural) if role == "face" else (real.artworks, styled)
                shown, fake = self.shown(role, shown, share), self.shown(role, fake, share)
                with self.autocast():
                    real_logits = discriminator(shown, real.codes)
                    loss = discriminator_loss(real_logits, discriminator(fake, z_style))
                if role in self.augmentations:
                    self.augmentations[role].watch(real_logits, self.world, 1 / share.parts)
                self.backward(loss, share, self.discriminator_averages[role])
                add_share(numbers, {f"discriminator/{role}": loss}, share)
        for role in ROLES:
            self.update(role)
        return numbers

    def r1_step(self, role: str, batch: GanBatch, seed: tuple[int, ...]) -> Numbers:
        """Gradient penalty on real pictures as they are shown, weighted for the steps in between; in full precision."""
        settings, numbers = self.settings, Numbers()
        self.forget_gradients(self.discriminator_optimizers[role])
        for share in self.shares(len(batch.faces), seed, R1):
            part = batch.part(share)
            # behind the augmentation, whose lookup of pixels has no second derivative
            real = self.shown(role, part.faces if role == "face" else part.artworks, share).clone().requires_grad_()
            penalty = r1_penalty(real, self.discriminators[role](real, part.codes))
            weighted = settings.r1_gamma / 2 * settings.r1_every * penalty
            self.backward(weighted, share, self.discriminator_averages[role])
            add_share(numbers, {f"r1/{role}": penalty}, share)
        self.update(role)
        return numbers

    def adapt(self) -> Numbers:
        """Augment more where a discriminator has become surer, and less where it has not."""
        for augmentation in self.augmentations.values():
            augmentation.adapt(ADAPT_EVERY * self.settings.batch)
        return {f"augmentation/{role}": some.probability for role, some in self.augmentations.items()}

    def generator_step(self, step: int, seed: tuple[int, ...]) -> Numbers:
        """Fool all three."""
        numbers: Numbers = {}
        self.forget_gradients(self.generator_optimizer)
        freeze(*self.discriminators.values())
        for share in self.shares(self.settings.batch // self.world.ranks, seed, GENERATOR):
            z_style = self.style_codes(share.count, step, share.draws)
            with self.autocast():
                natural, styled = self.fakes(z_style, share.draws)
                fakes = {role: natural if role == "face" else styled for role in self.discriminators}
                losses = {
                    role: generator_loss(discriminator(self.shown(role, fakes[role], share), z_style))
                    for role, discriminator in self.discriminators.items()
                }
            total = sum((self.loss_weights[role] * losses[role] for role in ROLES), torch.zeros(()))
            self.backward(total, share, self.generator_average)
            add_share(numbers, {f"generator/{role}": loss for role, loss in losses.items()}, share)
        freeze(*self.discriminators.values(), frozen=False)
        self.update_generator()
        return numbers | self.face_weights()

    def path_length_step(self, step: int, seed: tuple[int, ...]) -> Numbers:
        """Path length of styled pictures in the blended latents, on half a batch and in full precision."""
        settings, numbers = self.settings, Numbers()
        count = max(1, settings.batch // self.world.ranks // 2)
        self.forget_gradients(self.generator_optimizer)
        batch_mean, mean = None, self.mean_path_length
        if 0 < settings.micro_batch < count:
            # lengths are compared with a mean that counts all of them, so all are measured before the first is punished
            measured = [self.lengths(step, share).detach() for share in self.shares(count, seed, PATH_LENGTH)]
            batch_mean = self.world.mean(torch.cat(measured).mean())
        for share in self.shares(count, seed, PATH_LENGTH):
            lengths = self.lengths(step, share)
            if batch_mean is None:
                batch_mean = self.world.mean(lengths.detach().mean())
            penalty, mean = path_length_penalty(lengths, self.mean_path_length, batch_mean)
            self.backward(settings.path_weight * settings.path_every * penalty, share, self.generator_average)
            add_share(numbers, {"path_length/penalty": penalty}, share)
        self.mean_path_length = mean
        self.update_generator()
        return numbers | {"path_length/mean": mean}

    def lengths(self, step: int, share: Share) -> Float[Tensor, " count"]:
        """Path lengths of a share of styled pictures."""
        w = self.blended(self.face_latents(share.count, share.draws), self.style_codes(share.count, step, share.draws))
        images = self.generator.synthesize(w, noise=share.draws.noise)
        return path_lengths(images, w, share.draws.normal(share.count, *images.shape[1:]))

    def shown(
        self, role: str, images: Float[Tensor, "batch 3 size size"], share: Share
    ) -> Float[Tensor, "batch 3 size size"]:
        """What a discriminator gets to see of these pictures."""
        return self.augmentations[role](images, share.draws) if role in self.augmentations else images

    def fakes(
        self, z_style: Float[Tensor, "batch style_dim"], draws: Draws
    ) -> tuple[Float[Tensor, "batch 3 size size"], Float[Tensor, "batch 3 size size"]]:
        """Natural and styled pictures of the same faces, from one pass."""
        w_face = self.face_latents(len(z_style), draws)
        w = torch.cat([w_face, self.blended(w_face, z_style)])
        natural, styled = self.generator.synthesize(w, noise=draws.noise).chunk(2)
        return natural, styled

    def face_latents(self, count: int, draws: Draws) -> Float[Tensor, "batch layers dim"]:
        """Latents of random faces; most change to a second face at a random layer (style mixing)."""
        layers, dim = self.generator.config.num_layers, self.generator.config.latent_dim
        first = self.generator.map_face(draws.normal(count, dim))
        second = self.generator.map_face(draws.normal(count, dim))
        crossover = draws.integers(1, layers, count)
        crossover = torch.where(draws.uniform(count) < self.settings.mixing, crossover, layers)
        layer = torch.arange(layers, device=first.device)
        return torch.where((layer < crossover[:, None])[..., None], first, second)

    def blended(
        self, w_face: Float[Tensor, "batch layers dim"], z_style: Float[Tensor, "batch style_dim"]
    ) -> Float[Tensor, "batch layers dim"]:
        """Styled latents: all layers blended."""
        return self.generator.blend(w_face, self.generator.map_style(z_style))

    def style_codes(self, count: int, step: int, draws: Draws) -> Float[Tensor, "count style_dim"]:
        """Codes for fakes, from the artworks seen lately."""
        return self.data.codes.draw_recent(count, (step + 1) * self.settings.batch, draws)

    def shares(self, count: int, seed: tuple[int, ...], phase: int) -> Iterator[Share]:
        """`count` samples in shares of a micro-batch, with the random numbers of one phase of a step."""
        return shares(count, self.settings.micro_batch, self.world, (*seed, phase))

    def backward(self, loss: Float[Tensor, ""], share: Share, average: GradientAverage) -> None:
        """Add a share's gradients to those of the batch."""
        if share.is_last:
            average.start()
        (loss / share.parts).backward()  # type: ignore[no-untyped-call]

    def forget_gradients(self, *optimizers: torch.optim.Optimizer) -> None:
        """Begin an update."""
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)

    def update(self, role: str) -> None:
        """One step of a discriminator."""
        self.discriminator_averages[role].finish()
        self.discriminator_optimizers[role].step()

    def update_generator(self) -> None:
        """One step of the generator; the face weights stay in [0, 1]."""
        self.generator_average.finish()
        self.generator_optimizer.step()
        self.generator.clamp_face_weights()

    def face_weights(self) -> Numbers:
        """How much of the face code is kept, on average over the layers."""
        return {"face_weight": self.generator.blending.face_weight.detach().mean()}

    def draws(self, seed: tuple[int, ...], phase: int) -> Draws:
        """Random numbers of one phase of a step."""
        return Draws((*seed, phase), self.world.rank, self.world.ranks, self.world.device)

    def autocast(self) -> AbstractContextManager[Any]:
        """Half precision where the settings ask for it."""
        return torch.autocast(self.world.device.type, torch.bfloat16, enabled=self.precision == "bf16")

    def state(self) -> State:
        """Weights, averages, and the optimisers' memory."""
        return {
            "generator": self.generator.state_dict(),
            "generator_ema": self.generator_ema.state_dict(),
            "generator_optimizer": self.generator_optimizer.state_dict(),
            "mean_path_length": self.mean_path_length,
            "augmentations": {role: some.state() for role, some in self.augmentations.items()},
            "discriminators": {role: network.state_dict() for role, network in self.discriminators.items()},
            "discriminator_optimizers": {
                role: optimizer.state_dict() for role, optimizer in self.discriminator_optimizers.items()
            },
        }

    def load_state(self, state: State) -> None:
        """Go back to `state`."""
        self.generator.load_state_dict(state["generator"])
        self.generator_ema.load_state_dict(state["generator_ema"])
        self.generator_optimizer.load_state_dict(state["generator_optimizer"])
        self.mean_path_length = state["mean_path_length"].to(self.world.device)
        for role, augmentation in self.augmentations.items():
            augmentation.load_state(state["augmentations"][role])
        for role in ROLES:
            self.discriminators[role].load_state_dict(state["discriminators"][role])
            self.discriminator_optimizers[role].load_state_dict(state["discriminator_optimizers"][role])

    def sample(self) -> UInt8[Tensor, "3 height width"]:
        """The averaged generator's pictures of the same faces in the same styles, every time."""
        return sample_grid(self.generator_ema, self.data, self.world.device)

    def evaluate(self) -> dict[str, float]:
        """Distances of the averaged generator's pictures to the real ones; KID decides which model is best."""
        return measures(self.generator_ema, self.data, self.world.device)

    def export(self, folder: Path, rights: Mapping[str, int]) -> None:
        """The model: averaged generator, frozen style encoder, discriminators for later fine-tuning."""
        generator = copy.deepcopy(self.generator_ema)
        generator.update_w_mean()
        save_network(generator, folder / "generator", rights=dict(rights))
        save_network(self.networks.style_encoder, folder / "style_encoder", rights=dict(rights))
        for role, network in self.discriminators.items():
            save_network(network, folder / f"discriminator_{role}", rights=dict(rights))
