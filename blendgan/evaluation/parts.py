"""Values of many pictures, a part at a time, in files that the processes share: a killed run goes on, more are added.

What a folder's values follow from is in its name, so nothing in it is ever out of date.
"""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from blendgan.checkpoints import torch_file
from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.training.parallel.distributed import World

VERSION = 1
"""Of what is kept: to be raised when the same names come to mean other values."""
Values = dict[str, Tensor]
"""By name, a row for each picture."""


@dataclass(frozen=True)
class Parts:
    """Values of the pictures 0 to `count` - 1; picture k has the same ones whatever the count."""

    folder: Path
    count: int
    size: int = 100
    """Pictures of a part."""

    def ranges(self) -> list[range]:
        """Which pictures each part is about."""
        return [range(start, min(start + self.size, self.count)) for start in range(0, self.count, self.size)]

    def path(self, part: range) -> Path:
        """The file of a part."""
        return self.folder / f"{part.start:08d}-{part.stop:08d}.pt"

    def fill(self, compute: Callable[[range], Values], world: World, console: Console, unit: str = "picture") -> None:
        """Compute the parts that are missing, each in one of the processes."""
        missing = world.from_first(lambda: [part for part in self.ranges() if not self.path(part).is_file()])
        done = self.count - sum(map(len, missing))
        with console.progress(self.count, unit, start=done) as progress:
            for part in world.mine(missing):
                torch_file.write(self.path(part), {name: rows.cpu() for name, rows in compute(part).items()})
                progress.advance(len(part) * world.ranks)
        world.wait()

    def rows(self, name: str) -> Iterator[Tensor]:
        """Some rows after the other."""
        for part in self.ranges():
            yield _read(self.path(part))[name]

    def means(self) -> dict[str, float]:
        """Mean over the pictures of every value that is one number, where it was taken."""
        sums, counts = defaultdict[str, float](float), Counter[str]()
        for part in self.ranges():
            for name, rows in _read(self.path(part)).items():
                if rows.ndim == 1:
                    sums[name] += float(rows.double().sum())
                    counts[name] += len(rows)
        return {name: total / counts[name] for name, total in sums.items()}

    @contextmanager
    def together(self, name: str) -> Iterator[Tensor]:
        """All rows as one tensor whose memory is a file that nobody sees."""
        with tempfile.TemporaryFile(dir=self.folder) as file:
            first = next(self.rows(name))
            whole = np.memmap(file, dtype=np.float32, mode="w+", shape=(self.count, *first.shape[1:]))
            for part, rows in zip(self.ranges(), self.rows(name), strict=True):
                whole[part.start : part.stop] = rows.numpy()
            yield torch.from_numpy(whole)

    def kept(self, name: str, compute: Callable[[], Values]) -> Values:
        """What follows from all rows, computed once."""
        path = self.folder / f"{name}-{self.count}.pt"
        if not path.is_file():
            torch_file.write(path, compute())
        return _read(path)


def _read(path: Path) -> Values:
    try:
        return torch_file.read(path)
    except torch_file.TornFileError as error:
        raise UserError(f"{path} is damaged ({error}); remove it and run the same command again") from error
