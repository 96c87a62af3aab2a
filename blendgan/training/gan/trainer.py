"""The trainer of the adversarial stage: one step updates three discriminators, the generator and its average.

Who judges what, and the losses, are in `objective`; here is what is done with them: weights, intervals, micro-batches,
precision and updates. The style encoder is frozen: its codes come from a table.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from blendgan.checkpoints.store import Role, save_network
from blendgan.checkpoints.torch_file import State
from blendgan.config import Precision
from blendgan.data.order import Order, batch_positions
from blendgan.data.stream import batches, stream_workers
from blendgan.losses.path_length import path_length_penalty
from blendgan.losses.same_face import edges, features_without_statistics, same_face
from blendgan.networks.arithmetic import autocast
from blendgan.networks.discriminators import AnyDiscriminator, ProjectionDiscriminator
from blendgan.networks.generator import Generator
from blendgan.networks.style_encoder import TAP_INDEX, StyleEncoder
from blendgan.training.engine.learner import Learner, adam, decay_of_half_life, freeze, separate_rate, update_ema
from blendgan.training.engine.loop import Numbers
from blendgan.training.gan.augmentation import ADAPT_EVERY, Augmentation
from blendgan.training.gan.build import GanData, Networks
from blendgan.training.gan.config import AdversarialSettings
from blendgan.training.gan.objective import (
    ROLES,
    CodedPictures,
    FaceCodes,
    GanBatch,
    blended,
    discriminator_objective,
    face_codes,
    face_latents,
    fakes,
    generator_objective,
    matching_objective,
    natural_fakes,
    path_length_objective,
    r1_objective,
)
from blendgan.training.gan.pictures import measures, sample_grid
from blendgan.training.gan.recording import Inputs, Parts, Recorder, Work, can_record
from blendgan.training.gan.stages import STYLES_FROM_THE_FIRST_STEP, Stages, copy_trunk
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.micro_batches import Share, add_share, shares
from blendgan.training.parallel.randomness import Draws

DISCRIMINATOR, R1, GENERATOR, PATH_LENGTH = range(4)
"""Phases of a step, each with random numbers of its own."""
SAME_FACE_TAP = "relu2_2"
"""Where in the style encoder's VGG-19 faces are compared."""


