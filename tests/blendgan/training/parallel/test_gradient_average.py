from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.gradient_average import GradientAverage, in_buckets
from tests.blendgan.training.two_processes import results_of_two

ALONE = World(torch.device("cpu"))
Found = list[Any]


def network() -> nn.ModuleDict:
    torch.manual_seed(0)
    return nn.ModuleDict({"first": nn.Linear(3, 50), "unused": nn.Linear(7, 7), "last": nn.Linear(50, 2)})


def backward(net: nn.ModuleDict, rank: int, part: int) -> None:
    x = torch.full((4, 3), 1.0 + rank + 10 * part)
    net["last"](net["first"](x).tanh()).square().sum().backward()


def averaged(world: World) -> list[Tensor | None]:
    net = network()
    average = GradientAverage(net.parameters(), world, bucket_values=100)
    for _ in range(2):  # the second update must not see anything of the first
        net.zero_grad()
        backward(net, world.rank, part=0)  # only the last backward pass of an update sends
        average.start()
        backward(net, world.rank, part=1)
        average.finish()
    return [parameter.grad for parameter in net.parameters()]


def laid_out(world: World) -> list[object]:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(4, 5, 3), nn.Conv2d(5, 6, 3)).to(memory_format=torch.channels_last)
    average = GradientAverage(net.parameters(), world)
    average.start()
    x = torch.full((2, 4, 6, 6), 1.0 + world.rank).to(memory_format=torch.channels_last)
    net(x).square().sum().backward()
    average.finish()
    grads = [parameter.grad for parameter in net.parameters()]
    assert all(
        grad is not None and grad.stride() == own.stride() for grad, own in zip(grads, net.parameters(), strict=True)
    )
    return [grads, len({grad.untyped_storage().data_ptr() for grad in grads if grad is not None})]


def both(world: World) -> list[object]:
    return [averaged(world), laid_out(world)]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What each of two processes gets: to begin them is what takes long."""
    return results_of_two(both, tmp_path_factory.mktemp("two"))


@pytest.mark.slow
def test_sums_of_several_passes_are_averaged_once_and_unused_parameters_keep_none(two: Found):
    net = network()
    for rank in range(2):
        for part in range(2):
            backward(net, rank, part)
    expected = [None if parameter.grad is None else parameter.grad / 2 for parameter in net.parameters()]
    for found, _ in two:
        torch.testing.assert_close(found, expected)


@pytest.mark.slow
def test_channels_last_gradients_stay_so_and_share_one_buffer(two: Found):
    summed = [laid_out(replace(ALONE, rank=rank))[0] for rank in range(2)]
    for _, (grads, buffers) in two:
        assert buffers == 1
        for mine, one, other in zip(grads, *summed, strict=True):
            torch.testing.assert_close(mine, (one + other) / 2)


def test_buckets_hold_neighbours_in_order_and_large_parameters_alone():
    sizes = [3, 4, 9, 1, 1]
    parameters = [nn.Parameter(torch.zeros(size)) for size in sizes]
    buckets = in_buckets(parameters, bucket_values=8)
    assert [[parameter.numel() for parameter in bucket] for bucket in buckets] == [[3, 4], [9], [1, 1]]
    assert all(mine is theirs for mine, theirs in zip(chain(*buckets), parameters, strict=True))
