"""The formulation that published StyleGAN2 ports use, on our weights: the baseline of `generator.py`.

Weights are scaled per sample and convolved in groups; the FIR filter runs over zero-filled, full-size maps, one plane
at a time; memory is laid out channel by channel.
"""

from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from blendgan.networks.generator import Generator, StyledConv, ToRGB
from blendgan.networks.layers import ModulatedConv2d

TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0])
KERNEL = torch.outer(TAPS, TAPS) / 64


def synthesize(generator: Generator, w: Tensor) -> Tensor:
    """Images of `w` with the stored noise."""
    synthesis = generator.synthesis
    x = synthesis.constant.contiguous().repeat(w.shape[0], 1, 1, 1)
    x = styled_conv(synthesis.convs[0], x, w[:, 0])
    image = to_rgb(synthesis.to_rgbs[0], x, w[:, 1])
    for k in range(1, len(synthesis.to_rgbs)):
        x = styled_conv(synthesis.convs[2 * k - 1], x, w[:, 2 * k - 1])
        x = styled_conv(synthesis.convs[2 * k], x, w[:, 2 * k])
        image = to_rgb(synthesis.to_rgbs[k], x, w[:, 2 * k + 1]) + upfirdn(
            image, KERNEL.to(image) * 4, up=2, before=2, after=1
        )
    return image


def styled_conv(layer: StyledConv, x: Tensor, w: Tensor) -> Tensor:
    """Convolution, noise, bias, activation, each in its own pass."""
    x = modulated_conv(layer.conv, x, w)
    x = x + layer.noise_strength * layer.noise
    return F.leaky_relu(x + layer.bias[None, :, None, None], 0.2) * sqrt(2)


def to_rgb(layer: ToRGB, x: Tensor, w: Tensor) -> Tensor:
    """Colours of a feature map."""
    return modulated_conv(layer.conv, x, w) + layer.bias[None, :, None, None]


def modulated_conv(layer: ModulatedConv2d, x: Tensor, w: Tensor) -> Tensor:
    """One set of weights per sample; the batch is folded into the groups of one convolution."""
    batch, channels, height, width = x.shape
    out, _, k, _ = layer.weight.shape
    modulation = layer.modulation
    style = F.linear(w, modulation.weight * modulation.scale, modulation.bias)
    weight = layer.scale * layer.weight.contiguous()[None] * style[:, None, :, None, None]
    if layer.demodulate:
        weight = weight * torch.rsqrt(weight.square().sum((2, 3, 4), keepdim=True) + 1e-8)
    x = x.reshape(1, batch * channels, height, width)
    if layer.upsample:
        weight = weight.transpose(1, 2).reshape(batch * channels, out, k, k)
        y = F.conv_transpose2d(x, weight, stride=2, groups=batch)
        return upfirdn(y.reshape(batch, out, *y.shape[2:]), KERNEL.to(y) * 4, up=1, before=1, after=1)
    y = F.conv2d(x, weight.reshape(batch * out, channels, k, k), padding=k // 2, groups=batch)
    return y.reshape(batch, out, height, width)


def upfirdn(x: Tensor, kernel: Tensor, up: int, before: int, after: int) -> Tensor:
    """Fill with zeros, pad, filter."""
    batch, channels, height, width = x.shape
    planes = x.reshape(batch * channels, 1, height, width)
    if up > 1:
        filled = planes.new_zeros(batch * channels, 1, height * up, width * up)
        filled[:, :, ::up, ::up] = planes
        planes = filled
    filtered = F.conv2d(F.pad(planes, (before, after, before, after)), kernel[None, None])
    return filtered.reshape(batch, channels, *filtered.shape[2:])
