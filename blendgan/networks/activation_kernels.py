# mypy: disable-error-code="no-untyped-def,untyped-decorator"
"""The activations of `activation` as Triton kernels for channels-last memory: each reads and writes every value once.

A program takes some pixels of one sample with some of their channels, or with all of them where it sums over channels.
"""

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from blendgan.networks.fir_kernels import SLOPE

TILE = 2048
"""Values per program."""
MAX_CHANNELS = 128
STEPS = 8
"""Tiles of pixels per program where sums over pixels are taken, each of which is written once per program."""


@triton.jit
def activation_kernel(
    values,
    norms,
    noise,
    biases,
    others,
    out,
    pixels,
    channels,
    noise_stride,
    NORM: tl.constexpr,
    NOISE: tl.constexpr,
    BIAS: tl.constexpr,
    PHI: tl.constexpr,
    SKIP: tl.constexpr,
    MASK: tl.constexpr,
    DOUBLE: tl.constexpr,
    PIXELS: tl.constexpr,
    CHANNELS: tl.constexpr,
):
    """phi(norm x + noise + bias) + other, phi being left out without `PHI`, or with `MASK` phi'(other + bias) x."""
    DTYPE: tl.constexpr = tl.float64 if DOUBLE else tl.float32
    sample = tl.program_id(2).to(tl.int64)
    pixel = (tl.program_id(0) * PIXELS + tl.arange(0, PIXELS))[:, None]
    channel = (tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS))[None, :]
    inside = (pixel < pixels) & (channel < channels)
    offset = sample * pixels * channels + pixel * channels + channel
    value = tl.load(values + offset, mask=inside, other=0.0).to(DTYPE)
    bias = tl.zeros((1, CHANNELS), DTYPE)
    if BIAS:
        bias += tl.load(biases + channel, mask=channel < channels, other=0.0).to(DTYPE)
    if MASK:
        sign = tl.load(others + offset, mask=inside, other=0.0).to(DTYPE) + bias
        value = tl.where(sign > 0, value, value * SLOPE)
    else:
        if NORM:
            value *= tl.load(norms + sample * channels + channel, mask=channel < channels, other=0.0).to(DTYPE)
        if NOISE:
            value += tl.load(noise + sample * noise_stride + pixel, mask=pixel < pixels, other=0.0).to(DTYPE)
        if PHI:
            value += bias
            value = tl.where(value > 0, value, value * SLOPE)
        if SKIP:
            value += tl.load(others + offset, mask=inside, other=0.0).to(DTYPE)
    tl.store(out + offset, value.to(out.dtype.element_ty), mask=inside)


@triton.jit
def styled_gradient_kernel(
    gradients,
    values,
    norms,
    activated,
    for_values,
    for_noise,
    for_norms,
    for_biases,
    pixels,
    channels,
    PHI: tl.constexpr,
    DOUBLE: tl.constexpr,
    N_STEPS: tl.constexpr,
    PIXELS: tl.constexpr,
    CHANNELS: tl.constexpr,
):
    """With m = phi' g (without `PHI` g): norm m, m summed over channels, and this program's sums of m x and of m."""
    DTYPE: tl.constexpr = tl.float64 if DOUBLE else tl.float32
    sample = tl.program_id(1).to(tl.int64)
    channel = tl.arange(0, CHANNELS)[None, :]
    norm = tl.load(norms + sample * channels + channel, mask=channel < channels, other=0.0).to(DTYPE)
    by_norm = tl.zeros((1, CHANNELS), DTYPE)
    by_bias = tl.zeros((1, CHANNELS), DTYPE)
    first = tl.program_id(0) * N_STEPS * PIXELS
    for step in tl.range(N_STEPS):
        pixel = (first + step * PIXELS + tl.arange(0, PIXELS))[:, None]
        inside = (pixel < pixels) & (channel < channels)
        offset = sample * pixels * channels + pixel * channels + channel
        g = tl.load(gradients + offset, mask=inside, other=0.0).to(DTYPE)
        m = g
        if PHI:
            sign = tl.load(activated + offset, mask=inside, other=0.0).to(DTYPE)
            m = tl.where(sign > 0, g, g * SLOPE)
            tl.store(for_noise + sample * pixels + pixel, tl.sum(m, axis=1)[:, None], mask=pixel < pixels)
        tl.store(for_values + offset, (m * norm).to(for_values.dtype.element_ty), mask=inside)
        x = tl.load(values + offset, mask=inside, other=0.0).to(DTYPE)
        by_norm += tl.sum(m * x, axis=0)[None, :]
        by_bias += tl.sum(m, axis=0)[None, :]
    place = (sample * tl.num_programs(0) + tl.program_id(0)) * channels + channel
    tl.store(for_norms + place, by_norm, mask=channel < channels)
    tl.store(for_biases + place, by_bias, mask=channel < channels)


def run_activation_kernel(
    kernel: Any,
    values: Tensor,
    *,
    norm: Tensor | None = None,
    noise: Tensor | None = None,
    bias: Tensor | None = None,
    other: Tensor | None = None,
    mask: bool = False,
) -> Tensor:
    """phi(norm x + noise + bias) + other, or with `mask` phi'(other + bias) x; a norm alone only scales."""
    values = values.contiguous(memory_format=torch.channels_last)
    samples, channels, height, width = values.shape
    out = torch.empty_like(values)
    if other is not None:
        other = other.contiguous(memory_format=torch.channels_last)
    if noise is not None:
        noise = noise.contiguous()
    wide = min(MAX_CHANNELS, triton.next_power_of_2(channels))
    many = max(1, min(TILE // wide, triton.next_power_of_2(height * width)))
    kernel[triton.cdiv(height * width, many), triton.cdiv(channels, wide), samples](
        values,
        values if norm is None else norm.contiguous(),
        values if noise is None else noise,
        values if bias is None else bias,
        values if other is None else other,
        out,
        height * width,
        channels,
        0 if noise is None or len(noise) == 1 else height * width,
        NORM=norm is not None,
        NOISE=noise is not None,
        BIAS=bias is not None,
        PHI=bias is not None,
        SKIP=other is not None and not mask,
        MASK=mask,
        DOUBLE=values.dtype == torch.float64,
        PIXELS=many,
        CHANNELS=wide,
    )
    return out


def run_styled_gradient_kernel(
    kernel: Any, gradient: Tensor, values: Tensor, norm: Tensor, activated: Tensor | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """With m = phi' g: norm m, and the sums of m x over pixels, of m over channels, of m over samples and pixels."""
    channels_last = torch.channels_last
    gradient, values = (tensor.contiguous(memory_format=channels_last) for tensor in (gradient, values))
    active = gradient if activated is None else activated.contiguous(memory_format=channels_last)
    samples, channels, height, width = gradient.shape
    wide = triton.next_power_of_2(channels)
    many = max(1, min(TILE // wide, triton.next_power_of_2(height * width)))
    blocks = triton.cdiv(height * width, many * STEPS)
    for_values = torch.empty_like(gradient)
    for_noise = norm.new_empty(samples, 1, height, width)
    for_norms, for_biases = norm.new_empty(2, samples, blocks, channels).unbind()
    kernel[blocks, samples](
        gradient,
        values,
        norm.contiguous(),
        active,
        for_values,
        for_noise,
        for_norms,
        for_biases,
        height * width,
        channels,
        PHI=activated is not None,
        DOUBLE=gradient.dtype == torch.float64,
        N_STEPS=STEPS,
        PIXELS=many,
        CHANNELS=wide,
    )
    return for_values, for_norms.sum(dim=1), for_noise, for_biases.sum(dim=(0, 1))
