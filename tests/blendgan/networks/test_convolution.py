"""Convolutions against PyTorch's, to second order, and which kernels their derivatives ask for."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close
from torch.utils._python_dispatch import TorchDispatchMode

from blendgan.losses.adversarial import r1_penalty
from blendgan.networks.convolution import Form, convolve
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig
from blendgan.networks.layers import EqualConv2d
from blendgan.training.gan.objective import CodedPictures, r1_objective

FORMS = [Form(padding=1), Form(stride=2), Form(stride=2, transposed=True), Form()]
TINY = DiscriminatorConfig(size=16, channel_base=64, channel_max=8)


class Convolutions(TorchDispatchMode):
    """Counts what is computed: convolutions, and their gradients by (of the input, of the weights)."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten.convolution.default:
            self.calls.append("forward")
        if func is torch.ops.aten.convolution_backward.default:
            self.calls += ["input"] * args[-1][0] + ["weights"] * args[-1][1]
        return func(*args, **(kwargs or {}))


def theirs(x: Tensor, weight: Tensor, form: Form) -> Tensor:
    if form.transposed:
        return F.conv_transpose2d(x, weight, stride=form.stride)
    return F.conv2d(x, weight, stride=form.stride, padding=form.padding)


@pytest.mark.parametrize("form", FORMS)
def test_values_and_derivatives(form: Form) -> None:
    side = 1 if form == Form() else 3
    x = torch.randn(2, 2, 5, 7, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(*((2, 3) if form.transposed else (3, 2)), side, side, dtype=torch.float64, requires_grad=True)
    assert_close(convolve(x, weight, form), theirs(x, weight, form))
    assert gradcheck(lambda x, w: convolve(x, w, form), (x, weight), fast_mode=True)
    assert gradgradcheck(lambda x, w: convolve(x, w, form).square(), (x, weight), fast_mode=True)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_of_a_gradient_penalty_equal_those_of_pytorch(form: Form) -> None:
    side = 1 if form == Form() else 3
    start, weight = torch.randn(2, 4, 9, 9), torch.randn(4, 4, side, side)
    results = []
    for function in (convolve, theirs):
        x, w = start.clone().requires_grad_(), weight.clone().requires_grad_()
        y = function(F.softplus(function(x, w, form)), w, form)
        r1_penalty(x, y.square().sum(dim=(1, 2, 3))[:, None]).backward()
        assert w.grad is not None
        results.append(w.grad)
    assert (results[0] - results[1]).norm() < 1e-5 * results[1].norm()


def test_r1_computes_no_gradient_of_weights_before_its_second_derivative() -> None:
    critic = Discriminator(TINY)
    convolutions = [module for module in critic.modules() if isinstance(module, EqualConv2d)]
    layers = len(convolutions) - 1  # that from colours is a product
    with Convolutions() as first:
        penalty = r1_objective(critic, CodedPictures(torch.randn(4, 3, 16, 16), torch.zeros(4, 1)))
    assert first.calls.count("weights") == 0
    assert first.calls.count("input") >= layers
    with Convolutions() as second:
        penalty.backward()
    # one per layer, from the gradient's own derivative; the activations' second derivative is zero
    assert second.calls.count("weights") >= layers
