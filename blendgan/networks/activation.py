"""Leaky ReLU together with what stands beside it: bias, filter, skip, and the generator's demodulation and noise.

phi is leaky ReLU; its gain of sqrt(2) is folded into the weights and biases before it. phi'' is zero, so derivatives of
FIR(phi(y + b)) need only two further operations, which are each other's adjoint:

    mask_fir(u) = FIR(phi'(y + b) u)        fir_mask(g) = phi'(y + b) FIR^T(g)

R1 and path length use nothing else, to any order, and no tensor of zeros comes up.
"""

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from blendgan.networks.convolution import weight_gradients_wanted
from blendgan.networks.fir import run_fir
from blendgan.networks.fir_geometry import SLOPE, Fir
from blendgan.networks.triton_use import HAS_TRITON, on_triton

if HAS_TRITON:
    from blendgan.networks import triton_ops


def activated(
    y: Float[Tensor, "batch channels height width"],
    bias: Float[Tensor, "channels"],
    skip: Float[Tensor, "batch channels height width"] | None = None,
) -> Float[Tensor, "batch channels height width"]:
    """phi(y + bias) + skip, in one pass."""
    result: Tensor = _Activated.apply(y, bias, skip, None)
    return result


def activated_and_filtered(
    y: Float[Tensor, "batch channels height width"], bias: Float[Tensor, "channels"], fir: Fir
) -> Float[Tensor, "batch channels out_height out_width"]:
    """FIR(phi(y + bias)), in one pass where a GPU does it."""
    result: Tensor = _Activated.apply(y, bias, None, fir)
    return result


class _Activated(torch.autograd.Function):
    """FIR(phi(y + bias)), or phi(y + bias) + skip."""

    @staticmethod
    def forward(ctx: Any, y: Tensor, bias: Tensor, skip: Tensor | None, fir: Fir | None) -> Tensor:
        ctx.adjoint, ctx.biased = _adjoint(fir, y), on_triton(y)
        if ctx.biased:  # the sum is not worth being kept: it is made again in registers
            ctx.save_for_backward(y, bias)
            if fir is None:
                return triton_ops.gpu_activated(y, bias, skip)
            return triton_ops.gpu_fir(y, fir, "act_fir", None, bias)
        active = F.leaky_relu_(y + bias[:, None, None].to(y.dtype), SLOPE)
        ctx.save_for_backward(active, bias)
        if fir is not None:
            return run_fir(active, fir)
        return active if skip is None else active + skip

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        reference, bias = ctx.saved_tensors
        for_y = _FirMask.apply(gradients[0], reference, bias if ctx.biased else None, ctx.adjoint)
        wanted = ctx.needs_input_grad[1] and weight_gradients_wanted()
        for_bias = for_y.sum(dim=(0, 2, 3), dtype=bias.dtype) if wanted else None
        return for_y, for_bias, gradients[0] if ctx.needs_input_grad[2] else None, None


class _FirMask(torch.autograd.Function):
    """phi'(reference + bias) FIR(g)."""

    @staticmethod
    def forward(ctx: Any, g: Tensor, reference: Tensor, bias: Tensor | None, fir: Fir | None) -> Tensor:
        ctx.save_for_backward(reference, bias)
        ctx.adjoint = _adjoint(fir, g)
        if on_triton(g):
            if fir is None:
                return triton_ops.gpu_masked(g, reference, bias)
            return triton_ops.gpu_fir(g, fir, "fir_mask", reference, bias)
        return masked(g if fir is None else run_fir(g, fir), reference)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        return _MaskFir.apply(gradients[0], *ctx.saved_tensors, ctx.adjoint), None, None, None


class _MaskFir(torch.autograd.Function):
    """FIR(phi'(reference + bias) u)."""

    @staticmethod
    def forward(ctx: Any, u: Tensor, reference: Tensor, bias: Tensor | None, fir: Fir | None) -> Tensor:
        ctx.save_for_backward(reference, bias)
        ctx.adjoint = _adjoint(fir, u)
        if on_triton(u):
            if fir is None:
                return triton_ops.gpu_masked(u, reference, bias)
            return triton_ops.gpu_fir(u, fir, "mask_fir", reference, bias)
        u = masked(u, reference)
        return u if fir is None else run_fir(u, fir)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        return _FirMask.apply(gradients[0], *ctx.saved_tensors, ctx.adjoint), None, None, None


