"""The Triton kernels against the plain forms: on a GPU, or on the CPU by Triton's interpreter."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from blendgan.networks.fir import plain_fir
from blendgan.networks.fir_geometry import Fir

pytest.importorskip("triton")

from blendgan.networks import activation_kernels, colour_kernels, fir_kernels
from blendgan.networks.activation_kernels import (
    activation_kernel,
    run_activation_kernel,
    run_styled_gradient_kernel,
    styled_gradient_kernel,
)
from blendgan.networks.fir_kernels import fir_kernel, run_fir_kernel

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, device=DEVICE)


def phi(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)


def masked(x: Tensor, reference: Tensor) -> Tensor:
    return torch.where(reference > 0, x, 0.2 * x)


FILTERS = [
    *(Fir(1, 1, pad, 1.5, (6 + 2 * pad, 4 + 2 * pad)) for pad in range(4)),
    *(Fir(1, 2, pad, 1.0, ((5 + 2 * pad) // 2 + 1, (3 + 2 * pad) // 2 + 1)) for pad in range(4)),
    *(Fir(2, 1, pad, 4.0, (16 + pad, 12 + pad)) for pad in range(4)),
]


@pytest.mark.parametrize("fir", FILTERS)
def test_the_filter(fir: Fir) -> None:
    images = drawn(1, 3, 9, 7)  # of which the kernel makes channels-last memory itself
    assert_close(run_fir_kernel(fir_kernel, images, None, None, fir, "fir"), plain_fir(images, fir))


@pytest.mark.parametrize("fir", [FILTERS[2], FILTERS[5], FILTERS[10]])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_filter_with_an_activation_or_a_mask(fir: Fir, channels: int) -> None:
    images, reference, bias = drawn(1, channels, 9, 7), drawn(1, channels, 9, 7), drawn(channels)
    level = bias[:, None, None]
    assert_close(run_fir_kernel(fir_kernel, images, None, bias, fir, "act_fir"), plain_fir(phi(images + level), fir))
    expected = plain_fir(masked(images, reference + level), fir)
    assert_close(run_fir_kernel(fir_kernel, images, reference, bias, fir, "mask_fir"), expected)
    reference = drawn(1, channels, *fir.size)
    expected = masked(plain_fir(images, fir), reference + level)
    assert_close(run_fir_kernel(fir_kernel, images, reference, bias, fir, "fir_mask"), expected)


def test_more_pixels_and_channels_than_a_block_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fir_kernels, "TILE", 8)
    monkeypatch.setattr(fir_kernels, "MAX_CHANNELS", 2)
    images = drawn(2, 3, 9, 7).transpose(2, 3)  # not contiguous either
    fir = Fir(1, 1, 2, 1.0, (8, 10))
    assert_close(run_fir_kernel(fir_kernel, images, None, None, fir, "fir"), plain_fir(images, fir))


@pytest.mark.parametrize("maps", [1, 2])
def test_activations(maps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activation_kernels, "TILE", 32)
    monkeypatch.setattr(activation_kernels, "MAX_CHANNELS", 4)
    x, other, bias = drawn(2, 5, 3, 7), drawn(2, 5, 3, 7), drawn(5)
    norm, noise, level = drawn(2, 5), drawn(maps, 1, 3, 7), bias[:, None, None]
    assert_close(run_activation_kernel(activation_kernel, x, bias=bias, other=other), phi(x + level) + other)
    assert_close(
        run_activation_kernel(activation_kernel, x, bias=bias, other=other, mask=True), masked(x, other + level)
    )
    assert_close(run_activation_kernel(activation_kernel, x, other=other, mask=True), masked(x, other))
    assert_close(run_activation_kernel(activation_kernel, x, norm=norm), x * norm[:, :, None, None])
    expected = phi(x * norm[:, :, None, None] + noise + level)
    assert_close(run_activation_kernel(activation_kernel, x, norm=norm, noise=noise, bias=bias), expected)


def test_the_gradient_of_a_styled_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activation_kernels, "TILE", 32)
    monkeypatch.setattr(activation_kernels, "STEPS", 2)
    g, x, out, norm = drawn(2, 5, 3, 7), drawn(2, 5, 3, 7), drawn(2, 5, 3, 7), drawn(2, 5)
    results = run_styled_gradient_kernel(styled_gradient_kernel, g, x, norm, out)
    m = masked(g, out)
    assert_close(results[0], m * norm[:, :, None, None])
    assert_close(results[1], (m * x).sum(dim=(2, 3)))
    assert_close(results[2], m.sum(dim=1, keepdim=True))
    assert_close(results[3], m.sum(dim=(0, 2, 3)))
    results = run_styled_gradient_kernel(styled_gradient_kernel, g, x, norm, None)
    assert_close(results[0], g * norm[:, :, None, None])
    assert_close(results[1], (g * x).sum(dim=(2, 3)))


@pytest.mark.parametrize("sets", [1, 2])
def test_products_with_colours(sets: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(colour_kernels, "TILE", 64)
    monkeypatch.setattr(colour_kernels, "STEPS", 2)
    x, pictures, weight = drawn(2, 5, 3, 7), drawn(2, 3, 3, 7), drawn(sets, 5, 3)
    each = weight.expand(2, 5, 3)
    colours = colour_kernels.run_gather_kernel(colour_kernels.gather_kernel, x, weight, torch.float64)
    assert_close(colours, torch.einsum("nchw,nck->nkhw", x, each))
    values = colour_kernels.run_spread_kernel(colour_kernels.spread_kernel, pictures, weight, torch.float64)
    assert_close(values, torch.einsum("nkhw,nck->nchw", pictures, each))
    sums = colour_kernels.run_correlate_kernel(colour_kernels.correlate_kernel, x, pictures, torch.float64)
    assert_close(sums, torch.einsum("nchw,nkhw->nck", x, pictures))
