"""Products between pictures of three channels and activations: 1x1 convolutions from and to colours.

With activations x [N, C, H, W], pictures i [N, 3, H, W] and weights W [N or 1, C, 3] (one set for each sample, or one
for all) there are three of them,

    gathered(x, W) = sum over c of x_c W_ck      spread(i, W) = sum over k of i_k W_ck      correlated(x, i) = x_c i_k

the last summed over pixels. They share one trilinear form and are each other's derivatives. A matrix product of which
one side is three wide leaves most of a GPU idle, so that a Triton kernel takes its place there.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.networks.convolution import weight_gradients_wanted
from blendgan.networks.triton_use import HAS_TRITON, on_triton

if HAS_TRITON:
    from blendgan.networks import triton_ops


def gathered(
    x: Float[Tensor, "batch channels height width"], weight: Float[Tensor, "sets channels 3"]
) -> Float[Tensor, "batch 3 height width"]:
    """Colours of activations, in the precision of the weights."""
    result: Tensor = _Gathered.apply(x, weight, weight.dtype)
    return result


def spread(
    pictures: Float[Tensor, "batch 3 height width"], weight: Float[Tensor, "sets channels 3"], dtype: torch.dtype
) -> Float[Tensor, "batch channels height width"]:
    """Activations of colours, in precision `dtype`."""
    result: Tensor = _Spread.apply(pictures, weight, dtype)
    return result


class _Gathered(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
        ctx.save_for_backward(x, weight)
        if on_triton(x):
            return triton_ops.gpu_gathered(x, weight, dtype)
        return from_rows(rows(x) @ weight.to(x.dtype), x).to(dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        x, weight = ctx.saved_tensors
        for_x = _Spread.apply(gradients[0], weight, x.dtype) if ctx.needs_input_grad[0] else None
        wanted = ctx.needs_input_grad[1] and weight_gradients_wanted()
        return for_x, _Correlated.apply(x, gradients[0], len(weight), weight.dtype) if wanted else None, None


class _Spread(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, pictures: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
        ctx.save_for_backward(pictures, weight)
        if on_triton(pictures):
            return triton_ops.gpu_spread(pictures, weight, dtype)
        return from_rows(rows(pictures.to(dtype)) @ weight.transpose(1, 2).to(dtype), pictures)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        pictures, weight = ctx.saved_tensors
        for_pictures = _Gathered.apply(gradients[0], weight, pictures.dtype) if ctx.needs_input_grad[0] else None
        wanted = ctx.needs_input_grad[1] and weight_gradients_wanted()
        for_weight = _Correlated.apply(gradients[0], pictures, len(weight), weight.dtype) if wanted else None
        return for_pictures, for_weight, None


class _Correlated(torch.autograd.Function):
    """x_c i_k summed over pixels, and over samples if all share one set of weights."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, pictures: Tensor, sets: int, dtype: torch.dtype) -> Tensor:
        ctx.save_for_backward(x, pictures)
        if on_triton(x):
            sums = triton_ops.gpu_correlated(x, pictures, dtype)
        else:
            sums = (rows(x).transpose(1, 2) @ rows(pictures.to(x.dtype))).to(dtype)
        return sums if sets > 1 or len(x) == 1 else sums.sum(dim=0, keepdim=True)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        x, pictures = ctx.saved_tensors
        for_x = _Spread.apply(pictures, gradients[0], x.dtype) if ctx.needs_input_grad[0] else None
        for_pictures = _Gathered.apply(x, gradients[0], pictures.dtype) if ctx.needs_input_grad[1] else None
        return for_x, for_pictures, None, None


def rows(maps: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch pixels channels"]:
    """A row for each pixel: a view of channels-last memory."""
    return maps.permute(0, 2, 3, 1).flatten(1, 2)


def from_rows(values: Tensor, like: Tensor) -> Tensor:
    """Channels-last maps of the height and width of `like`."""
    return values.reshape(len(values), *like.shape[2:], values.shape[2]).permute(0, 3, 1, 2)
