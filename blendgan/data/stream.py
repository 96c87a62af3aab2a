"""Batches for one process: uint8 from the loader, [-1, 1] on the device.

Workers only decode; the order comes from `order.py`, so batches are the same with any number of workers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from blendgan.data.order import Order
from blendgan.data.pixels import to_signed
from blendgan.data.processes import default_workers, in_processes, loaded

MAX_BYTES_IN_MEMORY = 1 << 30
CHUNK = 16
"""Pictures that are worked on at once where all are looked at in turn."""
FEW = 256
"""So many are decoded before processes that would help have begun."""


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


def fits_in_memory(pictures: Pictures) -> bool:
    """Whether all decoded pictures together take no more than a gigabyte."""
    return len(pictures) * pictures.size**2 * 3 <= MAX_BYTES_IN_MEMORY


def in_memory_if_small(pictures: Pictures) -> Pictures:
    """Read everything now if it fits into a gigabyte."""
    return InMemory(pictures) if fits_in_memory(pictures) else pictures


def stream_workers(pictures: Pictures, given: int | None, streams: int = 1) -> int:
    """Processes that read one of so many streams of pictures side by side: those that are `given`, else as it fits."""
    if given is not None:
        return given
    return 0 if fits_in_memory(pictures) else default_workers(streams)


class _AtPosition(Dataset[tuple[Tensor, int, bool]]):
    def __init__(self, pictures: Pictures, order: Order) -> None:
        self.pictures, self.order = pictures, order

    def __getitem__(self, position: int) -> tuple[Tensor, int, bool]:
        index, mirrored = self.order[position]
        pixels = self.pictures.read(index)
        pixels = pixels[:, ::-1] if mirrored else pixels
        return torch.from_numpy(np.array(pixels, order="C")), index, mirrored  # Pillow lends its memory read-only


def batches(
    pictures: Pictures, order: Order, positions: Iterable[list[int]], device: torch.device, workers: int | None = 0
) -> Iterator[Batch]:
    """The pictures at `positions`, batch by batch, on `device`; with as many workers as fit where they are None."""
    loader = DataLoader(
        _AtPosition(pictures, order),
        batch_sampler=positions,
        num_workers=stream_workers(pictures, workers),
        pin_memory=device.type == "cuda",
        persistent_workers=False,
    )
    for pixels, indices, mirrored in loaded(loader):
        images = pixels.to(device, non_blocking=True).permute(0, 3, 1, 2)
        # channels last is how GPUs compute; a CPU's convolutions take the other order
        yield Batch(to_signed(images.contiguous() if device.type == "cpu" else images), indices, mirrored)


def read_batch(pictures: Pictures, indices: Iterable[int]) -> Float[Tensor, "batch 3 size size"]:
    """Pictures by number, in [-1, 1]."""
    return _signed(_read(pictures, indices))


def picture_chunks(pictures: Pictures, device: torch.device) -> Iterator[Float[Tensor, "chunk 3 size size"]]:
    """All pictures in order, in pieces that fit into memory."""
    chunks = [range(start, min(start + CHUNK, len(pictures))) for start in range(0, len(pictures), CHUNK)]
    workers = default_workers() if len(pictures) > FEW else 0
    for pixels in in_processes(partial(_read, pictures), chunks, workers):
        yield _signed(pixels).to(device)


def _read(pictures: Pictures, indices: Iterable[int]) -> np.ndarray:
    return np.stack([pictures.read(index) for index in indices])


def _signed(pixels: np.ndarray) -> Float[Tensor, "batch 3 size size"]:
    return to_signed(torch.from_numpy(pixels).permute(0, 3, 1, 2))
