"""Several processes as torchrun starts them; with one process every function here does nothing."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from blendgan.errors import UserError

TIMEOUT = timedelta(minutes=10)
"""How long a process waits for the others before it takes them for lost."""
T = TypeVar("T")
LOST = ("Connection closed by peer", "Connection reset by peer", "Timed out waiting", "gloo/")


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
        """What `compute` gives in the first process, for all; so is its `UserError`."""
        if self.ranks == 1:
            return compute()
        box: list[Any] = [None]
        if self.is_first:
            try:
                box = [compute()]
            except UserError as error:
                box = [error]
        dist.broadcast_object_list(box, device=self.device)
        if isinstance(box[0], UserError):
            raise box[0]
        result: T = box[0]
        return result

    def wait(self) -> None:
        """Until all processes are here."""
        if self.ranks > 1:
            dist.barrier()


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


class JoinedBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation over the batches of all processes; PyTorch's own does this on GPUs only."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (the name that PyTorch gives it)
        """Normalise by the mean and variance of the joined batch."""
        if not self.training:
            return super().forward(input)
        mean = sum_of_all(input.mean(dim=(0, 2, 3))) / dist.get_world_size()
        centred = input - mean[:, None, None]
        variance = sum_of_all(centred.square().mean(dim=(0, 2, 3))) / dist.get_world_size()
        self._remember(mean, variance, input.numel() // input.shape[1] * dist.get_world_size())
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return centred * scale[:, None, None] + self.bias[:, None, None]

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: int) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * count / (count - 1), self.momentum)


def join_batch_norms(network: nn.Module, world: World) -> None:
    """Let every batch normalisation in `network` see the batches of all processes."""
    for name, child in network.named_children() if world.ranks > 1 else ():
        if type(child) is nn.BatchNorm2d:
            joined = JoinedBatchNorm2d(child.num_features, child.eps, child.momentum)
            joined.load_state_dict(child.state_dict())
            setattr(network, name, joined.to(world.device))
        else:
            join_batch_norms(child, world)


@contextmanager
def joined_world(device: str, timeout: timedelta = TIMEOUT) -> Iterator[World]:
    """The world torchrun describes in the environment, or the world of one process."""
    ranks = int(os.environ.get("WORLD_SIZE", "1"))
    if ranks == 1:
        yield World(torch.device(device))
        return
    on_gpu = device.startswith("cuda")
    place = torch.device(f"cuda:{os.environ['LOCAL_RANK']}" if on_gpu else device)
    _meet("nccl" if on_gpu else "gloo", timeout)
    try:
        yield World(place, dist.get_rank(), ranks)
    except RuntimeError as error:
        if not is_lost_connection(error):
            raise
        raise UserError(
            "another process of this training has ended or does not answer; its output says why, "
            "the same command resumes from the last checkpoint"
        ) from error
    finally:
        dist.destroy_process_group()


def _meet(backend: str, timeout: timedelta) -> None:
    """Join the other processes at the address that torchrun has put into the environment."""
    host, port = (os.environ.get(name, "") for name in ("MASTER_ADDR", "MASTER_PORT"))
    try:
        dist.init_process_group(backend, timeout=timeout)
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
