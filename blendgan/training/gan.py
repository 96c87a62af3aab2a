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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from blendgan.checkpoints.store import save_network
from blendgan.data.order import Order, batch_positions
from blendgan.data.stream import Pictures, batches, read_batch
from blendgan.losses.adversarial import discriminator_loss, generator_loss
from blendgan.losses.gradient_penalty import r1_penalty
from blendgan.losses.path_length import path_length_penalty, path_lengths
from blendgan.networks.discriminators import Discriminator, ProjectionDiscriminator
from blendgan.networks.generator import Generator
from blendgan.networks.style_encoder import StyleEncoder
from blendgan.training.adam import adam, separate_rate
from blendgan.training.checkpoint import State
from blendgan.training.distributed import World
from blendgan.training.ema import decay_of_half_life, update_ema
from blendgan.training.evaluation import Judge
from blendgan.training.grids import faces_by_styles
from blendgan.training.loop import Numbers, freeze
from blendgan.training.presets import GanSettings
from blendgan.training.randomness import Draws
from blendgan.training.style_codes import StyleCodes

Critic = Discriminator | ProjectionDiscriminator
ROLES = ("face", "style", "style_latent")
DISCRIMINATOR, R1, GENERATOR, PATH_LENGTH = range(4)
"""Phases of a step, each with random numbers of its own."""
GRID_FACES, GRID_STYLES = 6, 5
EVALUATION, NUM_JUDGED = 9, 200
"""Seed and number of the pictures that are measured."""


@dataclass(frozen=True)
class GanBatch:
    """Real pictures of one step and the style codes of the artworks."""

    faces: Float[Tensor, "batch 3 size size"]
    artworks: Float[Tensor, "batch 3 size size"]
    codes: Float[Tensor, "batch style_dim"]

    def part(self, index: int, parts: int) -> "GanBatch":
        """Every `parts`-th sample, beginning at `index`."""
        chosen = slice(index, None, parts)
        return GanBatch(self.faces[chosen], self.artworks[chosen], self.codes[chosen])


@dataclass(frozen=True)
class GanData:
    """Faces and artworks, and the codes of the artworks."""

    faces: Pictures
    artworks: Pictures
    codes: StyleCodes
    seed: int
    workers: int = 0
    judge: Judge | None = None


@dataclass(frozen=True)
class Networks:
    """What is trained, and the frozen encoder that goes into the model."""

    generator: Generator
    discriminators: dict[str, Critic]
    style_encoder: StyleEncoder


