"""Several processes as torchrun starts them; with one process every function here does nothing."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn

TIMEOUT_MINUTES = 10


@dataclass(frozen=True)
class World:
    """Which process this is, of how many, on which device."""

    device: torch.device
    rank: int = 0
    ranks: int = 1

    @property
    def is_first(self) -> bool:
        """The process that writes files and speaks."""
        return self.rank == 0

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by its mean over the processes; one that a process does not have counts as 0."""
        if self.ranks == 1:
            return
        used = list(parameters)
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in used]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        flat /= self.ranks
        pieces = torch.split(flat, [gradient.numel() for gradient in gradients])
        for parameter, piece in zip(used, pieces, strict=True):
            parameter.grad = piece.view_as(parameter)

    def gather(self, rows: Tensor) -> Tensor:
        """Rows of all processes, in the order of their ranks; gradients flow back to where a row came from."""
        if self.ranks == 1:
            return rows
        from torch.distributed.nn.functional import all_gather

        return torch.cat(all_gather(rows))  # type: ignore[no-untyped-call]

    def mean(self, number: Tensor) -> Tensor:
        """Mean of a number over the processes."""
        if self.ranks > 1:
            number = number.clone()
            dist.all_reduce(number)
            number /= self.ranks
        return number

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in at least one process."""
        if self.ranks == 1:
            return flag
        flags = torch.tensor(float(flag), device=self.device)
        dist.all_reduce(flags)
        return bool(flags > 0)

    def wait(self) -> None:
        """Until all processes are here."""
        if self.ranks > 1:
            dist.barrier()


@contextmanager
def joined_world(device: str) -> Iterator[World]:
    """The world torchrun describes in the environment, or the world of one process."""
    ranks = int(os.environ.get("WORLD_SIZE", "1"))
    if ranks == 1:
        yield World(torch.device(device))
        return
    on_gpu = device.startswith("cuda")
    place = torch.device(f"cuda:{os.environ['LOCAL_RANK']}" if on_gpu else device)
    dist.init_process_group("nccl" if on_gpu else "gloo", timeout=timedelta(minutes=TIMEOUT_MINUTES))
    try:
        yield World(place, dist.get_rank(), ranks)
    finally:
        dist.destroy_process_group()
