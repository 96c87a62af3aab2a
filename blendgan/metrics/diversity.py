"""How different are pictures of one set from each other?"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def mean_distance(images: Float[Tensor, "n 3 size size"]) -> float:
    """Mean over all pairs of the root mean square difference of their pixels; 0 for pictures that are all alike."""
    flat = images.flatten(1)
    distances = torch.cdist(flat, flat, compute_mode="donot_use_mm_for_euclid_dist") / flat.shape[1] ** 0.5
    return float(distances.sum() / (len(images) * (len(images) - 1)))


def mean_over_pairs(images: Float[Tensor, "n 3 size size"], distance: Callable[[Tensor, Tensor], Tensor]) -> float:
    """Mean of a distance over all pairs of two or more pictures, each pair once, as StarGAN v2 has it for LPIPS."""
    one, other = torch.triu_indices(len(images), len(images), offset=1).to(images.device)
    return float(distance(images[one], images[other]).mean())
