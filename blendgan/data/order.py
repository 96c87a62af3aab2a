"""In which order pictures are seen: a pure function of the seed, so that a position is all a checkpoint must remember.

Position p of the endless stream lies in epoch p // n, and every epoch is its own shuffle of all n pictures. Nothing
depends on the number of processes or loader workers.
"""

from collections.abc import Iterator

import numpy as np

ORDER, FLIPS, COMPANIONS = 0, 1, 2  # separate streams of one seed


def epoch_order(num_pictures: int, seed: int, epoch: int) -> np.ndarray:
    """The shuffle of one epoch: an int64 permutation of `num_pictures`."""
    return np.random.default_rng((seed, ORDER, epoch)).permutation(num_pictures)


def epoch_flips(num_pictures: int, seed: int, epoch: int) -> np.ndarray:
    """Which places of an epoch are mirrored: booleans, half of them true on average."""
    return np.random.default_rng((seed, FLIPS, epoch)).random(num_pictures) < 0.5


def companion_order(folders: np.ndarray, seed: int, epoch: int) -> np.ndarray:
    """A shuffle of pictures, `folders` says of which folder each is, in which two of one folder stand side by side.

    Of an odd number one stands alone, in every epoch another.
    """
    shuffled = epoch_order(len(folders), seed, epoch)
    by_folder = shuffled[np.argsort(folders[shuffled], kind="stable")]
    _, begins, counts = np.unique(folders[by_folder], return_index=True, return_counts=True)
    place = np.arange(len(folders)) - np.repeat(begins, counts)
    group = np.cumsum(place % 2 == 0) - 1
    keys = np.random.default_rng((seed, COMPANIONS, epoch)).permutation(len(folders))
    order: np.ndarray = by_folder[np.argsort(keys[group], kind="stable")]
    return order


class Order:
    """Picture and mirroring at every position of the stream."""

    def __init__(self, num_pictures: int, seed: int, mirror: bool = True) -> None:
        self.num_pictures, self.seed, self.mirror = num_pictures, seed, mirror
        self._epoch = -1

    def __getitem__(self, position: int) -> tuple[int, bool]:
        epoch, place = divmod(position, self.num_pictures)
        if epoch != self._epoch:
            self._epoch = epoch
            self._order = self.shuffle(epoch)
            self._flips = epoch_flips(self.num_pictures, self.seed, epoch)
        return int(self._order[place]), bool(self.mirror and self._flips[place])

    def shuffle(self, epoch: int) -> np.ndarray:
        """The order of one epoch."""
        return epoch_order(self.num_pictures, self.seed, epoch)


class CompanionOrder(Order):
    """An order in which nearly every picture stands beside another one of its folder, among however many folders."""

    def __init__(self, folders: np.ndarray, seed: int) -> None:
        super().__init__(len(folders), seed)
        self.folders = folders

    def shuffle(self, epoch: int) -> np.ndarray:
        """The order of one epoch."""
        return companion_order(self.folders, self.seed, epoch)


def batch_positions(first_step: int, num_steps: int, batch: int, rank: int = 0, ranks: int = 1) -> Iterator[list[int]]:
    """The positions that one process reads at each step.

    Process r of R takes every R-th picture of the batch that all share, beginning at r. Taken so, the groups of the
    minibatch standard deviation (samples i, i + n/4, ...) are those of a single process with the whole batch.
    """
    for step in range(first_step, num_steps):
        yield list(range(step * batch + rank, (step + 1) * batch, ranks))