def _adjoint(fir: Fir | None, source: Tensor) -> Fir | None:
    """Of no filter: none."""
    return None if fir is None else fir.adjoint((source.shape[2], source.shape[3]))


def styled(
    y: Float[Tensor, "batch channels height width"],
    norm: Float[Tensor, "batch channels"],
    noise: Float[Tensor, "batch 1 height width"] | None,
    bias: Float[Tensor, "channels"],
) -> Float[Tensor, "batch channels height width"]:
    """phi(norm y + noise + bias): how a layer of the generator ends."""
    result: Tensor = _Styled.apply(y, norm, noise, bias)
    return result


def modulated(
    x: Float[Tensor, "batch channels height width"], style: Float[Tensor, "batch channels"]
) -> Float[Tensor, "batch channels height width"]:
    """style x: how a layer of the generator begins."""
    result: Tensor = _Styled.apply(x, style, None, None)
    return result


class _Styled(torch.autograd.Function):
    """phi(norm y + noise + bias), or norm y where there is no bias."""

    @staticmethod
    def forward(ctx: Any, y: Tensor, norm: Tensor, noise: Tensor | None, bias: Tensor | None) -> Tensor:
        if on_triton(y):
            out = triton_ops.gpu_styled(y, norm, noise, bias)
        elif bias is None:
            out = y * norm[:, :, None, None].to(y.dtype)
        else:
            out = torch.addcmul(bias[:, None, None].to(y.dtype), y, norm[:, :, None, None].to(y.dtype))
            out = out if noise is None else out.add_(noise)
            F.leaky_relu_(out, SLOPE)
        ctx.save_for_backward(y, norm, None if bias is None else out)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        for_y, for_norm, for_noise, for_bias = _StyledGradient.apply(gradients[0], *ctx.saved_tensors)
        return for_y, for_norm, for_noise if ctx.needs_input_grad[2] else None, for_bias


class _StyledGradient(torch.autograd.Function):
    """With m = phi' g: norm m, and the sums of m y over pixels, of m over channels, and of m over samples and pixels.

    The last two are not computed where nobody wants them; without an activated result m is g.
    """

    @staticmethod
    def forward(
        ctx: Any, g: Tensor, y: Tensor, norm: Tensor, out: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(g, y, norm, out)
        wanted = out is not None and weight_gradients_wanted()
        if on_triton(g):
            for_y, for_norm, *sums = triton_ops.gpu_styled_gradient(g, y, norm, out)
            return (for_y, for_norm, sums[0], sums[1]) if wanted else (for_y, for_norm, None, None)
        m = masked(g, out)
        for_y, for_norm = m * norm[:, :, None, None].to(m.dtype), (m * y).sum(dim=(2, 3), dtype=norm.dtype)
        if not wanted:
            return for_y, for_norm, None, None
        return for_y, for_norm, m.sum(dim=1, keepdim=True), m.sum(dim=(0, 2, 3))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Any, ...]:
        g, y, norm, out = ctx.saved_tensors
        by_y, by_norm, by_noise, by_bias = (None if by is None else by.to(g.dtype) for by in gradients)
        m = masked(g, out)
        along, for_y, for_norm = torch.zeros_like(g[:, :, :1, :1]), None, None
        if by_y is not None:
            along = along + norm[:, :, None, None].to(g.dtype) * by_y
            for_norm = (m * by_y).sum(dim=(2, 3), dtype=norm.dtype)
        if by_norm is not None:
            along = along + y * by_norm[:, :, None, None]
            for_y = m * by_norm[:, :, None, None]
        if by_noise is not None:
            along = along + by_noise
        if by_bias is not None:
            along = along + by_bias[:, None, None]
        return masked(along.expand_as(g), out), for_y, for_norm, None


def masked(g: Tensor, reference: Tensor | None) -> Tensor:
    """phi'(reference) g; as phi keeps signs, phi of the reference will do. No reference, no activation."""
    if reference is None:
        return g
    result: Tensor = torch.ops.aten.leaky_relu_backward(g, reference, SLOPE, False)
    return result
