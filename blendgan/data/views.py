"""Views for contrastive learning: affine ones move the content and leave colours alone, crops leave strokes alone.

A crop shows another part of a picture at its own scale, so that the palette differs from crop to crop.
"""

import math

import torch
from jaxtyping import Float, Int
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


def random_places(count: int, side: int, generator: torch.Generator) -> Int[Tensor, "count 3"]:
    """Upper and left border of a crop of half the side of a picture, uniform, and whether it is mirrored (0 or 1)."""
    corners = torch.randint(0, side - side // 2 + 1, (count, 2), generator=generator)
    return torch.cat([corners, torch.randint(0, 2, (count, 1), generator=generator)], dim=1)


def crops(
    images: Float[Tensor, "batch 3 side side"], places: Int[Tensor, "batch 3"]
) -> Float[Tensor, "batch 3 half half"]:
    """One crop of each picture, at its own scale."""
    half = images.shape[-1] // 2
    cut = []
    for image, (top, left, mirrored) in zip(images, places.tolist(), strict=True):
        crop = image[:, top : top + half, left : left + half]
        cut.append(crop.flip(2) if mirrored else crop)
    return torch.stack(cut)
