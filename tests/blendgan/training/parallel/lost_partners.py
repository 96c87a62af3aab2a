"""Two processes of which one does not take part any more; apart, since each of them imports what it works with."""

import os
import time

import torch

from blendgan.training.parallel.distributed import World


def one_does_not_answer(world: World) -> float:
    if world.rank == 1:
        time.sleep(60)
    return float(world.mean(torch.ones(())))


def one_stays_away(world: World) -> None:
    if world.rank == 1:
        time.sleep(60)
    world.wait()


def one_ends(world: World) -> None:
    if world.rank == 1:
        os._exit(0)
    world.wait()
