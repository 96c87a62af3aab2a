"""Resampling against direct sums, and its first and second derivatives."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close

from blendgan.networks.resample import blur, downsample, upsample

TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64) / 8


def direct(image: Tensor, up: int, down: int, before: int, after: int, gain: float) -> Tensor:
    """Zeros between the pixels and around, sixteen products per pixel, then every `down`-th pixel."""
    height, width = image.shape
    filled = torch.zeros(height * up + before + after, width * up + before + after, dtype=image.dtype)
    filled[before : before + height * up : up, before : before + width * up : up] = image
    rows, columns = filled.shape[0] - 3, filled.shape[1] - 3
    result = torch.zeros(rows, columns, dtype=image.dtype)
    for y in range(rows):
        for x in range(columns):
            result[y, x] = gain * (filled[y : y + 4, x : x + 4] * torch.outer(TAPS, TAPS)).sum()
    return result[::down, ::down]


@pytest.mark.parametrize(
    ("function", "settings"),
    [
        (upsample, {"up": 2, "down": 1, "before": 2, "after": 1, "gain": 4}),
        (downsample, {"up": 1, "down": 2, "before": 1, "after": 1, "gain": 1}),
        (lambda x: blur(x, padding=1, gain=4.0), {"up": 1, "down": 1, "before": 1, "after": 1, "gain": 4}),
        (lambda x: blur(x, padding=2), {"up": 1, "down": 1, "before": 2, "after": 2, "gain": 1}),
    ],
)
def test_each_equals_the_direct_sum(function: Callable[[Tensor], Tensor], settings: dict[str, int]) -> None:
    images = torch.randn(2, 3, 6, 8, dtype=torch.float64)
    results = function(images)
    for sample in range(2):
        for channel in range(3):
            assert_close(results[sample, channel], direct(images[sample, channel], **settings))
    assert_close(function(images.contiguous(memory_format=torch.channels_last)), results)


def test_up_then_down_keeps_a_constant_image_away_from_the_borders() -> None:
    image = torch.full((1, 2, 16, 16), 3.0)
    assert_close(downsample(upsample(image))[:, :, 2:-2, 2:-2], image[:, :, 2:-2, 2:-2])


@pytest.mark.parametrize("function", [upsample, downsample, lambda x: blur(x, padding=2)])
def test_first_and_second_derivatives(function: Callable[[Tensor], Tensor]) -> None:
    images = torch.randn(2, 2, 4, 4, dtype=torch.float64, requires_grad=True)
    assert gradcheck(function, (images,), fast_mode=True)
    # a linear function has no second derivative of its own; the square gives it one
    assert gradgradcheck(lambda x: function(x).square(), (images,), fast_mode=True)
