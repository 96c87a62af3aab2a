import numpy as np
import torch

from blendgan.data.order import Order, batch_positions
from blendgan.data.stream import InMemory, batches, read_batch, to_pixels, to_signed

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


def test_pixels_survive_the_way_to_floats_and_back():
    pixels = torch.arange(256, dtype=torch.uint8).repeat(3, 1)[:, None]
    assert to_signed(pixels).aminmax() == (-1, 1)
    assert torch.equal(to_pixels(to_signed(pixels)), pixels)
    assert to_pixels(torch.full((3, 1, 1), 7.0)).unique().tolist() == [255]
