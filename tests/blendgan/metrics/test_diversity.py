import warnings

import pytest
import torch

from blendgan.metrics.diversity import lpips_over_pairs, mean_distance


def test_mean_distance_equals_a_loop_over_pairs() -> None:
    images = torch.randn(4, 3, 5, 5)
    pairs = [(images[i] - images[k]).square().mean().sqrt() for i in range(4) for k in range(i)]
    assert mean_distance(images) == pytest.approx(float(sum(pairs)) / 6, rel=1e-5)


def test_pictures_that_are_all_alike_have_no_distance_and_half_the_contrast_is_half_of_it() -> None:
    images = torch.randn(3, 3, 4, 4)
    assert mean_distance(images[:1].expand(3, -1, -1, -1)) == 0
    assert mean_distance(images / 2) == pytest.approx(mean_distance(images) / 2, rel=1e-5)


@pytest.mark.parametrize("weighed", [False, True])
def test_lpips_of_pictures_seen_once_is_that_of_the_package_over_all_pairs(weighed: bool) -> None:
    lpips = pytest.importorskip("lpips")
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package calls torchvision as it was years ago
        network = lpips.LPIPS(net="alex", pnet_rand=True, lpips=weighed, verbose=False).eval().requires_grad_(False)
    images = torch.rand(4, 3, 64, 64) * 2 - 1
    pairs = [float(network(images[i : i + 1], images[k : k + 1])) for k in range(4) for i in range(k)]
    assert lpips_over_pairs(images, network, batch=3) == pytest.approx(sum(pairs) / 6, rel=1e-5)
