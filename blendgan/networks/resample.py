"""Resampling with the FIR filter [1, 3, 3, 1] of StyleGAN2, in plain PyTorch.

The filter is a depthwise convolution, which in channels-last memory takes one pass over the pixels; two passes of half
the products were slower. Borders are zero. All functions are linear, so they can be differentiated as often as wanted.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

TAPS = (1 / 8, 3 / 8, 3 / 8, 1 / 8)


def blur(
    images: Float[Tensor, "batch channels height width"],
    padding: int,
    gain: float = 1.0,
    stride: int = 1,
    bias: Float[Tensor, "channels"] | None = None,
) -> Float[Tensor, "batch channels out_height out_width"]:
    """Filter with [1, 3, 3, 1] in both directions, `padding` zeros on every side, keeping every `stride`-th pixel."""
    channels = images.shape[1]
    kernel = filter_kernel(images, gain).expand(channels, 1, 4, 4)
    return F.conv2d(images, kernel, bias, stride=stride, padding=padding, groups=channels)


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
    planes = images.reshape(batch * channels, 1, height, width)
    doubled = F.conv_transpose2d(planes, filter_kernel(images, gain=4.0), stride=2, padding=1)
    return doubled.reshape(batch, channels, 2 * height, 2 * width)


def filter_kernel(like: Tensor, gain: float = 1.0) -> Float[Tensor, "1 1 4 4"]:
    """The filter in two dimensions, with the device and precision of `like`; its values sum to `gain`."""
    taps = torch.tensor(TAPS, dtype=like.dtype, device=like.device)
    return (gain * taps[:, None] * taps)[None, None]
