import pytest
import torch

from blendgan.metrics.diversity import mean_distance, mean_over_pairs


def test_mean_distance_equals_a_loop_over_pairs() -> None:
    images = torch.randn(4, 3, 5, 5)
    pairs = [(images[i] - images[k]).square().mean().sqrt() for i in range(4) for k in range(i)]
    assert mean_distance(images) == pytest.approx(float(sum(pairs)) / 6, rel=1e-5)


def test_pictures_that_are_all_alike_have_no_distance_and_half_the_contrast_is_half_of_it() -> None:
    images = torch.randn(3, 3, 4, 4)
    assert mean_distance(images[:1].expand(3, -1, -1, -1)) == 0
    assert mean_distance(images / 2) == pytest.approx(mean_distance(images) / 2, rel=1e-5)


def test_the_mean_over_pairs_takes_each_pair_once() -> None:
    images = torch.randn(4, 3, 2, 2)
    pairs = [float((images[i] - images[k]).abs().sum()) for k in range(4) for i in range(k)]
    found = mean_over_pairs(images, lambda one, other: (one - other).abs().sum(dim=(1, 2, 3)))
    assert found == pytest.approx(sum(pairs) / 6)
