import os
import signal

import numpy as np
import pytest
import torch

from blendgan.data.order import Order, batch_positions
from blendgan.data.stream import InMemory, batches, read_batch, stream_workers
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


class Lent(Noise):
    """Whose pixels belong to a library, as Pillow's do."""

    def read(self, index: int) -> np.ndarray:
        pixels = super().read(index)
        pixels.flags.writeable = False
        return pixels


def test_pictures_that_may_not_be_written_to_are_read_all_the_same():
    torch.testing.assert_close(read(Lent(), workers=0), read(Noise(), workers=0), rtol=0, atol=0)


class Huge(Noise):
    """A set that no memory holds."""

    size = 1 << 20


def test_workers_begin_by_default_only_where_pictures_do_not_fit_into_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(12)), raising=False)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    assert (stream_workers(Noise(), None), stream_workers(Noise(), 3)) == (0, 3)
    assert (stream_workers(Huge(), None), stream_workers(Huge(), None, streams=2), stream_workers(Huge(), 0)) == (
        8,
        4,
        0,
    )
