"""The building blocks against slow loops, algebra and finite differences."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close

from blendgan.networks.layers import EqualLinear, MappingNetwork, ModulatedConv2d, leaky_relu, minibatch_deviation


def conv(demodulate: bool = True, upsample: bool = False, kernel_size: int = 3) -> ModulatedConv2d:
    torch.manual_seed(0)
    layer = ModulatedConv2d(3, 4, kernel_size, latent_dim=5, demodulate=demodulate, upsample=upsample)
    return layer.double()


def one_by_one(layer: ModulatedConv2d, x: Tensor, w: Tensor) -> Tensor:
    """Every sample with weights of its own, as the paper writes it: w'_ijk = s_i w_ijk, w''= w' / sqrt(sum w'^2)."""
    results = []
    for sample, latent in zip(x, w, strict=True):
        style = layer.modulation(latent[None])[0] * layer.scale
        weight = layer.weight * style[None, :, None, None]
        if layer.demodulate:
            weight = weight / (weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
        if layer.upsample:
            taps = torch.tensor([1.0, 3, 3, 1], dtype=x.dtype) / 4
            fir = torch.outer(taps, taps).expand(len(weight), 1, 4, 4)
            y = F.conv_transpose2d(sample[None], weight.transpose(0, 1), stride=2)
            y = F.conv2d(y, fir, padding=1, groups=len(weight))
        else:
            y = F.conv2d(sample[None], weight, padding=weight.shape[2] // 2)
        results.append(y[0])
    return torch.stack(results)


def unit(layer: ModulatedConv2d, x: Tensor, w: Tensor) -> Tensor:
    y, norm = layer(x, w)
    return y * norm[:, :, None, None]


@pytest.mark.parametrize(
    ("demodulate", "upsample", "kernel_size"), [(True, False, 3), (True, True, 3), (False, False, 1)]
)
def test_a_batch_equals_a_loop_over_its_samples(demodulate: bool, upsample: bool, kernel_size: int) -> None:
    layer = conv(demodulate, upsample, kernel_size)
    x, w = torch.randn(3, 3, 6, 6).double(), torch.randn(3, 5).double()
    assert_close(unit(layer, x, w), one_by_one(layer, x, w))


@pytest.mark.parametrize("upsample", [False, True])
def test_a_single_sample_takes_another_way_to_the_same_result(upsample: bool) -> None:
    layer = conv(upsample=upsample)
    x, w, bias = torch.randn(1, 3, 6, 6).double(), torch.randn(1, 5).double(), torch.randn(4).double()
    with torch.no_grad():
        assert_close(layer.single(x, w, bias, 1.5), 1.5 * one_by_one(layer, x, w) + bias[:, None, None])


def test_demodulated_white_noise_has_unit_variance() -> None:
    layer = ModulatedConv2d(32, 16, 3, latent_dim=8).requires_grad_(False)
    y = unit(layer, torch.randn(4, 32, 64, 64), torch.randn(4, 8))
    assert_close(y[:, :, 1:-1, 1:-1].var(dim=(0, 2, 3)), torch.ones(16), rtol=0.1, atol=0)


@pytest.mark.parametrize("upsample", [False, True])
def test_first_and_second_derivatives_of_the_modulated_convolution(upsample: bool) -> None:
    layer = conv(upsample=upsample)
    x, w = (torch.randn(*shape).double().requires_grad_() for shape in ((2, 3, 3, 3), (2, 5)))

    def call(x: Tensor, w: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        y, norm = torch.func.functional_call(layer, {"weight": weight}, (x, w))
        return y, norm

    inputs = (x, w, layer.weight.detach().clone().requires_grad_())
    assert gradcheck(call, inputs, fast_mode=True)
    assert gradgradcheck(call, inputs, fast_mode=True)


def test_first_and_second_derivatives_of_the_minibatch_deviation() -> None:
    x = torch.randn(4, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    assert gradcheck(minibatch_deviation, (x, 2), fast_mode=True)
    assert gradgradcheck(minibatch_deviation, (x, 2), fast_mode=True)


def test_samples_a_stride_apart_form_a_group() -> None:
    # four samples in groups of two: 0 with 2, 1 with 3
    x = torch.tensor([0.0, 1.0, 2.0, 7.0])[:, None, None, None].expand(4, 3, 2, 2)
    plane = minibatch_deviation(x, group_size=2)[:, 3]
    # the deviation of {0, 2} is 1, of {1, 7} is 3
    assert_close(plane, torch.tensor([1.0, 3.0, 1.0, 3.0])[:, None, None].expand(4, 2, 2))


def test_a_batch_that_has_no_groups_is_refused() -> None:
    with pytest.raises(ValueError, match="batch of 6 cannot be split into groups of 4"):
        minibatch_deviation(torch.zeros(6, 1, 2, 2))


def test_an_equalised_layer_scales_when_used_and_learns_slower_by_its_multiplier() -> None:
    layer = EqualLinear(4, 2, bias=1.0, lr_mul=0.01)
    x = torch.randn(3, 4)
    assert_close(layer(x), x @ layer.weight.t() * 0.01 / 2 + 0.01)
    assert layer.weight.std() > 10


def test_leaky_relu_has_a_gain_of_root_two() -> None:
    assert_close(leaky_relu(torch.tensor([3.0, -5.0])), torch.tensor([3.0, -1.0]) * 2**0.5)


def test_a_mapping_sees_only_the_direction_of_its_code() -> None:
    mapping = MappingNetwork(6, 4, 3)
    z = torch.randn(2, 6)
    assert_close(mapping(z), mapping(z * 40), rtol=1e-4, atol=1e-6)
