"""R1: keep a discriminator flat around real pictures (Mescheder et al. 2018)."""

import torch
from jaxtyping import Float
from torch import Tensor


def r1_penalty(images: Float[Tensor, "batch 3 height width"], logits: Float[Tensor, "batch 1"]) -> Float[Tensor, ""]:
    """E ||grad_x D(x)||^2, differentiable; `images` must have required gradients when `logits` were computed.

    The trainer multiplies with gamma / 2 and with the interval between two penalised steps. For the
    style-latent discriminator the gradient is that of the image alone, not of the code beside it.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()
