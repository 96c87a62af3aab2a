"""Several processes as torchrun starts them; with one process every function here does nothing.

What all do at the same moment (gradients, running means) goes through the group of all, whose limit of time tells a
lost process from a slow one. Where one process may keep the others waiting for long, as by hashing, unpacking,
measuring or exporting, they meet in a second group on the CPU with a limit of its own.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
import torch.distributed.nn  # takes the group of all that is there when it is first imported, and keeps it: none, then
from torch import Tensor

from blendgan.errors import UserError

TIMEOUT = timedelta(minutes=10)
"""How long a process waits in mid-step for the others before it takes them for lost."""
PATIENCE = timedelta(days=1)
"""How long it waits where another may have much to do alone; a process that has ended is noticed at once."""
T = TypeVar("T")
LOST = ("Connection closed by peer", "Connection reset by peer", "Timed out waiting", "gloo/")


@dataclass
class World:
    """Which process this is, of how many, on which device."""

    device: torch.device
    rank: int = 0
    ranks: int = 1
    patient: dist.ProcessGroup | None = None
    """The group in which processes wait for long."""

    @property
    def is_first(self) -> bool:
        """The process that writes files and speaks."""
        return self.rank == 0

    def gather(self, rows: Tensor) -> Tensor:
        """Rows of all processes, in the order of their ranks; gradients flow back to where a row came from."""
        if self.ranks == 1:
            return rows
        places = [rows if rank == self.rank else torch.zeros_like(rows) for rank in range(self.ranks)]
        return sum_of_all(torch.cat(places))

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

    def from_first(self, compute: Callable[[], T]) -> T:
        """What `compute` gives in the first process, for all; so is its `UserError`. It may take long."""
        if self.ranks == 1:
            return compute()
        box: list[Any] = [None]
        if self.is_first:
            try:
                box = [compute()]
            except UserError as error:
                box = [error]
        dist.broadcast_object_list(box, group=self.patient)
        if isinstance(box[0], UserError):
            raise box[0]
        result: T = box[0]
        return result

    def mine(self, items: Sequence[T]) -> Sequence[T]:
        """This process's share of work that each item takes once: every n-th."""
        return items[self.rank :: self.ranks]

    def of_all(self, mine: Sequence[T]) -> list[T]:
        """What all processes made of their shares, in the order of the items; they may come at very different times."""
        shares = self.from_all(list(mine))
        count = sum(len(share) for share in shares)
        return [shares[place % self.ranks][place // self.ranks] for place in range(count)]

    def from_all(self, mine: T) -> list[T]:
        """What each process has found, in the order of their ranks."""
        if self.ranks == 1:
            return [mine]
        found: list[Any] = [None] * self.ranks
        dist.all_gather_object(found, mine, group=self.patient)
        return found

    def wait(self) -> None:
        """Until all processes are here, however long one of them takes."""
        if self.ranks > 1:
            dist.all_reduce(torch.zeros(1), group=self.patient)  # a barrier would be sent from the GPU, if there is one


class _SumOfAll(torch.autograd.Function):
    """Every process's loss depends on every process's values, so their gradients are summed as well."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        summed = values.clone()
        dist.all_reduce(summed)
        return summed

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        summed = gradients[0].contiguous().clone()
        dist.all_reduce(summed)
        return summed


def sum_of_all(values: Tensor) -> Tensor:
    """The sum over the processes, differentiable."""
    summed: Tensor = _SumOfAll.apply(values)
    return summed


@contextmanager
def joined_world(device: str, timeout: timedelta = TIMEOUT, patience: timedelta = PATIENCE) -> Iterator[World]:
    """The world torchrun describes in the environment, or the world of one process.

    Its threads have ended when the block has: one that lets go of a tensor while Python shuts down would abort the
    process (terminate called without an active exception).
    """
    ranks = int(os.environ.get("WORLD_SIZE", "1"))
    if ranks == 1:
        yield World(torch.device(device))
        return
    place = own_device(device)
    _meet(place, timeout)
    world = World(place, dist.get_rank(), ranks)
    try:
        world.patient = _all_of_them(patience)
        yield world
        world.wait()
    except RuntimeError as error:
        if not is_lost_connection(error):
            raise
        raise UserError(
            "another process of this training has ended or does not answer; its output says why, "
            "the same command resumes from the last checkpoint"
        ) from error
    finally:
        dist.destroy_process_group()
        world.patient = None  # a group's threads end with the last reference to it


def _all_of_them(patience: timedelta) -> dist.ProcessGroup:
    """A second group of all processes, on the CPU."""
    group = dist.new_group(backend="gloo", timeout=patience)
    assert not isinstance(group, int), "all processes are members"
    return group


def own_device(device: str) -> torch.device:
    """The device of this process among those of its machine."""
    if not device.startswith("cuda"):
        return torch.device(device)
    number, there = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
    if number >= there:
        raise UserError(
            f"process {number} of this machine has no GPU of its own, PyTorch sees {there}; "
            f"begin {there} processes (torchrun --nproc-per-node {there})"
        )
    return torch.device("cuda", number)


def _meet(place: torch.device, timeout: timedelta) -> None:
    """Join the other processes at the address that torchrun has put into the environment."""
    host, port = (os.environ.get(name, "") for name in ("MASTER_ADDR", "MASTER_PORT"))
    try:
        if place.type == "cuda":
            # before anything is allocated or sent: else all of a machine meet on its first GPU, and hang there
            torch.cuda.set_device(place)
            dist.init_process_group("nccl", timeout=timeout, device_id=place)
        else:
            dist.init_process_group("gloo", timeout=timeout)
    except (dist.DistError, ValueError) as error:
        if "EADDRINUSE" in str(error):
            raise UserError(
                f"port {port} of {host}, where the processes are to meet, is in use by another program; "
                "give torchrun another --master-port, or --standalone, which finds a free one"
            ) from error
        raise UserError(
            f"the processes do not meet at '{host}:{port}' ({str(error).partition(chr(10))[0]}); "
            "start them with torchrun, all with the same --master-addr and --master-port"
        ) from error


def is_lost_connection(error: RuntimeError) -> bool:
    """Whether a collective operation failed because a partner is gone; gloo and NCCL say so only in words."""
    return isinstance(error, dist.DistError) or any(clue in str(error) for clue in LOST)
