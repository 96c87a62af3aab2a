# mypy: disable-error-code="no-untyped-def,untyped-decorator"
"""The filter of `fir` as a Triton kernel for channels-last memory, with an activation in the same pass.

A program takes some columns of some channels in eight rows of the result: it filters each input row once along the row,
keeps the last four in registers, and sums in single precision. Borders are masks, taps are constants. With Triton's
interpreter (`TRITON_INTERPRET=1`) the kernel runs on a CPU.
"""

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from blendgan.networks import fir_geometry
from blendgan.networks.fir_geometry import Fir, FirMode

N_ROWS = 8
"""Rows of the result per program; even, so that it is known beforehand which rows of a doubled picture are which."""
UNROLL = 4
"""Rows (pairs of rows where the picture is doubled) that a program has under way at once."""
TILE = 1024
"""Values of one row per program."""
MAX_CHANNELS = 64
NUM_WARPS = 4
SLOPE: tl.constexpr = tl.constexpr(fir_geometry.SLOPE)


@triton.jit
def _value(sources, offset, inside, ACTIVATE: tl.constexpr, MASK_IN: tl.constexpr, DTYPE: tl.constexpr):
    """What the filter reads at `offset`: x, phi(x + b) or phi'(reference + b) x, and zero outside."""
    images, reference, bias = sources
    value = tl.load(images + offset, mask=inside, other=0.0).to(DTYPE)
    if ACTIVATE:
        value += bias
        value = tl.where(inside, tl.where(value > 0, value, value * SLOPE), 0.0)
    if MASK_IN:
        sign = tl.load(reference + offset, mask=inside, other=0.0).to(DTYPE) + bias
        value = tl.where(sign > 0, value, value * SLOPE)
    return value


@triton.jit
def _row(
    sources, row, shape, tile, UP: tl.constexpr, ACTIVATE: tl.constexpr, MASK_IN: tl.constexpr, DTYPE: tl.constexpr
):
    """Row `row` of the input, filtered along the row; where `UP` is 2, two of four products are with zeros."""
    height, width, channels = shape
    first, near, channel = tile
    inside = ((row >= 0) & (row < height)) & (channel < channels)
    offset = (row * width + first) * channels + channel
    a = _value(sources, offset, inside & (first >= 0) & (first < width), ACTIVATE, MASK_IN, DTYPE)
    b = _value(sources, offset + channels, inside & (first >= -1) & (first < width - 1), ACTIVATE, MASK_IN, DTYPE)
    if UP == 2:
        return a * near + b * (0.5 - near)
    c = _value(sources, offset + 2 * channels, inside & (first >= -2) & (first < width - 2), ACTIVATE, MASK_IN, DTYPE)
    d = _value(sources, offset + 3 * channels, inside & (first >= -3) & (first < width - 3), ACTIVATE, MASK_IN, DTYPE)
    return (a + d) * 0.125 + (b + c) * 0.375


@triton.jit
def _store(out, sources, value, row, shape, tile, MASK_OUT: tl.constexpr, DTYPE: tl.constexpr):
    """Write row `row` of the result, or of phi'(reference + b) times it."""
    height, width, channels = shape
    column, channel = tile
    inside = (row < height) & (column < width) & (channel < channels)
    offset = (row * width + column) * channels + channel
    if MASK_OUT:
        _, reference, bias = sources
        sign = tl.load(reference + offset, mask=inside, other=0.0).to(DTYPE) + bias
        value = tl.where(sign > 0, value, value * SLOPE)
    tl.store(out + offset, value.to(out.dtype.element_ty), mask=inside)


