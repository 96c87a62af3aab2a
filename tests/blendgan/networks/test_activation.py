"""Activations with what stands beside them: values from their formulas, first and second derivatives."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close

from blendgan.networks.activation import activated, activated_and_filtered, modulated, styled
from blendgan.networks.convolution import without_weight_gradients
from blendgan.networks.fir import filtered
from blendgan.networks.fir_geometry import Fir, blurring, halving


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64).requires_grad_()


def phi(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)


def both_derivatives(function: Callable[..., Tensor], *inputs: Tensor) -> bool:
    return bool(
        gradcheck(function, inputs, fast_mode=True)
        and gradgradcheck(lambda *some: function(*some).square(), inputs, fast_mode=True)
    )


def test_activation_and_skip() -> None:
    y, bias, skip = drawn(2, 3, 5, 4), drawn(3), drawn(2, 3, 5, 4)
    assert_close(activated(y, bias), phi(y + bias[:, None, None]))
    assert_close(activated(y, bias, skip), phi(y + bias[:, None, None]) + skip)
    assert both_derivatives(activated, y, bias, skip)


@pytest.mark.parametrize("fir", [blurring(torch.zeros(1, 1, 5, 4), 2), halving(torch.zeros(1, 1, 5, 4))])
def test_activation_before_the_filter(fir: Fir) -> None:
    y, bias = drawn(2, 3, 5, 4), drawn(3)
    assert_close(activated_and_filtered(y, bias, fir), filtered(phi(y + bias[:, None, None]), fir))
    assert both_derivatives(lambda y, bias: activated_and_filtered(y, bias, fir), y, bias)


@pytest.mark.parametrize("maps", [2, 1, 0])
def test_the_end_of_a_generator_layer(maps: int) -> None:
    y, norm, noise, bias = drawn(2, 3, 5, 4), drawn(2, 3), drawn(maps, 1, 5, 4), drawn(3)
    added = noise if maps else torch.zeros(())
    assert_close(
        styled(y, norm, noise if maps else None, bias), phi(y * norm[:, :, None, None] + added + bias[:, None, None])
    )
    if maps:
        assert both_derivatives(styled, y, norm, noise, bias)
    else:
        assert both_derivatives(lambda y, norm, bias: styled(y, norm, None, bias), y, norm, bias)


def test_the_beginning_of_a_generator_layer() -> None:
    x, style = drawn(2, 3, 5, 4), drawn(2, 3)
    assert_close(modulated(x, style), x * style[:, :, None, None])
    assert both_derivatives(modulated, x, style)


def test_nobody_asks_for_the_gradients_of_biases() -> None:
    y, bias = drawn(1, 2, 3, 3), drawn(2)
    with without_weight_gradients():
        (only,) = torch.autograd.grad(activated(y, bias).sum(), y, create_graph=True)
        none = torch.autograd.grad(activated(y, bias).sum(), bias, allow_unused=True)
    assert only.shape == y.shape
    assert none == (None,)
