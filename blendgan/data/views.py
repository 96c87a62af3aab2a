"""Affine views for contrastive learning: they move the content and leave the style, colours above all, alone."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

MAX_ROTATION = math.radians(30)
MAX_SHEAR = math.radians(10)
MAX_SHIFT = 0.1
"""Of the picture's width."""
MAX_SCALE = 1.2
"""Zoom between 1/1.2 and 1.2, even in the logarithm."""


def affine_views(
    images: Float[Tensor, "batch 3 height width"], matrices: Float[Tensor, "batch 2 3"]
) -> Float[Tensor, "batch 3 height width"]:
    """One affine view of each picture.

    Reflection fills what moves in from outside: a flat border would change the Gram statistics that style is read from.
    """
    grid = affine_grid(matrices.to(images), list(images.shape), align_corners=False)
    return grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def random_matrices(count: int, generator: torch.Generator) -> Float[Tensor, "count 2 3"]:
    """Rotation, shear, zoom, mirroring (half of the time) and shift, each uniform in its range."""

    def uniform(limit: float) -> Float[Tensor, " count"]:
        return (torch.rand(count, generator=generator) * 2 - 1) * limit

    angle, shear, zoom = uniform(MAX_ROTATION), uniform(MAX_SHEAR).tan(), uniform(math.log(MAX_SCALE)).exp()
    mirror = uniform(1.0).sign()
    cosine, sine = angle.cos() * zoom, angle.sin() * zoom
    # rotation times shear; the first column carries the mirroring
    rows = [
        torch.stack([cosine * mirror, cosine * shear - sine, uniform(2 * MAX_SHIFT)], dim=1),
        torch.stack([sine * mirror, sine * shear + cosine, uniform(2 * MAX_SHIFT)], dim=1),
    ]
    return torch.stack(rows, dim=1)
