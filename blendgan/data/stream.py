"""Batches for one process: uint8 from the loader, [-1, 1] on the device.

Workers only decode; the order comes from `order.py`, so batches are the same with any number of workers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from blendgan.data.order import Order
from blendgan.data.pixels import to_signed
from blendgan.errors import UserError

MAX_BYTES_IN_MEMORY = 1 << 30
CHUNK = 16
"""Pictures that are worked on at once where all are looked at in turn."""


class Pictures(Protocol):
    """Anything with numbered square pictures: a folder, an archive, a published dataset."""

    @property
    def size(self) -> int:
        """Side of the pictures in px."""

    def __len__(self) -> int: ...

    def name(self, index: int) -> str:
        """What to call a picture in messages."""

    def read(self, index: int) -> np.ndarray:
        """[size, size, 3] uint8 RGB."""


@dataclass(frozen=True)
class Batch:
    """Pictures with the numbers they have in their dataset and whether they were mirrored."""

    images: Float[Tensor, "batch 3 size size"]
    indices: Tensor
    mirrored: Tensor


class InMemory:
    """All pictures decoded once; worth it where one epoch takes seconds."""

    def __init__(self, pictures: Pictures) -> None:
        self.size, self.pictures = pictures.size, pictures
        self.pixels = np.stack([pictures.read(index) for index in range(len(pictures))])

    def __len__(self) -> int:
        return len(self.pixels)

    def name(self, index: int) -> str:
        """What to call a picture in messages."""
        return self.pictures.name(index)

    def read(self, index: int) -> np.ndarray:
        """[size, size, 3] uint8 RGB."""
        pixels: np.ndarray = self.pixels[index]
        return pixels


def in_memory_if_small(pictures: Pictures) -> Pictures:
    """Decode everything now if it fits into a gigabyte."""
    return InMemory(pictures) if len(pictures) * pictures.size**2 * 3 <= MAX_BYTES_IN_MEMORY else pictures


class _AtPosition(Dataset[tuple[Tensor, int, bool]]):
    def __init__(self, pictures: Pictures, order: Order) -> None:
        self.pictures, self.order = pictures, order

    def __getitem__(self, position: int) -> tuple[Tensor, int, bool]:
        index, mirrored = self.order[position]
        pixels = self.pictures.read(index)
        pixels = pixels[:, ::-1] if mirrored else pixels
        return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1))), index, mirrored


def batches(
    pictures: Pictures, order: Order, positions: Iterable[list[int]], device: torch.device, workers: int = 0
) -> Iterator[Batch]:
    """The pictures at `positions`, batch by batch, on `device`."""
    loader = DataLoader(
        _AtPosition(pictures, order),
        batch_sampler=positions,
        num_workers=workers,
        pin_memory=device.type == "cuda",
        persistent_workers=False,
    )
    for pixels, indices, mirrored in _loaded(loader):
        yield Batch(to_signed(pixels.to(device, non_blocking=True)), indices, mirrored)


def _loaded(loader: DataLoader[tuple[Tensor, int, bool]]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """The loader's batches; what ends a worker is said in one sentence, not with the worker's traceback."""
    try:
        yield from loader
    except UserError as error:
        sentence = str(error).strip().rpartition("UserError: ")[2]  # torch puts the worker's traceback before it
        raise UserError(sentence) from error
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise UserError(
            "a data worker died, most often for want of memory; run again with fewer --data-workers"
        ) from error


def read_batch(pictures: Pictures, indices: Iterable[int]) -> Float[Tensor, "batch 3 size size"]:
    """Pictures by number, in [-1, 1]."""
    return to_signed(torch.from_numpy(np.stack([pictures.read(index) for index in indices])).permute(0, 3, 1, 2))


def picture_chunks(pictures: Pictures, device: torch.device) -> Iterator[Float[Tensor, "chunk 3 size size"]]:
    """All pictures in order, in pieces that fit into memory."""
    for start in range(0, len(pictures), CHUNK):
        indices = range(start, min(start + CHUNK, len(pictures)))
        yield read_batch(pictures, indices).to(device)
