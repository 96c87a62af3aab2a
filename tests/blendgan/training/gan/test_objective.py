"""The objectives by themselves, and a step of the trainer composed of them by hand."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import softplus

from blendgan.data.folder import ImageFolder
from blendgan.losses.path_length import path_length_penalty
from blendgan.networks.discriminators import ProjectionDiscriminator
from blendgan.training.engine.learner import adam, separate_rate
from blendgan.training.gan.objective import (
    ROLES,
    CodedPictures,
    GanBatch,
    blended,
    discriminator_objective,
    face_codes,
    face_latents,
    fakes,
    generator_objective,
    matching_objective,
    path_length_objective,
    r1_objective,
)
from blendgan.training.gan.trainer import DISCRIMINATOR, GENERATOR, PATH_LENGTH, GanTrainer
from blendgan.training.parallel.randomness import Draws
from tests.blendgan.training.small import DIM, GAN, SIZE, assert_same, make_gan


@pytest.mark.parametrize("mismatch_loss", [0.0, 0.5])
def test_a_step_composed_of_the_objectives_by_hand_is_the_step_of_the_trainer(heads: ImageFolder, mismatch_loss: float):
    trainer = make_gan(heads, settings=replace(GAN, mismatch_loss=mismatch_loss))
    composed = copy.deepcopy(trainer.networks)
    batch = next(trainer.stream(0, 1))
    mismatch = step_by_hand(composed.generator, composed.discriminators, batch, trainer)
    numbers = trainer.step(0, batch, (0, 0))
    assert numbers.get("discriminator/mismatch") == mismatch
    assert_same(composed.generator.state_dict(), trainer.generator.network.state_dict())
    # the first step takes the average whole
    assert_same(composed.generator.state_dict(), trainer.generator_ema.state_dict())
    for role, discriminator in composed.discriminators.items():
        assert_same(discriminator.state_dict(), trainer.discriminators[role].network.state_dict())


def step_by_hand(generator: Any, discriminators: dict[str, Any], batch: GanBatch, trainer: GanTrainer) -> Tensor | None:
    """Step 0 in plain PyTorch: discriminators, R1 for the first of them, generator, path length.

    Gives the loss for mismatched codes, if there is one.
    """
    rate = GAN.learning_rate
    judges = {role: adam(network.parameters(), rate, GAN.r1_every) for role, network in discriminators.items()}
    painter = adam(generator.parameters(), rate, GAN.path_every)
    separate_rate(painter, [generator.blending.face_weight], 1.0)
    count = len(batch.faces)

    draws = Draws((0, 0, DISCRIMINATOR))
    codes = trainer.style_codes(count, 0, draws)
    with torch.no_grad():
        fake = fakes(generator, face_codes(generator, count, GAN.mixing, draws), codes, draws)
    mismatch = None
    for role, network in discriminators.items():
        if role == "style_latent" and trainer.mismatch_loss:
            loss, mismatch, _ = matching_objective(network, batch.of(role), fake.of(role))
            descend(judges[role], loss + trainer.mismatch_loss * mismatch)
        else:
            descend(judges[role], discriminator_objective(network, batch.of(role), fake.of(role))[0])

    penalty = r1_objective(discriminators["face"], batch.of("face"))
    descend(judges["face"], GAN.r1_gamma / 2 * GAN.r1_every * penalty)

    draws = Draws((0, 0, GENERATOR))
    codes = trainer.style_codes(count, 0, draws)
    fake = fakes(generator, face_codes(generator, count, GAN.mixing, draws), codes, draws)
    losses = generator_objective(discriminators, {role: fake.of(role) for role in ROLES})
    descend(painter, losses["face"] + losses["style"] + losses["style_latent"])
    generator.clamp_face_weights()

    draws = Draws((0, 0, PATH_LENGTH))
    w_face = face_latents(generator, face_codes(generator, count // 2, GAN.mixing, draws))
    w = blended(generator, w_face, trainer.style_codes(count // 2, 0, draws))
    penalty, _ = path_length_penalty(path_length_objective(generator, w, draws), torch.zeros(()))
    descend(painter, GAN.path_weight * GAN.path_every * penalty)
    generator.clamp_face_weights()
    return mismatch


def descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def test_artworks_with_codes_of_others_are_false(heads: ImageFolder):
    """Beside the usual loss, by one more look at the artworks with the codes of the fakes."""
    judge = make_gan(heads).networks.discriminators["style_latent"].double()
    assert isinstance(judge, ProjectionDiscriminator)
    real, fake = (
        CodedPictures(torch.randn(4, 3, SIZE, SIZE).double(), codes(seed).double() / (1 + seed)) for seed in (1, 2)
    )
    loss, mismatch, real_logits = matching_objective(judge, real, fake)
    usual, usual_logits = discriminator_objective(judge, real, fake)
    expected = -torch.log(1 - torch.sigmoid(judge(real.images, fake.codes))).mean()
    torch.testing.assert_close((loss, mismatch, real_logits), (usual, expected, usual_logits))
    assert mismatch != softplus(real_logits).mean(), "the codes are looked at"


def test_natural_fakes_do_not_depend_on_the_style_and_styled_ones_do(heads: ImageFolder):
    generator = make_gan(heads).generator.network
    torch.nn.init.constant_(generator.blending.face_weight, 0.5)
    faces = face_codes(generator, len(codes(1)), GAN.mixing, Draws((0,)))
    first, second = (fakes(generator, faces, codes(seed), Draws((0,))) for seed in (1, 2))
    torch.testing.assert_close(first.faces, second.faces)
    assert not torch.allclose(first.artworks, second.artworks)
    assert torch.equal(first.codes, codes(1))


def codes(seed: int) -> Tensor:
    return torch.randn(4, DIM, generator=torch.Generator().manual_seed(seed))


def test_style_mixing_changes_the_face_once_from_some_layer_on(heads: ImageFolder):
    generator = make_gan(heads).generator.network
    w = face_latents(generator, face_codes(generator, 32, 1.0, Draws((0,))))
    changes = (w[:, 1:] != w[:, :-1]).any(dim=2).sum(dim=1)
    assert changes.unique().tolist() == [1]
    never = face_latents(generator, face_codes(generator, 8, 0.0, Draws((0,))))
    assert torch.equal(never, never[:, :1].expand_as(never))


def test_the_face_discriminator_judges_natural_pictures_and_the_others_styled_ones():
    natural, styled = torch.zeros(2, 3, SIZE, SIZE), torch.ones(2, 3, SIZE, SIZE)
    batch = GanBatch(natural, styled, torch.randn(2, DIM))
    assert [float(batch.of(role).images.mean()) for role in ROLES] == [0.0, 1.0, 1.0]
    assert all(torch.equal(batch.of(role).codes, batch.codes) for role in ROLES)


def test_r1_of_the_style_latent_discriminator_is_the_gradient_by_the_picture_alone(heads: ImageFolder):
    """By differences: along a direction, the logits change as the gradient says whose square is the penalty."""
    discriminator = make_gan(heads).networks.discriminators["style_latent"].double().requires_grad_(False)
    assert isinstance(discriminator, ProjectionDiscriminator)
    images, z_style = torch.randn(1, 3, SIZE, SIZE, dtype=torch.float64), torch.randn(1, DIM, dtype=torch.float64)
    gradient = by_differences(lambda x: float(discriminator(x, z_style)), images)
    penalty = r1_objective(discriminator, CodedPictures(images, z_style))
    torch.testing.assert_close(penalty.detach(), gradient.square().sum(), rtol=1e-4, atol=0)
    assert images.grad is None


def by_differences(value: Callable[[Tensor], float], x: Tensor, small: float = 1e-5) -> Tensor:
    """The gradient of `value` at `x`, one entry after the other."""
    gradient = torch.zeros_like(x).flatten()
    for index in range(x.numel()):
        step = torch.zeros_like(x).flatten()
        step[index] = small
        step = step.view_as(x)
        gradient[index] = (value(x + step) - value(x - step)) / (2 * small)
    return gradient.view_as(x)
