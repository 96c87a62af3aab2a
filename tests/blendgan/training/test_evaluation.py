import numpy as np
import torch

from blendgan.data.stream import read_batch
from blendgan.training.evaluation import SUBSET, Judge


class Flat:
    """Pictures of one colour each, near a given one."""

    size = 16

    def __init__(self, count: int, colour: tuple[int, int, int]) -> None:
        self.pixels = np.random.default_rng(0).integers(-20, 20, (count, 1, 1, 3)) + np.array(colour)

    def __len__(self) -> int:
        return len(self.pixels)

    def name(self, index: int) -> str:
        return str(index)

    def read(self, index: int) -> np.ndarray:
        return np.broadcast_to(self.pixels[index], (16, 16, 3)).astype(np.uint8)


def test_pictures_like_the_real_ones_are_nearer_than_others():
    red, blue = Flat(SUBSET, (200, 60, 60)), Flat(SUBSET, (60, 60, 200))
    judge = Judge(red, blue, torch.device("cpu"))
    right = judge(lambda part: chosen(red, part), lambda part: chosen(blue, part), count=SUBSET)
    wrong = judge(lambda part: chosen(blue, part), lambda part: chosen(red, part), count=SUBSET)
    assert right.keys() == {"kid_vgg19_random/natural", "kid_vgg19_random/styled"}
    assert all(abs(right[name]) < 0.05 * wrong[name] for name in right)


def test_too_few_real_pictures_are_not_measured():
    few = Flat(SUBSET - 1, (200, 60, 60))
    assert (
        Judge(few, few, torch.device("cpu"))(lambda part: chosen(few, part), lambda part: chosen(few, part), 10) == {}
    )


def chosen(pictures: Flat, part: slice) -> torch.Tensor:
    return read_batch(pictures, range(part.start, part.stop))
