"""Dense convolutions whose derivatives of every order are ordinary convolutions.

PyTorch's own second derivative takes one activation map as the kernel of a convolution over another. Here a convolution
f(x, w), its gradient in x and its gradient in w are three bilinear operations that are each other's derivatives: with
<g, f(x, w)> they share one trilinear form, so that R1 and path length only ever ask for the three standard kernels.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

_skipping: list[bool] = []  # of the process: a GPU's backward passes run in threads of their own


class Form(NamedTuple):
    """Stride and padding of a convolution, and whether it is transposed."""

    stride: int = 1
    padding: int = 0
    transposed: bool = False

    def arguments(self) -> tuple[Any, ...]:
        """As PyTorch takes them: stride, padding, dilation, transposed, output padding, groups."""
        return [self.stride] * 2, [self.padding] * 2, [1, 1], self.transposed, [0, 0], 1


def convolve(
    x: Float[Tensor, "batch in_channels height width"], weight: Float[Tensor, "a b kernel kernel"], form: Form
) -> Float[Tensor, "batch out_channels out_height out_width"]:
    """Convolve in the precision of `x`; weights are [out, in, k, k], or [in, out, k, k] where transposed."""
    y: Tensor = _Convolution.apply(x, weight.to(x.dtype), form)
    return y


@contextmanager
def without_weight_gradients() -> Iterator[None]:
    """For a first derivative with respect to pictures or latents: nobody asks for those of weights and biases.

    Second derivatives reach the weights all the same. PyTorch tells a function of ours which inputs may need a
    gradient, not which are asked for.
    """
    _skipping.append(True)
    try:
        yield
    finally:
        _skipping.pop()


def weight_gradients_wanted() -> bool:
    """Whether a backward pass should compute the gradients of weights and biases."""
    return not _skipping


class _Convolution(torch.autograd.Function):
    """f(x, w)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, form: Form) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.form = form
        return torch.convolution(x, weight, None, *form.arguments())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        x, weight = ctx.saved_tensors
        wanted = ctx.needs_input_grad[1] and weight_gradients_wanted()
        if not torch.is_grad_enabled():  # nobody will differentiate them, so one call gives both
            return *_gradients(gradients[0], x, weight, ctx.form, (ctx.needs_input_grad[0], wanted)), None
        for_x = _InputGradient.apply(gradients[0], weight, x.shape, ctx.form) if ctx.needs_input_grad[0] else None
        return for_x, _WeightGradient.apply(gradients[0], x, weight.shape, ctx.form) if wanted else None, None


class _InputGradient(torch.autograd.Function):
    """The gradient of <g, f(x, w)> in x, bilinear in g and w."""

    @staticmethod
    def forward(ctx: Any, g: Tensor, weight: Tensor, shape: torch.Size, form: Form) -> Tensor:
        ctx.save_for_backward(g, weight)
        ctx.form = form
        return _gradients(g, _of_shape(shape, g), weight, form, (True, False))[0]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        g, weight = ctx.saved_tensors
        for_g = _Convolution.apply(gradients[0], weight, ctx.form) if ctx.needs_input_grad[0] else None
        wanted = ctx.needs_input_grad[1] and weight_gradients_wanted()
        for_weight = _WeightGradient.apply(g, gradients[0], weight.shape, ctx.form) if wanted else None
        return for_g, for_weight, None, None


class _WeightGradient(torch.autograd.Function):
    """The gradient of <g, f(x, w)> in w, bilinear in g and x."""

    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor, shape: torch.Size, form: Form) -> Tensor:
        ctx.save_for_backward(g, x)
        ctx.form = form
        return _gradients(g, x, _of_shape(shape, g), form, (False, True))[1]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        g, x = ctx.saved_tensors
        for_g = _Convolution.apply(x, gradients[0], ctx.form) if ctx.needs_input_grad[0] else None
        for_x = _InputGradient.apply(g, gradients[0], x.shape, ctx.form) if ctx.needs_input_grad[1] else None
        return for_g, for_x, None, None


def _gradients(g: Tensor, x: Tensor, weight: Tensor, form: Form, wanted: tuple[bool, bool]) -> tuple[Tensor, Tensor]:
    """The gradients in x and in w, as far as they are wanted."""
    mask = [*wanted, False]  # there is no bias
    for_x, for_weight, _ = torch.ops.aten.convolution_backward(g, x, weight, None, *form.arguments(), mask)
    return for_x, for_weight


def _of_shape(shape: torch.Size, like: Tensor) -> Tensor:
    """Of the size that PyTorch wants to know; its values are never read."""
    return torch.empty(shape, dtype=like.dtype, device=like.device, memory_format=torch.channels_last)
