"""Filtering with [1, 3, 3, 1], StyleGAN2's low-pass filter: blurring, halving and doubling are one operation.

It is linear; its adjoint exchanges `up` and `down` of `fir_geometry` and has 3 - pad in the place of pad, so that one
autograd function serves all of them, to any order of derivatives. On CUDA it is a Triton kernel (`fir_kernels`),
elsewhere a depthwise convolution, which in channels-last memory takes one pass over the pixels on a CPU.
"""

from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from blendgan.networks.fir_geometry import TAPS, Fir
from blendgan.networks.triton_use import HAS_TRITON, on_triton

if HAS_TRITON:
    from blendgan.networks import triton_ops


def filtered(
    images: Float[Tensor, "batch channels height width"], fir: Fir
) -> Float[Tensor, "batch channels out_height out_width"]:
    """Filter; differentiable to any order."""
    result: Tensor = _Filter.apply(images, fir)
    return result


class _Filter(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, fir: Fir) -> Tensor:
        ctx.adjoint = fir.adjoint((images.shape[2], images.shape[3]))
        return run_fir(images, fir)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        return _Filter.apply(gradients[0], ctx.adjoint), None


def run_fir(images: Tensor, fir: Fir) -> Tensor:
    """The filter itself, without a gradient, in the form that suits the device."""
    if on_triton(images):
        return triton_ops.gpu_fir(images, fir)
    if images.is_cuda:  # cuDNN's depthwise convolution is slow in channels-last memory
        return plain_fir(images.contiguous(), fir).contiguous(memory_format=torch.channels_last)
    return plain_fir(images, fir)


def plain_fir(images: Tensor, fir: Fir, bias: Tensor | None = None) -> Tensor:
    """As a depthwise convolution, transposed where `up` is 2; a bias costs no pass of its own."""
    channels = images.shape[1]
    kernels = filter_kernel(images, fir.gain).expand(channels, 1, 4, 4)
    if fir.up == 2:
        return _doubled(images, kernels, fir, bias)
    sides = zip(images.shape[2:], fir.size, strict=True)
    after = [(out - 1) * fir.down + 4 - side - fir.pad for side, out in sides]
    if all(fir.pad - fir.down < missing <= fir.pad for missing in after):
        return F.conv2d(images, kernels, bias, stride=fir.down, padding=fir.pad, groups=channels)
    padded = F.pad(images, (fir.pad, after[1], fir.pad, after[0]))
    return F.conv2d(padded, kernels, bias, stride=fir.down, groups=channels)


def _doubled(images: Tensor, kernels: Tensor, fir: Fir, bias: Tensor | None) -> Tensor:
    """The transposed convolution adds the 4x4 values of pixel i from pixel 2 i - crop on."""
    crop, channels = 3 - fir.pad, images.shape[1]
    more = [out - (2 * side + 2 - 2 * crop) for side, out in zip(images.shape[2:], fir.size, strict=True)]
    if set(more) <= {0, 1}:
        return F.conv_transpose2d(images, kernels, bias, 2, crop, more, channels)
    whole = F.conv_transpose2d(images, kernels, stride=2, groups=channels)
    after = [crop + out - side for side, out in zip(whole.shape[2:], fir.size, strict=True)]
    whole = F.pad(whole, (-crop, after[1], -crop, after[0]))
    return whole if bias is None else whole + bias[:, None, None]


def filter_kernel(like: Tensor, gain: float = 1.0) -> Float[Tensor, "1 1 4 4"]:
    """The filter in two dimensions, with the device and precision of `like`; its values sum to `gain`."""
    if torch.compiler.is_compiling():
        return _kernel(like.dtype, like.device, gain)
    return _kept_kernel(like.dtype, like.device, gain)


def _kernel(dtype: torch.dtype, device: torch.device, gain: float) -> Tensor:
    taps = torch.tensor(TAPS, dtype=dtype, device=device)
    return (gain * taps[:, None] * taps)[None, None]


@cache
def _kept_kernel(dtype: torch.dtype, device: torch.device, gain: float) -> Tensor:
    """Made once: a copy from the host would stop a GPU at every call."""
    with torch.inference_mode(False), torch.no_grad():
        return _kernel(dtype, device, gain)