class GanTrainer:
    """Trains the networks in place and keeps the average of the generator."""

    def __init__(
        self,
        networks: Networks,
        data: GanData,
        settings: AdversarialSettings,
        world: World,
        *,
        precision: Precision = "fp32",
        stages: Stages = STYLES_FROM_THE_FIRST_STEP,
        mismatch_loss: float = 0.0,
    ) -> None:
        self.networks, self.data, self.settings, self.world = networks, data, settings, world
        self.precision, self.stages, self.mismatch_loss = precision, stages, mismatch_loss
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
        if settings.torch_compile:
            for network in (self.generator.network.synthesis, *(some.network for some in self.discriminators.values())):
                network.compile(dynamic=False)
        wanted = settings.cuda_graphs and not settings.torch_compile and not self.augmentations
        recordable = wanted and can_record(world, settings.micro_batch)
        self.recorder = Recorder(world.device) if recordable else None
        weights = (settings.face_loss, settings.style_loss, settings.style_latent_loss)
        self.loss_weights: dict[str, float] = dict(zip(ROLES, weights, strict=True))
        self.loss_weights["same_face"] = settings.same_face_loss
        self.describe_face = face_description(settings, networks.style_encoder.to(world.device))

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
        """One update of every network of the stage, and of the average, which begins anew with each stage."""
        settings, roles = self.settings, self.stages.roles(step)
        if self.stages.begins_styles(step):
            self.begin_styles()
        numbers = self.discriminator_step(step, batch, seed)
        for place, role in enumerate(ROLES):
            # staggered, so that steps with a penalty are evenly spread and equally long
            if role in roles and step % settings.r1_every == place * settings.r1_every // len(ROLES):
                numbers |= self.r1_step(role, batch, seed)
        if step % ADAPT_EVERY == ADAPT_EVERY - 1:
            numbers |= self.adapt(roles)
        numbers |= self.generator_step(step, seed)
        # not of natural faces: they differ more without (docs/training.md)
        if "style" in roles and step % settings.path_every == 0:
            numbers |= self.path_length_step(step, seed)
        decay = decay_of_half_life(settings.ema_half_life, self.stages.step_of_stage(step))
        update_ema(self.generator_ema, self.generator.network, decay)
        return numbers | self.face_weights()

    def begin_styles(self) -> None:
        """What the stage with styles takes from the one before, beside the networks that go on."""
        if self.stages.trunks_from_face:
            for role in ROLES[1:]:
                copy_trunk(self.discriminators["face"].network, self.discriminators[role].network)

    def face_weights(self) -> Numbers:
        """How much of the face each layer keeps."""
        weights = self.generator.network.blending.face_weight.detach().flatten()
        return {f"face_weight/{layer:02}": weight for layer, weight in enumerate(weights.clone())}

    def update(
        self, name: str, seed: tuple[int, ...], count: int, choose: Callable[[Share], Inputs], work: Work
    ) -> Numbers:
        """An update of `count` samples, from a recording where there may be one."""
        if self.recorder is not None:
            return self.recorder.run(name, seed, count, choose, work)
        parts = shares(count, self.settings.micro_batch, self.world, seed)
        return work([(share, choose(share)) for share in parts])

    def discriminator_step(self, step: int, batch: GanBatch, seed: tuple[int, ...]) -> Numbers:
        """Tell real pictures from generated ones."""

        def choose(share: Share) -> Inputs:
            z_style = self.style_codes(share.count, step, share.draws)
            return (*batch.part(share), z_style, *self.face_codes(share))

        roles = self.stages.roles(step)
        work = partial(self._update_discriminators, roles)
        return self.update(named("discriminators", roles), (*seed, DISCRIMINATOR), len(batch.faces), choose, work)

    def _update_discriminators(self, roles: Sequence[Role], parts: Parts) -> Numbers:
        """Each in turn, so that only one holds its activations."""
        numbers: Numbers = {}
        learners = {role: self.discriminators[role] for role in roles}
        for learner in learners.values():
            learner.zero()
        for share, (faces, artworks, codes, *of_fakes) in parts:
            real = GanBatch(faces, artworks, codes)
            with torch.no_grad(), self.autocast():
                fake = self.fakes(roles, of_fakes, share)
            for role, learner in learners.items():
                shown = self.shown(role, real.of(role), share), self.shown(role, fake[role], share)
                with self.autocast():
                    losses, real_logits = self.discriminator_losses(role, *shown)
                if role in self.augmentations:
                    self.augmentations[role].watch(real_logits, self.world, 1 / share.parts)
                total = losses[role] + self.mismatch_loss * losses.get("mismatch", 0)
                learner.backward(total / share.parts, is_last=share.is_last)
                add_share(numbers, {f"discriminator/{name}": loss for name, loss in losses.items()}, share)
        for learner in learners.values():
            learner.step()
        return numbers

    def discriminator_losses(self, role: Role, real: CodedPictures, fake: CodedPictures) -> tuple[Numbers, Tensor]:
        """What a discriminator of this role minimises, by name, not yet weighted; and its logits of real pictures."""
        network = self.discriminators[role].network
        if self.mismatch_loss and isinstance(network, ProjectionDiscriminator):
            loss, mismatch, real_logits = matching_objective(network, real, fake)
            return {role: loss, "mismatch": mismatch}, real_logits
        loss, real_logits = discriminator_objective(network, real, fake)
        return {role: loss}, real_logits

    def r1_step(self, role: str, batch: GanBatch, seed: tuple[int, ...]) -> Numbers:
        """Gradient penalty, weighted for the steps in between; not in half precision, whatever `precision` says."""
        settings, learner = self.settings, self.discriminators[role]

        def work(parts: Parts) -> Numbers:
            numbers: Numbers = {}
            learner.zero()
            for share, pictures in parts:
                penalty = r1_objective(learner.network, self.shown(role, GanBatch(*pictures).of(role), share))
                weighted = settings.r1_gamma / 2 * settings.r1_every * penalty
                learner.backward(weighted / share.parts, is_last=share.is_last)
                add_share(numbers, {f"r1/{role}": penalty}, share)
            learner.step()
            return numbers

        return self.update(f"r1/{role}", (*seed, R1), len(batch.faces), lambda share: tuple(batch.part(share)), work)

    def adapt(self, roles: Sequence[Role]) -> Numbers:
        """Augment more where a discriminator has become surer, and less where it has not."""
        adapted = {role: self.augmentations[role] for role in roles if role in self.augmentations}
        for augmentation in adapted.values():
            augmentation.adapt(ADAPT_EVERY * self.settings.batch)
        return {f"augmentation/{role}": some.probability for role, some in adapted.items()}

    def generator_step(self, step: int, seed: tuple[int, ...]) -> Numbers:
        """Fool all three; the face weights stay in [0, 1]."""

        def choose(share: Share) -> Inputs:
            z_style = self.style_codes(share.count, step, share.draws)
            return (z_style, *self.face_codes(share))

        roles, count = self.stages.roles(step), self.settings.batch // self.world.ranks
        work = partial(self._update_generator, roles)
        return self.update(named("generator", roles), (*seed, GENERATOR), count, choose, work)

    def _update_generator(self, roles: Sequence[Role], parts: Parts) -> Numbers:
        numbers: Numbers = {}
        judges: dict[str, AnyDiscriminator] = {role: self.discriminators[role].network for role in roles}
        self.generator.zero()
        freeze(*judges.values())
        for share, of_fakes in parts:
            with self.autocast():
                fake = self.fakes(roles, of_fakes, share)
                losses = generator_objective(judges, {role: self.shown(role, fake[role], share) for role in roles})
                if self.settings.same_face_loss and "style" in fake:
                    losses["same_face"] = same_face(self.describe_face, fake["style"].images, fake["face"].images)
            total = sum((self.loss_weights[name] * loss for name, loss in losses.items()), torch.zeros(()))
            self.generator.backward(total / share.parts, is_last=share.is_last)
            add_share(numbers, {f"generator/{role}": loss for role, loss in losses.items()}, share)
        freeze(*judges.values(), frozen=False)
        self.generator.step()
        self.generator.network.clamp_face_weights()
        return numbers | {"face_weight": self.generator.network.blending.face_weight.detach().mean()}

    def path_length_step(self, step: int, seed: tuple[int, ...]) -> Numbers:
        """Path length of styled pictures, on half a batch; not in half precision, whatever `precision` says."""

        def choose(share: Share) -> Inputs:
            of_faces = self.face_codes(share)
            return (self.style_codes(share.count, step, share.draws), *of_faces)

        count = max(1, self.settings.batch // self.world.ranks // 2)
        return self.update("path_length", (*seed, PATH_LENGTH), count, choose, self._update_path_length)

    def _update_path_length(self, parts: Parts) -> Numbers:
        settings, numbers = self.settings, Numbers()
        self.generator.zero()
        batch_mean, mean = None, self.mean_path_length
        if len(parts) > 1:
            # lengths are compared with a mean that counts all of them, so all are measured before the first is punished
            states = [share.draws.state() for share, _ in parts]
            measured = [self.path_lengths(share, inputs).detach() for share, inputs in parts]
            batch_mean = self.world.mean(torch.cat(measured).mean())
            for (share, _), state in zip(parts, states, strict=True):
                share.draws.set_state(state)
        for share, inputs in parts:
            lengths = self.path_lengths(share, inputs)
            if batch_mean is None:
                batch_mean = self.world.mean(lengths.detach().mean())
            penalty, mean = path_length_penalty(lengths, self.mean_path_length, batch_mean)
            weighted = settings.path_weight * settings.path_every * penalty
            self.generator.backward(weighted / share.parts, is_last=share.is_last)
            add_share(numbers, {"path_length/penalty": penalty}, share)
        self.mean_path_length.copy_(mean)
        self.generator.step()
        self.generator.network.clamp_face_weights()
        return numbers | {"path_length/mean": mean}

    def path_lengths(self, share: Share, inputs: Inputs) -> Float[Tensor, " count"]:
        """Of a share of styled pictures."""
        generator = self.generator.network
        z_style, *of_faces = inputs
        w = blended(generator, face_latents(generator, FaceCodes(*of_faces)), z_style)
        return path_length_objective(generator, w, share.draws)

    def fakes(self, roles: Sequence[Role], inputs: Sequence[Tensor], share: Share) -> Mapping[str, CodedPictures]:
        """What each of these discriminators is to take for real."""
        z_style, *of_faces = inputs
        generator, codes = self.generator.network, FaceCodes(*of_faces)
        if "style" not in roles:
            return {"face": CodedPictures(natural_fakes(generator, codes, share.draws), z_style)}
        batch = fakes(generator, codes, z_style, share.draws)
        return {role: batch.of(role) for role in roles}

    def shown(self, role: str, judged: CodedPictures, share: Share) -> CodedPictures:
        """What a discriminator gets to see of a share's pictures: augmented ones, where that is asked for."""
        if role not in self.augmentations:
            return judged
        return judged._replace(images=self.augmentations[role](judged.images, share.draws))

    def style_codes(self, count: int, step: int, draws: Draws) -> Float[Tensor, "count style_dim"]:
        """Codes for fakes, from the artworks seen lately."""
        return self.data.codes.draw_recent(count, (step + 1) * self.settings.batch, draws)

    def face_codes(self, share: Share) -> FaceCodes:
        """Codes of random faces for a share's fakes."""
        return face_codes(self.generator.network, share.count, self.settings.mixing, share.draws)

    def autocast(self) -> torch.autocast:
        """Half precision where it is asked for."""
        return autocast(self.world.device, self.precision)

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
        self.recorder = None if self.recorder is None else Recorder(self.world.device)
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


def face_description(settings: AdversarialSettings, encoder: StyleEncoder) -> Callable[[Tensor], Tensor]:
    """What the loss for the same face compares; features are those of the style encoder's VGG-19."""
    if settings.same_face_form == "edges":
        return edges
    return features_without_statistics(encoder.gram.layers[: TAP_INDEX[SAME_FACE_TAP] + 1])


def named(update: str, roles: Sequence[Role]) -> str:
    """The name of an update's recording: each stage has its own."""
    return update if "style" in roles else f"{update} of natural faces"
