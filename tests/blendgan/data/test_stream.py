import os
import signal

import numpy as np
import pytest
import torch

from blendgan.data.order import Order, batch_positions
from blendgan.data.stream import InMemory, batches, read_batch
from blendgan.errors import UserError

CPU = torch.device("cpu")


class Noise:
    """Ten pictures made of their number."""

    size = 8

    def __len__(self) -> int:
        return 10

    def name(self, index: int) -> str:
        return f"noise {index}"

    def read(self, index: int) -> np.ndarray:
        return np.random.default_rng(index).integers(0, 256, (8, 8, 3), dtype=np.uint8)


def read(pictures, workers: int) -> torch.Tensor:
    stream = batches(pictures, Order(10, seed=0), batch_positions(2, 6, 4), CPU, workers)
    return torch.cat([batch.images for batch in stream])


def test_workers_and_memory_change_nothing():
    plain = read(Noise(), workers=0)
    torch.testing.assert_close(read(Noise(), workers=2), plain, rtol=0, atol=0)
    torch.testing.assert_close(read(InMemory(Noise()), workers=0), plain, rtol=0, atol=0)


def test_batches_hold_the_pictures_of_the_order_mirrored_where_it_says():
    order = Order(10, seed=0)
    (batch,) = batches(Noise(), order, [[3, 7, 11, 14]], CPU)
    for image, position in zip(batch.images, (3, 7, 11, 14), strict=True):
        index, mirrored = order[position]
        expected = read_batch(Noise(), [index])[0]
        torch.testing.assert_close(image, expected.flip(2) if mirrored else expected)


class Dying(Noise):
    """Ends the process that reads the fourth picture."""

    def read(self, index: int) -> np.ndarray:
        if index == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(index)


class Vanishing(Noise):
    """Whose fourth picture is gone."""

    def read(self, index: int) -> np.ndarray:
        if index == 3:
            raise UserError("noise 3 is gone; put it back")
        return super().read(index)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_picture_that_vanishes_in_mid_run_is_one_sentence(workers: int):
    with pytest.raises(UserError) as stop:
        read(Vanishing(), workers)
    assert str(stop.value) == "noise 3 is gone; put it back"


def test_a_worker_that_dies_is_one_sentence():
    with pytest.raises(UserError, match=r"a data worker died.*fewer --data-workers"):
        read(Dying(), workers=2)
