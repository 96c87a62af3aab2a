"""Path length regularisation: a step in W changes the picture by the same amount everywhere (Karras et al. 2020)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

MEAN_DECAY = 0.01


def path_lengths(
    images: Float[Tensor, "batch 3 height width"],
    w: Float[Tensor, "batch layers dim"],
    noise: Float[Tensor, "batch 3 height width"],
) -> Float[Tensor, " batch"]:
    """||J^T y|| per sample for y = `noise` / sqrt(height * width), J being d images / d w; differentiable.

    E ||J^T y||^2 is then the sum of the squared entries of J over the number of pixels: it does not grow with the
    picture. Nor does it with the number of layers, over which the squared length is averaged before its root is taken.
    """
    directions = noise / math.sqrt(images.shape[2] * images.shape[3])
    (gradient,) = torch.autograd.grad((images * directions).sum(), w, create_graph=True)
    return gradient.square().sum(dim=2).mean(dim=1).sqrt()


def path_length_penalty(
    lengths: Float[Tensor, " batch"], running_mean: Float[Tensor, ""], batch_mean: Float[Tensor, ""] | None = None
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """E (length - a)^2 and the new running mean a, which is a constant to the gradient.

    `batch_mean` is the mean length over all processes, where there are several.
    """
    latest = lengths.detach().mean() if batch_mean is None else batch_mean
    new_mean = running_mean.lerp(latest, MEAN_DECAY)
    return (lengths - new_mean).square().mean(), new_mean
