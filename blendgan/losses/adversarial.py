"""The adversarial game of each discriminator: the non-saturating logistic loss (Goodfellow et al. 2014), and R1."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus


def discriminator_loss(real_logits: Float[Tensor, "real 1"], fake_logits: Float[Tensor, "fake 1"]) -> Float[Tensor, ""]:
    """-log sigmoid(D(real)) - log(1 - sigmoid(D(fake))), averaged; 2 log 2 for a discriminator that cannot tell."""
    return softplus(-real_logits).mean() + rejection_loss(fake_logits)


def rejection_loss(logits: Float[Tensor, "fake 1"]) -> Float[Tensor, ""]:
    """-log(1 - sigmoid(D)), averaged: the half of a discriminator's loss that is about false pictures."""
    return softplus(logits).mean()


def generator_loss(fake_logits: Float[Tensor, "fake 1"]) -> Float[Tensor, ""]:
    """-log sigmoid(D(fake)), averaged: log 2 when the discriminator cannot tell, and steep where the fakes are bad."""
    return softplus(-fake_logits).mean()


def r1_penalty(images: Float[Tensor, "batch 3 height width"], logits: Float[Tensor, "batch 1"]) -> Float[Tensor, ""]:
    """E ||grad_x D(x)||^2: keep a discriminator flat around real pictures (Mescheder et al. 2018). Differentiable.

    `images` must have required gradients when `logits` were computed. The trainer multiplies with gamma / 2 and with
    the interval between two penalised steps. For the style-latent discriminator the gradient is that of the image
    alone, not of the code beside it.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()
