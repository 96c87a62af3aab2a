"""Every step draws from its own seed, so the step number is all that a resume needs to know of randomness.

Numbers are drawn for the batch of all processes and each takes its share: any number of processes sees the same draws.
They are drawn where they are needed, so a GPU waits for none; its draws are others than a CPU's.
"""

import random

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

NOISE = 10
"""Tells the seed of the noise from that of all other draws."""


class Draws:
    """The random numbers of one step, for process `rank` of `ranks`."""

    def __init__(
        self, seed: tuple[int, ...], rank: int = 0, ranks: int = 1, device: str | torch.device = "cpu"
    ) -> None:
        self.rank, self.ranks, self.device = rank, ranks, torch.device(device)
        self.generator, self.noise_generator = torch.Generator(self.device), torch.Generator(self.device)
        self.reseed(seed)

    def reseed(self, seed: tuple[int, ...]) -> None:
        """Begin again, with the numbers of another step."""
        self.generator.manual_seed(mixed(*seed))
        self.noise_generator.manual_seed(mixed(*seed, NOISE))

    def state(self) -> tuple[Tensor, Tensor]:
        """Where the drawing is, to come back to."""
        return self.generator.get_state(), self.noise_generator.get_state()

    def set_state(self, state: tuple[Tensor, Tensor]) -> None:
        """Come back."""
        self.generator.set_state(state[0])
        self.noise_generator.set_state(state[1])

    def normal(self, count: int, *shape: int) -> Float[Tensor, "count ..."]:
        """`count` standard normal samples."""
        return self._share(torch.randn(count * self.ranks, *shape, generator=self.generator, device=self.device))

    def uniform(self, count: int, *shape: int) -> Float[Tensor, "count ..."]:
        """`count` samples in [0, 1)."""
        return self._share(torch.rand(count * self.ranks, *shape, generator=self.generator, device=self.device))

    def integers(self, low: int, high: int, count: int) -> Tensor:
        """`count` whole numbers in low..high-1."""
        size = (count * self.ranks,)
        return self._share(torch.randint(low, high, size, generator=self.generator, device=self.device))

    def noise(self, count: int, side: int) -> Float[Tensor, "count 1 side side"]:
        """Normal noise for the generator's maps; how many maps there are changes no other draw."""
        shape = (count * self.ranks, 1, side, side)
        return self._share(torch.randn(shape, generator=self.noise_generator, device=self.device))

    def _share(self, drawn: Tensor) -> Tensor:
        return drawn[self.rank :: self.ranks]


def mixed(*numbers: int) -> int:
    """One 63-bit seed from several numbers."""
    # the length in front: SeedSequence takes (1,) and (1, 0) for the same
    return int(np.random.SeedSequence((len(numbers), *numbers)).generate_state(1, np.uint64)[0] >> 1)


def seed_libraries(*numbers: int) -> None:
    """Seed Python, NumPy and PyTorch (all devices), for what is drawn inside networks and libraries."""
    seed = mixed(*numbers)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
