# mypy: disable-error-code="no-untyped-def,untyped-decorator"
"""The products of `colours` as Triton kernels for channels-last memory: each reads and writes every value once.

A program takes some pixels of one sample with all of their channels.
"""

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

TILE = 2048
"""Activations per program, or per step of one that sums over pixels."""
STEPS = 16
"""Tiles of pixels over which a program sums."""


@triton.jit
def _weights(weights, sample, channel, channels, stride, DTYPE: tl.constexpr):
    """The weights of three colours for each channel."""
    place = weights + sample * stride + channel * 3
    inside = channel < channels
    red = tl.load(place, mask=inside, other=0.0).to(DTYPE)
    green = tl.load(place + 1, mask=inside, other=0.0).to(DTYPE)
    blue = tl.load(place + 2, mask=inside, other=0.0).to(DTYPE)
    return red, green, blue


@triton.jit
def gather_kernel(
    values,
    weights,
    pictures,
    pixels,
    channels,
    stride,
    DOUBLE: tl.constexpr,
    PIXELS: tl.constexpr,
    CHANNELS: tl.constexpr,
):
    """Colours of activations."""
    DTYPE: tl.constexpr = tl.float64 if DOUBLE else tl.float32
    sample = tl.program_id(1).to(tl.int64)
    pixel = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    channel = tl.arange(0, CHANNELS)[None, :]
    red, green, blue = _weights(weights, sample, channel, channels, stride, DTYPE)
    inside = (pixel < pixels)[:, None] & (channel < channels)
    x = tl.load(values + (sample * pixels + pixel)[:, None] * channels + channel, mask=inside, other=0.0).to(DTYPE)
    place = pictures + (sample * pixels + pixel) * 3
    tl.store(place, tl.sum(x * red, axis=1).to(pictures.dtype.element_ty), mask=pixel < pixels)
    tl.store(place + 1, tl.sum(x * green, axis=1).to(pictures.dtype.element_ty), mask=pixel < pixels)
    tl.store(place + 2, tl.sum(x * blue, axis=1).to(pictures.dtype.element_ty), mask=pixel < pixels)


@triton.jit
def spread_kernel(
    pictures,
    weights,
    values,
    pixels,
    channels,
    stride,
    DOUBLE: tl.constexpr,
    PIXELS: tl.constexpr,
    CHANNELS: tl.constexpr,
):
    """Activations of colours."""
    DTYPE: tl.constexpr = tl.float64 if DOUBLE else tl.float32
    sample = tl.program_id(1).to(tl.int64)
    pixel = (tl.program_id(0) * PIXELS + tl.arange(0, PIXELS))[:, None]
    channel = tl.arange(0, CHANNELS)[None, :]
    red, green, blue = _weights(weights, sample, channel, channels, stride, DTYPE)
    place = pictures + (sample * pixels + pixel) * 3
    value = tl.load(place, mask=pixel < pixels, other=0.0).to(DTYPE) * red
    value += tl.load(place + 1, mask=pixel < pixels, other=0.0).to(DTYPE) * green
    value += tl.load(place + 2, mask=pixel < pixels, other=0.0).to(DTYPE) * blue
    inside = (pixel < pixels) & (channel < channels)
    offset = (sample * pixels + pixel) * channels + channel
    tl.store(values + offset, value.to(values.dtype.element_ty), mask=inside)


