"""Kernel Inception Distance (Bińkowski et al. 2018): unbiased, so it can be used on small sets."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Kid:
    """Mean and standard deviation over random subsets."""

    mean: float
    deviation: float


def kid(
    real: Float[Tensor, "real dim"],
    fake: Float[Tensor, "fake dim"],
    subset_size: int = 1000,
    num_subsets: int = 100,
    seed: int = 0,
) -> Kid:
    """Squared MMD under the kernel (x.y / dim + 1)^3 of random subsets; compare only at equal features and size."""
    if min(len(real), len(fake)) < subset_size:
        raise ValueError(f"subsets of {subset_size} need as many features; there are {len(real)} and {len(fake)}")
    generator = torch.Generator().manual_seed(seed)
    distances = torch.stack(
        [
            squared_mmd(_subset(real, subset_size, generator), _subset(fake, subset_size, generator))
            for _ in range(num_subsets)
        ]
    )
    return Kid(float(distances.mean()), float(distances.std(unbiased=False)))


def squared_mmd(x: Float[Tensor, "n dim"], y: Float[Tensor, "n dim"]) -> Float[Tensor, ""]:
    """The unbiased estimate; below zero now and then when both are alike."""
    n = len(x)
    within = sum((_kernel(z, z).sum() - _kernel(z, z).trace() for z in (x, y)), torch.zeros((), dtype=torch.float64))
    return within / (n * (n - 1)) - 2 * _kernel(x, y).mean()


def _kernel(x: Float[Tensor, "n dim"], y: Float[Tensor, "m dim"]) -> Float[Tensor, "n m"]:
    return (x.double() @ y.double().T / x.shape[1] + 1) ** 3


def _subset(features: Float[Tensor, "all dim"], size: int, generator: torch.Generator) -> Float[Tensor, "size dim"]:
    return features[torch.randperm(len(features), generator=generator)[:size]]
