"""A training step as published StyleGAN2 ports take it, on our weights: the baseline of `train_step.py`.

Generator and discriminators are called once per kind of picture, the three losses are summed before one backward pass,
every layer works in the formulation of `reference_generator.py`, and the moving average is a loop over parameters.
"""

from math import sqrt

import torch
import torch.nn.functional as F
from reference_generator import KERNEL, synthesize, upfirdn
from torch import Tensor

from blendgan.losses.adversarial import discriminator_loss, generator_loss, r1_penalty
from blendgan.losses.path_length import path_length_penalty, path_lengths
from blendgan.networks.discriminators import AnyDiscriminator, ConvBlock, Discriminator, ResidualBlock
from blendgan.networks.layers import EqualConv2d, minibatch_deviation
from blendgan.training.gan.objective import ROLES, GanBatch, blended, face_codes, face_latents
from blendgan.training.gan.trainer import PATH_LENGTH, GanTrainer
from blendgan.training.parallel.randomness import Draws


def step(trainer: GanTrainer, batch: GanBatch, draws: tuple[Draws, Draws]) -> dict[str, Tensor]:
    """One update of the discriminators and one of the generator; penalties left out."""
    z_style = trainer.style_codes(len(batch.faces), 0, draws[0])
    with torch.no_grad():
        natural, styled = fakes(trainer, z_style, draws[0])
    numbers = {}
    for role, learner in trainer.discriminators.items():
        real, fake = (batch.faces, natural) if role == "face" else (batch.artworks, styled)
        numbers[f"discriminator/{role}"] = discriminator_loss(
            judge(learner.network, real, batch.codes), judge(learner.network, fake, z_style)
        )
    for learner in trainer.discriminators.values():
        learner.optimizer.zero_grad()
    sum(numbers.values(), torch.zeros((), device=styled.device)).backward()
    for learner in trainer.discriminators.values():
        learner.optimizer.step()

    z_style = trainer.style_codes(len(batch.faces), 0, draws[1])
    natural, styled = fakes(trainer, z_style, draws[1])
    losses = {
        f"generator/{role}": generator_loss(
            judge(trainer.discriminators[role].network, natural if role == "face" else styled, z_style)
        )
        for role in ROLES
    }
    trainer.generator.optimizer.zero_grad()
    sum(losses.values(), torch.zeros((), device=styled.device)).backward()
    trainer.generator.optimizer.step()
    with torch.no_grad():
        for mine, theirs in zip(
            trainer.generator_ema.parameters(), trainer.generator.network.parameters(), strict=True
        ):
            mine.mul_(0.998).add_(theirs, alpha=0.002)
    return {name: loss.detach() for name, loss in (numbers | losses).items()}


def r1(trainer: GanTrainer, role: str, batch: GanBatch) -> None:
    """A gradient penalty and its update, with PyTorch's own second derivatives."""
    learner = trainer.discriminators[role]
    images = batch.faces.clone().requires_grad_()
    penalty = r1_penalty(images, judge(learner.network, images, batch.codes))
    learner.optimizer.zero_grad()
    (trainer.settings.r1_gamma / 2 * trainer.settings.r1_every * penalty).backward()
    learner.optimizer.step()


def path_length(trainer: GanTrainer, seed: tuple[int, ...]) -> None:
    """A path-length penalty on half a batch and its update."""
    draws, settings, learner = (
        Draws((*seed, PATH_LENGTH), device=trainer.world.device),
        trainer.settings,
        trainer.generator,
    )
    count = settings.batch // 2
    w_face = face_latents(learner.network, face_codes(learner.network, count, settings.mixing, draws))
    w = blended(learner.network, w_face, trainer.style_codes(count, 0, draws))
    images = synthesize(learner.network, w)
    lengths = path_lengths(images, w, draws.normal(count, *images.shape[1:]))
    penalty, _ = path_length_penalty(lengths, trainer.mean_path_length)
    learner.optimizer.zero_grad()
    (settings.path_weight * settings.path_every * penalty).backward()
    learner.optimizer.step()


def fakes(trainer: GanTrainer, z_style: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
    """Natural pictures in one pass, styled ones in a second."""
    generator = trainer.generator.network
    w_face = face_latents(generator, face_codes(generator, len(z_style), trainer.settings.mixing, draws))
    return synthesize(generator, w_face), synthesize(generator, blended(generator, w_face, z_style))


def judge(discriminator: AnyDiscriminator, images: Tensor, z_style: Tensor) -> Tensor:
    """Logits, with full-rate filters and planes folded into the batch."""
    trunk = discriminator.trunk
    x = conv_block(trunk.from_rgb, images.contiguous())
    for block in trunk.blocks:
        x = residual(block, x)
    x = conv_block(trunk.final_conv, minibatch_deviation(x))
    if isinstance(discriminator, Discriminator):
        return discriminator.output(discriminator.hidden(x.flatten(1)))
    summed = x.sum(dim=(2, 3))
    return discriminator.output(summed) + (discriminator.style(z_style) * summed).sum(dim=1, keepdim=True)


def residual(block: ResidualBlock, x: Tensor) -> Tensor:
    """Both branches; the skip filters every pixel and then drops three of four."""
    blurred = upfirdn(x, KERNEL.to(x), up=1, before=1, after=1)
    skip = conv(block.skip, blurred, stride=2)
    return (conv_block(block.conv2, conv_block(block.conv1, x)) + skip) / sqrt(2)


def conv_block(block: ConvBlock, x: Tensor) -> Tensor:
    """Blur, convolution, bias, activation."""
    if block.down:
        x = upfirdn(x, KERNEL.to(x), up=1, before=2, after=2)
    y = conv(block.conv, x, block.conv.stride)
    return F.leaky_relu(y + block.bias[None, :, None, None], 0.2) * sqrt(2)


def conv(layer: EqualConv2d, x: Tensor, stride: int) -> Tensor:
    """Weights in the usual order of memory, scaled at every call."""
    return F.conv2d(x, layer.weight.contiguous() * layer.scale, stride=stride, padding=layer.padding)
