"""Resampling with the FIR filter [1, 3, 3, 1] of StyleGAN2, in plain PyTorch.

`blur` and `downsample` filter one dimension after the other with a depthwise convolution: 8 products per pixel in
place of 16. Borders are zero. All functions are linear, so they can be differentiated as often as wanted.
"""

from math import sqrt

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

TAPS = (1 / 8, 3 / 8, 3 / 8, 1 / 8)


def blur(
    images: Float[Tensor, "batch channels height width"], padding: int, gain: float = 1.0, stride: int = 1
) -> Float[Tensor, "batch channels out_height out_width"]:
    """Filter with [1, 3, 3, 1] in both directions, `padding` zeros on every side, keeping every `stride`-th pixel."""
    channels = images.shape[1]
    taps = _taps(images, gain)
    row = taps.reshape(1, 1, 1, 4).expand(channels, 1, 1, 4)
    column = taps.reshape(1, 1, 4, 1).expand(channels, 1, 4, 1)
    rows = F.conv2d(images, row, stride=(1, stride), padding=(0, padding), groups=channels)
    return F.conv2d(rows, column, stride=(stride, 1), padding=(padding, 0), groups=channels)


def downsample(
    images: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels half_height half_width"]:
    """Halve both sides. Filters only at the pixels that are kept."""
    return blur(images, padding=1, stride=2)


def upsample(
    images: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels double_height double_width"]:
    """Double both sides: zeros between the pixels, then the filter with gain 4."""
    batch, channels, height, width = images.shape
    taps = _taps(images, gain=4.0)
    kernel = (taps[:, None] * taps[None, :]).reshape(1, 1, 4, 4)
    planes = images.reshape(batch * channels, 1, height, width)
    doubled = F.conv_transpose2d(planes, kernel, stride=2, padding=1)
    return doubled.reshape(batch, channels, 2 * height, 2 * width)


def _taps(like: Tensor, gain: float) -> Tensor:
    """The filter of one dimension; two of them together have the gain wanted."""
    return torch.tensor([tap * sqrt(gain) for tap in TAPS], dtype=like.dtype, device=like.device)