@triton.jit
def correlate_kernel(
    values,
    pictures,
    sums,
    pixels,
    channels,
    DOUBLE: tl.constexpr,
    N_STEPS: tl.constexpr,
    PIXELS: tl.constexpr,
    CHANNELS: tl.constexpr,
):
    """Activations times colours, summed over this program's pixels."""
    DTYPE: tl.constexpr = tl.float64 if DOUBLE else tl.float32
    sample = tl.program_id(1).to(tl.int64)
    channel = tl.arange(0, CHANNELS)[None, :]
    red = tl.zeros((1, CHANNELS), DTYPE)
    green = tl.zeros((1, CHANNELS), DTYPE)
    blue = tl.zeros((1, CHANNELS), DTYPE)
    first = tl.program_id(0) * N_STEPS * PIXELS
    for step in tl.range(N_STEPS):
        pixel = (first + step * PIXELS + tl.arange(0, PIXELS))[:, None]
        inside = (pixel < pixels) & (channel < channels)
        offset = (sample * pixels + pixel) * channels + channel
        x = tl.load(values + offset, mask=inside, other=0.0).to(DTYPE)
        place = pictures + (sample * pixels + pixel) * 3
        red += tl.sum(x * tl.load(place, mask=pixel < pixels, other=0.0).to(DTYPE), axis=0)[None, :]
        green += tl.sum(x * tl.load(place + 1, mask=pixel < pixels, other=0.0).to(DTYPE), axis=0)[None, :]
        blue += tl.sum(x * tl.load(place + 2, mask=pixel < pixels, other=0.0).to(DTYPE), axis=0)[None, :]
    place = sums + ((sample * tl.num_programs(0) + tl.program_id(0)) * channels + channel) * 3
    tl.store(place, red, mask=channel < channels)
    tl.store(place + 1, green, mask=channel < channels)
    tl.store(place + 2, blue, mask=channel < channels)


def run_gather_kernel(kernel: Any, x: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
    """[N, C, H, W] and [N or 1, C, 3] to [N, 3, H, W]."""
    x, weight = x.contiguous(memory_format=torch.channels_last), weight.contiguous()
    samples, channels, height, width = x.shape
    shape = (samples, 3, height, width)
    pictures = torch.empty(shape, dtype=dtype, device=x.device, memory_format=torch.channels_last)
    many, settings = _tile(channels, height * width, weight.dtype)
    grid = (triton.cdiv(height * width, many), samples)
    kernel[grid](x, weight, pictures, height * width, channels, _stride(weight), **settings)
    return pictures


def run_spread_kernel(kernel: Any, pictures: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
    """[N, 3, H, W] and [N or 1, C, 3] to [N, C, H, W]."""
    pictures, weight = pictures.contiguous(memory_format=torch.channels_last), weight.contiguous()
    samples, _, height, width = pictures.shape
    channels = weight.shape[1]
    shape = (samples, channels, height, width)
    values = torch.empty(shape, dtype=dtype, device=pictures.device, memory_format=torch.channels_last)
    many, settings = _tile(channels, height * width, weight.dtype)
    grid = (triton.cdiv(height * width, many), samples)
    kernel[grid](pictures, weight, values, height * width, channels, _stride(weight), **settings)
    return values


def run_correlate_kernel(kernel: Any, x: Tensor, pictures: Tensor, dtype: torch.dtype) -> Tensor:
    """[N, C, H, W] and [N, 3, H, W] to [N, C, 3]."""
    x, pictures = (tensor.contiguous(memory_format=torch.channels_last) for tensor in (x, pictures))
    samples, channels, height, width = x.shape
    many, settings = _tile(channels, height * width, dtype)
    blocks = triton.cdiv(height * width, many * STEPS)
    sums = torch.empty(samples, blocks, channels, 3, dtype=dtype, device=x.device)
    kernel[blocks, samples](x, pictures, sums, height * width, channels, N_STEPS=STEPS, **settings)
    return sums.sum(dim=1)


def _stride(weight: Tensor) -> int:
    return weight.shape[1] * 3 if len(weight) > 1 else 0


def _tile(channels: int, pixels: int, dtype: torch.dtype) -> tuple[int, dict[str, Any]]:
    """Pixels of a program, and what the kernels are told of it."""
    wide = triton.next_power_of_2(channels)
    many = max(1, min(TILE // wide, triton.next_power_of_2(pixels)))
    return many, {"DOUBLE": dtype == torch.float64, "PIXELS": many, "CHANNELS": wide}
