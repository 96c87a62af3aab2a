from pathlib import Path

import numpy as np
import pytest
import torch

from blendgan.checkpoints.pretrained import load_lpips, stand_in_for_lpips
from blendgan.data.stream import read_batch
from blendgan.training.gan.quality import SUBSET, Judge
from blendgan.training.parallel.distributed import World
from tests.blendgan.fid_network import of_layer
from tests.blendgan.training.two_processes import results_of_two

ALONE = World(torch.device("cpu"))


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
    judge = Judge(red, blue, ALONE)
    right = judge(lambda part: chosen(red, part), lambda part: chosen(blue, part))
    wrong = judge(lambda part: chosen(blue, part), lambda part: chosen(red, part))
    assert right.keys() == {"kid_vgg19_random/natural", "kid_vgg19_random/styled"}
    assert all(abs(right[name]) < 0.05 * wrong[name] for name in right)


def test_too_few_real_pictures_are_not_measured():
    few = Flat(SUBSET - 1, (200, 60, 60))
    assert Judge(few, few, ALONE)(lambda part: chosen(few, part), lambda part: chosen(few, part)) == {}


def chosen(pictures: Flat, part: slice) -> torch.Tensor:
    return read_batch(pictures, [number % len(pictures) for number in range(part.start, part.stop)])


def test_fid_is_zero_for_the_real_pictures_themselves_and_grows_with_the_difference(random_inception: Path):
    inception = of_layer("64", random_inception)
    red, blue = Flat(6, (200, 60, 60)), Flat(6, (60, 60, 200))
    judge = Judge(red, blue, ALONE, inception=inception, fid_pictures=6)
    right = judge(lambda part: chosen(red, part), lambda part: chosen(blue, part))
    wrong = judge(lambda part: chosen(blue, part), lambda part: chosen(red, part))
    assert right.keys() == {"fid_6/natural", "fid_6/styled"}
    assert all(abs(right[name]) < 0.05 * wrong[name] for name in right)


def test_diversity_is_the_mean_lpips_over_pairs_of_styles(random_alexnet: Path):
    lpips = load_lpips(random_alexnet)
    red = Flat(2, (200, 60, 60))
    judge = Judge(red, red, ALONE, lpips=lpips)
    faces, styles = 2, 3
    pictures = torch.rand(faces, styles, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    slow = [
        float(lpips(pictures[face, None, one], pictures[face, None, other]))
        for face in range(faces)
        for one in range(styles)
        for other in range(one)
    ]
    assert judge.diversity(list(pictures), lambda face: face)["lpips_diversity"] == pytest.approx(
        sum(slow) / len(slow), rel=1e-5
    )
    alike = pictures[:, :1].expand(-1, styles, -1, -1, -1)
    assert judge.diversity(list(alike), lambda face: face)["lpips_diversity"] == pytest.approx(0, abs=1e-6)


class Asked(Flat):
    """Keeps what was read."""

    def __init__(self, count: int, colour: tuple[int, int, int]) -> None:
        super().__init__(count, colour)
        self.asked: list[int] = []

    def read(self, index: int) -> np.ndarray:
        self.asked.append(index)
        return super().read(index)


def measured(world: World) -> list[object]:
    real = Asked(60, (200, 60, 60))
    judge = Judge(real, Flat(60, (60, 60, 200)), world, lpips=stand_in_for_lpips())
    found = judge(lambda part: chosen(real, part), lambda part: chosen(real, part))
    found |= judge.diversity(
        list(torch.arange(6.0).view(3, 2, 1, 1, 1).expand(-1, -1, 3, 64, 64) / 3 - 1), lambda face: face
    )
    return [found, len(real.asked)]


@pytest.mark.slow
def test_two_processes_share_the_pictures_and_measure_what_one_measures(tmp_path: Path):
    expected, alone = measured(ALONE)
    (first, half), (second, rest) = results_of_two(measured, tmp_path)
    assert (first, second) == (expected, {})
    assert half + rest == alone
    assert min(half, rest) > alone // 3