class GanTrainer:
    """Trains the networks in place and keeps the average of the generator."""

    def __init__(
        self, networks: Networks, data: GanData, settings: GanSettings, world: World, precision: str = "fp32"
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
                numbers |= self.r1_step(role, batch)
        numbers |= self.generator_step(step, seed)
        if step % settings.path_every == 0:
            numbers |= self.path_length_step(step, seed)
        update_ema(self.generator_ema, self.generator, decay_of_half_life(settings.ema_half_life, step))
        return numbers

    def discriminator_step(self, step: int, batch: GanBatch, seed: tuple[int, ...]) -> Numbers:
        """Each discriminator in turn, so that only one holds its activations."""
        draws = self.draws(seed, DISCRIMINATOR)
        z_style = self.style_codes(len(batch.faces), step, draws)
        with torch.no_grad(), self.autocast():
            natural, styled = self.fakes(z_style, draws)
        numbers = {}
        for role, discriminator in self.discriminators.items():
            real, fake = (batch.faces, natural) if role == "face" else (batch.artworks, styled)
            with self.autocast():
                loss = discriminator_loss(discriminator(real, batch.codes), discriminator(fake, z_style))
            self.update(role, loss)
            numbers[f"discriminator/{role}"] = loss.detach()
        return numbers

    def r1_step(self, role: str, batch: GanBatch) -> Numbers:
        """Gradient penalty on real pictures, weighted for the steps in between; in full precision."""
        settings = self.settings
        real = (batch.faces if role == "face" else batch.artworks).clone().requires_grad_()
        penalty = r1_penalty(real, self.discriminators[role](real, batch.codes))
        self.update(role, settings.r1_gamma / 2 * settings.r1_every * penalty)
        return {f"r1/{role}": penalty.detach()}

    def generator_step(self, step: int, seed: tuple[int, ...]) -> Numbers:
        """Fool all three."""
        draws = self.draws(seed, GENERATOR)
        count = self.settings.batch // self.world.ranks
        z_style = self.style_codes(count, step, draws)
        freeze(*self.discriminators.values())
        with self.autocast():
            natural, styled = self.fakes(z_style, draws)
            losses = {
                role: generator_loss(discriminator(natural if role == "face" else styled, z_style))
                for role, discriminator in self.discriminators.items()
            }
        freeze(*self.discriminators.values(), frozen=False)
        self.update_generator(sum((self.loss_weights[role] * losses[role] for role in ROLES), torch.zeros(())))
        return {f"generator/{role}": loss.detach() for role, loss in losses.items()} | self.face_weights()

    def path_length_step(self, step: int, seed: tuple[int, ...]) -> Numbers:
        """Path length of styled pictures in the blended latents, on half a batch and in full precision."""
        settings, draws = self.settings, self.draws(seed, PATH_LENGTH)
        count = max(1, settings.batch // self.world.ranks // 2)
        w = self.blended(self.face_latents(count, draws), self.style_codes(count, step, draws))
        images = self.generator.synthesize(w, noise="random")
        noise = draws.normal(count, *images.shape[1:])
        lengths = path_lengths(images, w, noise)
        mean_length = self.world.mean(lengths.detach().mean())
        penalty, self.mean_path_length = path_length_penalty(lengths, self.mean_path_length, mean_length)
        self.update_generator(settings.path_weight * settings.path_every * penalty)
        return {"path_length/penalty": penalty.detach(), "path_length/mean": self.mean_path_length}

    def fakes(
        self, z_style: Float[Tensor, "batch style_dim"], draws: Draws
    ) -> tuple[Float[Tensor, "batch 3 size size"], Float[Tensor, "batch 3 size size"]]:
        """Natural and styled pictures of the same faces, from one pass."""
        w_face = self.face_latents(len(z_style), draws)
        w = torch.cat([w_face, self.blended(w_face, z_style)])
        natural, styled = self.generator.synthesize(w, noise="random").chunk(2)
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

    def update(self, role: str, loss: Float[Tensor, ""]) -> None:
        """One step of a discriminator."""
        optimizer, network = self.discriminator_optimizers[role], self.discriminators[role]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.world.average_gradients(network.parameters())
        optimizer.step()

    def update_generator(self, loss: Float[Tensor, ""]) -> None:
        """One step of the generator; the face weights stay in [0, 1]."""
        self.generator_optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.world.average_gradients(self.generator.parameters())
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
        for role in ROLES:
            self.discriminators[role].load_state_dict(state["discriminators"][role])
            self.discriminator_optimizers[role].load_state_dict(state["discriminator_optimizers"][role])

    @torch.no_grad()
    def sample(self) -> UInt8[Tensor, "3 height width"]:
        """The averaged generator's pictures of the same faces in the same styles, every time."""
        draws = Draws((self.data.seed, len(ROLES)), device=self.world.device)
        w_face = self.generator_ema.map_face(draws.normal(GRID_FACES, self.generator.config.latent_dim))
        chosen = spread(len(self.data.artworks), GRID_STYLES)
        references = read_batch(self.data.artworks, chosen)
        styled = [
            self.generator_ema.synthesize(
                self.generator_ema.blend(
                    w_face, self.generator_ema.map_style(self.data.codes.table[k, :1]).expand_as(w_face)
                )
            )
            for k in chosen
        ]
        natural = self.generator_ema.synthesize(w_face)
        return faces_by_styles(natural, references.to(natural), torch.stack(styled))

    def evaluate(self) -> dict[str, float]:
        """KID of natural pictures to the faces and of styled ones to the artworks."""
        if self.data.judge is None:
            return {}
        draws = Draws((self.data.seed, EVALUATION), device=self.world.device)
        z_face = draws.normal(NUM_JUDGED, self.generator.config.latent_dim)
        z_style = self.data.codes.table[draws.integers(0, len(self.data.codes.table), NUM_JUDGED), 0]
        return self.data.judge(
            natural=lambda part: self.generator_ema.generate(z_face[part]),
            styled=lambda part: self.generator_ema.generate(z_face[part], z_style[part]),
            count=NUM_JUDGED,
        )

    def export(self, folder: Path, rights: Mapping[str, int]) -> None:
        """The model: averaged generator, frozen style encoder, discriminators for later fine-tuning."""
        self.generator_ema.update_w_mean()
        save_network(self.generator_ema, folder / "generator", rights=dict(rights))
        save_network(self.networks.style_encoder, folder / "style_encoder", rights=dict(rights))
        for role, network in self.discriminators.items():
            save_network(network, folder / f"discriminator_{role}", rights=dict(rights))


def spread(count: int, wanted: int) -> list[int]:
    """`wanted` numbers below `count`, evenly apart."""
    return [k * count // wanted for k in range(wanted)]
