"""Gradients averaged over the processes while backward is still at work on the layers before."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

import torch
import torch.distributed as dist
from torch import Tensor, nn

from blendgan.training.parallel.distributed import World

BUCKET_VALUES = 6_250_000
"""Numbers sent at once: 25 MB, where a network is no longer held up by the start of each message."""


class GradientAverage:
    """Call `start` before the last backward pass of an update, and `finish` before the optimiser's step.

    The parameters are sent in buckets, last layer first, as backward reaches them. A bucket waits for those before it,
    so that all processes send in the same order; afterwards its parts are the gradients. DistributedDataParallel does
    the same for networks that run forward and backward once per step; ours run several times, some with a second
    derivative.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], world: World, bucket_values: int = BUCKET_VALUES) -> None:
        self.world = world
        self.buckets = in_buckets(list(parameters)[::-1], bucket_values) if world.ranks > 1 else []
        self.place = {parameter: number for number, bucket in enumerate(self.buckets) for parameter in bucket}
        self.missing: list[int] = []
        """Per bucket, how many gradients are not there yet; empty before `start`."""
        self.sent: list[tuple[dist.Work, Tensor, list[nn.Parameter]]] = []
        for parameter in self.place:
            parameter.register_post_accumulate_grad_hook(self._ready)  # type: ignore[no-untyped-call]

    def start(self) -> None:
        """The gradients of the next backward pass are the last of this update."""
        self.missing = [len(bucket) for bucket in self.buckets]

    def finish(self) -> None:
        """Wait until each gradient is its mean over the processes; parameters without a gradient keep none."""
        while len(self.sent) < len(self.buckets):
            self._send()
        for work, flat, parameters in self.sent:
            work.wait()
            flat.div_(self.world.ranks)
            for parameter, mean in zip(parameters, pieces(flat, parameters), strict=True):
                parameter.grad = mean
        self.missing, self.sent = [], []

    def _ready(self, parameter: Tensor) -> None:
        if not self.missing:
            return
        assert isinstance(parameter, nn.Parameter)
        self.missing[self.place[parameter]] -= 1
        while len(self.sent) < len(self.buckets) and self.missing[len(self.sent)] == 0:
            self._send()

    def _send(self) -> None:
        parameters = [parameter for parameter in self.buckets[len(self.sent)] if parameter.grad is not None]
        count = sum(parameter.numel() for parameter in parameters)
        flat = torch.empty(count, device=self.world.device)
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        if gradients:
            torch._foreach_copy_(pieces(flat, parameters), gradients)
        work = dist.all_reduce(flat, async_op=True)
        assert work is not None
        self.sent.append((work, flat, parameters))


def pieces(flat: Tensor, parameters: Sequence[nn.Parameter]) -> list[Tensor]:
    """The part of `flat` that belongs to each parameter, in the parameter's own order of memory.

    Backward lays a gradient out as its parameter lies, channels last too, so that it is copied here as it is. All
    processes have the same parameters, and so the same order.
    """
    ends = list(accumulate(parameter.numel() for parameter in parameters))
    return [
        flat.as_strided(parameter.shape, parameter.stride(), end - parameter.numel())
        for parameter, end in zip(parameters, ends, strict=True)
    ]


def in_buckets(parameters: list[nn.Parameter], bucket_values: int) -> list[list[nn.Parameter]]:
    """Neighbours together until a bucket is full."""
    buckets: list[list[nn.Parameter]] = []
    room = 0
    for parameter in parameters:
        if parameter.numel() > room or not buckets:
            buckets.append([])
            room = bucket_values
        buckets[-1].append(parameter)
        room -= parameter.numel()
    return buckets
