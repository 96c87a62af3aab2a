"""Resampling with the FIR filter [1, 3, 3, 1] of StyleGAN2, in plain PyTorch.

The filter is a depthwise convolution, which in channels-last memory takes one pass over the pixels; two passes of half
the products were slower. Borders are zero. Each function is linear and its derivative is another one of them, so all
can be differentiated as often as wanted.
"""

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

TAPS = (1 / 8, 3 / 8, 3 / 8, 1 / 8)


def blur(
    images: Float[Tensor, "batch channels height width"],
    padding: int,
    gain: float = 1.0,
    bias: Float[Tensor, "channels"] | None = None,
) -> Float[Tensor, "batch channels out_height out_width"]:
    """Filter with [1, 3, 3, 1] in both directions, with `padding` zeros on every side."""
    if bias is not None:  # a part of the convolution where no gradient is asked for
        return _depthwise(images, padding, gain, bias)
    blurred: Tensor = _Blur.apply(images, padding, gain)
    return blurred


def downsample(
    images: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels half_height half_width"]:
    """Halve both sides. Filters only at the pixels that are kept."""
    halved: Tensor = _Halve.apply(images, 1.0)
    return halved


def upsample(
    images: Float[Tensor, "batch channels height width"],
) -> Float[Tensor, "batch channels double_height double_width"]:
    """Double both sides: zeros between the pixels, then the filter with gain 4."""
    doubled: Tensor = _Double.apply(images, 4.0)
    return doubled


class _Blur(torch.autograd.Function):
    """The filter is its own adjoint, up to the border: padding p becomes 3 - p. Autograd's way back is far slower."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, padding: int, gain: float) -> Tensor:
        ctx.padding, ctx.gain = padding, gain
        return _depthwise(images, padding, gain)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        return _Blur.apply(gradients[0], 3 - ctx.padding, ctx.gain), None, None


class _Halve(torch.autograd.Function):
    """Filter and drop every second pixel; the adjoint fills with zeros and filters."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, gain: float) -> Tensor:
        ctx.gain = gain
        return F.conv2d(images, _kernels(images, gain), stride=2, padding=1, groups=images.shape[1])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        return _Double.apply(gradients[0], ctx.gain), None


class _Double(torch.autograd.Function):
    """Fill with zeros and filter; the adjoint of `_Halve`."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, gain: float) -> Tensor:
        ctx.gain = gain
        return F.conv_transpose2d(images, _kernels(images, gain), stride=2, padding=1, groups=images.shape[1])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        return _Halve.apply(gradients[0], ctx.gain), None


def _depthwise(images: Tensor, padding: int, gain: float, bias: Tensor | None = None) -> Tensor:
    return F.conv2d(images, _kernels(images, gain), bias, padding=padding, groups=images.shape[1])


def _kernels(images: Tensor, gain: float) -> Float[Tensor, "channels 1 4 4"]:
    """One and the same filter for every channel."""
    return filter_kernel(images, gain).expand(images.shape[1], 1, 4, 4)


def filter_kernel(like: Tensor, gain: float = 1.0) -> Float[Tensor, "1 1 4 4"]:
    """The filter in two dimensions, with the device and precision of `like`; its values sum to `gain`."""
    taps = torch.tensor(TAPS, dtype=like.dtype, device=like.device)
    return (gain * taps[:, None] * taps)[None, None]