@triton.jit
def fir_kernel(
    images,
    reference,
    biases,
    out,
    height,
    width,
    out_height,
    out_width,
    channels,
    gain,
    UP: tl.constexpr,
    DOWN: tl.constexpr,
    PAD: tl.constexpr,
    ACTIVATE: tl.constexpr,
    MASK_IN: tl.constexpr,
    MASK_OUT: tl.constexpr,
    HAS_BIAS: tl.constexpr,
    DOUBLE: tl.constexpr,
    ROWS: tl.constexpr,
    UNROLL: tl.constexpr,
    COLUMNS: tl.constexpr,
    CHANNELS: tl.constexpr,
):
    """`COLUMNS` x `CHANNELS` values of `ROWS` rows of one sample."""
    DTYPE: tl.constexpr = tl.float64 if DOUBLE else tl.float32
    blocks = tl.cdiv(out_width, COLUMNS)
    column = (tl.program_id(0) % blocks * COLUMNS + tl.arange(0, COLUMNS))[:, None]
    channel = (tl.program_id(0) // blocks * CHANNELS + tl.arange(0, CHANNELS))[None, :]
    first_row = tl.program_id(1) * ROWS
    sample = tl.program_id(2).to(tl.int64)
    images += sample * height * width * channels
    out += sample * out_height * out_width * channels
    if MASK_IN:
        reference += sample * height * width * channels
    if MASK_OUT:
        reference += sample * out_height * out_width * channels
    bias = tl.zeros((1, CHANNELS), DTYPE)
    if HAS_BIAS:
        bias += tl.load(biases + channel, mask=channel < channels, other=0.0).to(DTYPE)

    sources = (images, reference, bias)
    shape = (height, width, channels)
    out_shape = (out_height, out_width, channels)
    out_tile = (column, channel)
    if UP == 2:
        near = tl.where(((column - PAD) & 1) == 0, 0.125, 0.375).to(DTYPE)
        tile = ((column - PAD + 1) >> 1, near, channel)
        row = (first_row - PAD + 1) >> 1
        low = _row(sources, row, shape, tile, UP, ACTIVATE, MASK_IN, DTYPE) * gain
        high = _row(sources, row + 1, shape, tile, UP, ACTIVATE, MASK_IN, DTYPE) * gain
        for i in tl.range(0, ROWS, 2, loop_unroll_factor=UNROLL):
            if PAD % 2 == 0:
                value = low * 0.125 + high * 0.375
                _store(out, sources, value, first_row + i, out_shape, out_tile, MASK_OUT, DTYPE)
                low = high
                high = _row(sources, row + i // 2 + 2, shape, tile, UP, ACTIVATE, MASK_IN, DTYPE) * gain
                value = low * 0.375 + high * 0.125
                _store(out, sources, value, first_row + i + 1, out_shape, out_tile, MASK_OUT, DTYPE)
            else:
                value = low * 0.375 + high * 0.125
                _store(out, sources, value, first_row + i, out_shape, out_tile, MASK_OUT, DTYPE)
                value = low * 0.125 + high * 0.375
                _store(out, sources, value, first_row + i + 1, out_shape, out_tile, MASK_OUT, DTYPE)
                low = high
                high = _row(sources, row + i // 2 + 2, shape, tile, UP, ACTIVATE, MASK_IN, DTYPE) * gain
    else:
        tile = (column * DOWN - PAD, gain, channel)
        row = first_row * DOWN - PAD
        a = _row(sources, row, shape, tile, UP, ACTIVATE, MASK_IN, DTYPE) * gain
        b = _row(sources, row + 1, shape, tile, UP, ACTIVATE, MASK_IN, DTYPE) * gain
        if DOWN == 1:
            c = _row(sources, row + 2, shape, tile, UP, ACTIVATE, MASK_IN, DTYPE) * gain
            for i in tl.range(0, ROWS, loop_unroll_factor=UNROLL):
                d = _row(sources, row + i + 3, shape, tile, UP, ACTIVATE, MASK_IN, DTYPE) * gain
                value = (a + d) * 0.125 + (b + c) * 0.375
                _store(out, sources, value, first_row + i, out_shape, out_tile, MASK_OUT, DTYPE)
                a = b
                b = c
                c = d
        else:
            for i in tl.range(0, ROWS, loop_unroll_factor=UNROLL):
                c = _row(sources, row + 2 * i + 2, shape, tile, UP, ACTIVATE, MASK_IN, DTYPE) * gain
                d = _row(sources, row + 2 * i + 3, shape, tile, UP, ACTIVATE, MASK_IN, DTYPE) * gain
                value = (a + d) * 0.125 + (b + c) * 0.375
                _store(out, sources, value, first_row + i, out_shape, out_tile, MASK_OUT, DTYPE)
                a = c
                b = d


def run_fir_kernel(
    kernel: Any, images: Tensor, reference: Tensor | None, bias: Tensor | None, fir: Fir, mode: FirMode
) -> Tensor:
    """`fir` of `images` by `kernel`, which is `fir_kernel` as Triton or torch.compile launches it."""
    images = images.contiguous(memory_format=torch.channels_last)
    samples, channels, height, width = images.shape
    shape = (samples, channels, *fir.size)
    out = torch.empty(shape, dtype=images.dtype, device=images.device, memory_format=torch.channels_last)
    if reference is not None:
        reference = reference.contiguous(memory_format=torch.channels_last)
    wide = min(MAX_CHANNELS, triton.next_power_of_2(channels))
    columns = max(1, min(TILE // wide, triton.next_power_of_2(fir.size[1])))
    blocks = triton.cdiv(fir.size[1], columns) * triton.cdiv(channels, wide)
    kernel[blocks, triton.cdiv(fir.size[0], N_ROWS), samples](
        images,
        images if reference is None else reference,
        images if bias is None else bias,
        out,
        height,
        width,
        *fir.size,
        channels,
        fir.gain,
        UP=fir.up,
        DOWN=fir.down,
        PAD=fir.pad,
        ACTIVATE=mode == "act_fir",
        MASK_IN=mode == "mask_fir",
        MASK_OUT=mode == "fir_mask",
        HAS_BIAS=bias is not None,
        DOUBLE=images.dtype == torch.float64,
        ROWS=N_ROWS,
        UNROLL=UNROLL,
        COLUMNS=columns,
        CHANNELS=wide,
        num_warps=NUM_WARPS,
    )
    return out
