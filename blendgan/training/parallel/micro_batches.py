"""A batch worked through in equal shares, whose gradients add up to those of the whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from blendgan.training.engine.loop import Numbers
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.randomness import Draws


@dataclass(frozen=True)
class Share:
    """Number `index` of `parts` shares of a process's batch, with `count` samples and the random numbers of these."""

    index: int
    parts: int
    count: int
    draws: Draws

    @property
    def is_last(self) -> bool:
        """Whether the gradients are complete after it."""
        return self.index == self.parts - 1

    def of(self, rows: Tensor) -> Tensor:
        """Every `parts`-th row: so the groups of the minibatch deviation stay those of the whole batch."""
        return rows[self.index :: self.parts]


def shares(count: int, at_most: int, world: World, seed: tuple[int, ...]) -> Iterator[Share]:
    """`count` samples in the fewest equal shares of `at_most` samples (0: one share).

    A share is to the batch what a process is to all: it takes every n-th sample and every n-th of the random numbers.
    """
    limit = at_most or count
    parts = next(parts for parts in range(1, count + 1) if count % parts == 0 and count // parts <= limit)
    for index in range(parts):
        draws = Draws(seed, world.rank + world.ranks * index, world.ranks * parts, world.device)
        yield Share(index, parts, count // parts, draws)


def add_share(totals: Numbers, numbers: Numbers, share: Share) -> None:
    """Count a share's means into those of the batch."""
    for name, number in numbers.items():
        mine = number.detach() / share.parts
        totals[name] = totals[name] + mine if name in totals else mine
