"""The filter against direct sums, and its first and second derivatives."""

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close

from blendgan.networks.fir import filtered, plain_fir
from blendgan.networks.fir_geometry import Fir, blurring, doubling, halving

TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64) / 8
CASES = [
    Fir(1, 1, pad=1, gain=4.0, size=(4, 6)),
    Fir(1, 1, pad=2, gain=1.0, size=(7, 9)),
    Fir(1, 1, pad=0, gain=1.0, size=(3, 5)),
    Fir(1, 1, pad=3, gain=1.0, size=(9, 11)),
    Fir(1, 2, pad=1, gain=1.0, size=(3, 4)),
    Fir(1, 2, pad=2, gain=1.5, size=(4, 5)),
    Fir(2, 1, pad=2, gain=4.0, size=(12, 16)),
    Fir(2, 1, pad=0, gain=1.0, size=(9, 13)),
    Fir(2, 1, pad=3, gain=1.0, size=(15, 17)),
]


def direct(image: Tensor, fir: Fir) -> Tensor:
    """out[i] = gain * sum over k of taps[k] z[down i + k - pad], in both directions."""
    height, width = image.shape
    filled = torch.zeros(80, 80, dtype=image.dtype)  # zeros between and, beyond pixel 20, around
    filled[20 : 20 + height * fir.up : fir.up, 20 : 20 + width * fir.up : fir.up] = image
    result = torch.zeros(fir.size, dtype=image.dtype)
    for y in range(fir.size[0]):
        for x in range(fir.size[1]):
            top, left = (20 + fir.down * place - fir.pad for place in (y, x))
            result[y, x] = fir.gain * (filled[top : top + 4, left : left + 4] * torch.outer(TAPS, TAPS)).sum()
    return result


@pytest.mark.parametrize("fir", CASES)
def test_each_equals_the_direct_sum(fir: Fir) -> None:
    images = torch.randn(2, 3, 6, 8, dtype=torch.float64)
    results = filtered(images, fir)
    for sample in range(2):
        for channel in range(3):
            assert_close(results[sample, channel], direct(images[sample, channel], fir))
    assert_close(filtered(images.contiguous(memory_format=torch.channels_last), fir), results)
    assert_close(plain_fir(images, fir, torch.ones(3, dtype=torch.float64)), results + 1)


@pytest.mark.parametrize("fir", CASES)
def test_first_and_second_derivatives(fir: Fir) -> None:
    images = torch.randn(1, 2, 6, 8, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda x: filtered(x, fir), (images,), fast_mode=True)
    # a linear function has no second derivative of its own; the square gives it one
    assert gradgradcheck(lambda x: filtered(x, fir).square(), (images,), fast_mode=True)


def test_what_the_networks_ask_for() -> None:
    images = torch.zeros(1, 1, 6, 8)
    assert blurring(images, padding=2, gain=4.0) == Fir(1, 1, 2, 4.0, (7, 9))
    assert halving(images) == Fir(1, 2, 1, 1.0, (3, 4))
    assert doubling(images) == Fir(2, 1, 2, 4.0, (12, 16))


def test_up_then_down_keeps_a_constant_image_away_from_the_borders() -> None:
    image = torch.full((1, 2, 16, 16), 3.0)
    doubled = filtered(image, doubling(image))
    assert_close(filtered(doubled, halving(doubled))[:, :, 2:-2, 2:-2], image[:, :, 2:-2, 2:-2])
