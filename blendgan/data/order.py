"""In which order pictures are seen: a pure function of the seed, so that a position is all a checkpoint must remember.

Position p of the endless stream lies in epoch p // n, and every epoch is its own shuffle of all n pictures. Nothing
depends on the number of processes or loader workers.
"""

from collections.abc import Iterator

import numpy as np

ORDER, FLIPS = 0, 1  # separate streams of one seed


def epoch_order(num_pictures: int, seed: int, epoch: int) -> np.ndarray:
    """The shuffle of one epoch: an int64 permutation of `num_pictures`."""
    return np.random.default_rng((seed, ORDER, epoch)).permutation(num_pictures)


def epoch_flips(num_pictures: int, seed: int, epoch: int) -> np.ndarray:
    """Which places of an epoch are mirrored: booleans, half of them true on average."""
    return np.random.default_rng((seed, FLIPS, epoch)).random(num_pictures) < 0.5


class Order:
    """Picture and mirroring at every position of the stream."""

    def __init__(self, num_pictures: int, seed: int, mirror: bool = True) -> None:
        self.num_pictures, self.seed, self.mirror = num_pictures, seed, mirror
        self._epoch = -1

    def __getitem__(self, position: int) -> tuple[int, bool]:
        epoch, place = divmod(position, self.num_pictures)
        if epoch != self._epoch:
            self._epoch = epoch
            self._order = epoch_order(self.num_pictures, self.seed, epoch)
            self._flips = epoch_flips(self.num_pictures, self.seed, epoch)
        return int(self._order[place]), bool(self.mirror and self._flips[place])


def batch_positions(first_step: int, num_steps: int, batch: int, rank: int = 0, ranks: int = 1) -> Iterator[list[int]]:
    """The positions that one process reads at each step.

    Process r of R takes every R-th picture of the batch that all share, beginning at r. Taken so, the groups of the
    minibatch standard deviation (samples i, i + n/4, ...) are those of a single process with the whole batch.
    """
    for step in range(first_step, num_steps):
        yield list(range(step * batch + rank, (step + 1) * batch, ranks))
