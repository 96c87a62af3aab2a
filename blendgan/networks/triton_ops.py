"""The Triton kernels as operators: launched directly, or, while torch.compile traces, as nodes that it sees through."""

import torch
from torch import Tensor
from torch.library import triton_op, wrap_triton

from blendgan.networks.activation_kernels import (
    activation_kernel,
    run_activation_kernel,
    run_styled_gradient_kernel,
    styled_gradient_kernel,
)
from blendgan.networks.colour_kernels import (
    correlate_kernel,
    gather_kernel,
    run_correlate_kernel,
    run_gather_kernel,
    run_spread_kernel,
    spread_kernel,
)
from blendgan.networks.fir_geometry import Fir, FirMode
from blendgan.networks.fir_kernels import fir_kernel, run_fir_kernel


def gpu_fir(
    images: Tensor, fir: Fir, mode: FirMode = "fir", reference: Tensor | None = None, bias: Tensor | None = None
) -> Tensor:
    """The filter, with an activation or a mask before or behind it as `mode` says."""
    if torch.compiler.is_compiling():
        numbers = [fir.up, fir.down, fir.pad, *fir.size]
        compiled: Tensor = _fir(images, reference, bias, numbers, fir.gain, mode)
        return compiled
    return run_fir_kernel(fir_kernel, images, reference, bias, fir, mode)


def gpu_activated(values: Tensor, bias: Tensor, skip: Tensor | None) -> Tensor:
    """phi(x + bias) + skip."""
    if torch.compiler.is_compiling():
        compiled: Tensor = _activation(values, None, None, bias, skip, False)
        return compiled
    return run_activation_kernel(activation_kernel, values, bias=bias, other=skip)


def gpu_masked(values: Tensor, reference: Tensor, bias: Tensor | None) -> Tensor:
    """phi'(reference + bias) x."""
    if torch.compiler.is_compiling():
        compiled: Tensor = _activation(values, None, None, bias, reference, True)
        return compiled
    return run_activation_kernel(activation_kernel, values, bias=bias, other=reference, mask=True)


def gpu_styled(values: Tensor, norm: Tensor, noise: Tensor | None, bias: Tensor | None) -> Tensor:
    """phi(norm x + noise + bias), or norm x where there is no bias."""
    if torch.compiler.is_compiling():
        compiled: Tensor = _activation(values, norm, noise, bias, None, False)
        return compiled
    return run_activation_kernel(activation_kernel, values, norm=norm, noise=noise, bias=bias)


def gpu_styled_gradient(
    gradient: Tensor, values: Tensor, norm: Tensor, activated: Tensor | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """With m = phi' g: norm m, and the sums of m x over pixels, of m over channels, of m over samples and pixels."""
    if torch.compiler.is_compiling():
        sums: tuple[Tensor, Tensor, Tensor, Tensor] = _styled_gradient(gradient, values, norm, activated)
        return sums
    return run_styled_gradient_kernel(styled_gradient_kernel, gradient, values, norm, activated)


@triton_op("blendgan::fir", mutates_args=())
def _fir(
    images: Tensor, reference: Tensor | None, bias: Tensor | None, numbers: list[int], gain: float, mode: str
) -> Tensor:
    up, down, pad, height, width = numbers
    fir = Fir(up, down, pad, gain, (height, width))
    return run_fir_kernel(wrap_triton(fir_kernel), images, reference, bias, fir, mode)  # type: ignore[arg-type]


@triton_op("blendgan::activation", mutates_args=())
def _activation(
    values: Tensor, norm: Tensor | None, noise: Tensor | None, bias: Tensor | None, other: Tensor | None, mask: bool
) -> Tensor:
    kernel = wrap_triton(activation_kernel)
    return run_activation_kernel(kernel, values, norm=norm, noise=noise, bias=bias, other=other, mask=mask)


@triton_op("blendgan::styled_gradient", mutates_args=())
def _styled_gradient(
    gradient: Tensor, values: Tensor, norm: Tensor, activated: Tensor | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return run_styled_gradient_kernel(wrap_triton(styled_gradient_kernel), gradient, values, norm, activated)


def gpu_gathered(x: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
    """Colours of activations."""
    if torch.compiler.is_compiling():
        compiled: Tensor = _gathered(x, weight, dtype)
        return compiled
    return run_gather_kernel(gather_kernel, x, weight, dtype)


def gpu_spread(pictures: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
    """Activations of colours."""
    if torch.compiler.is_compiling():
        compiled: Tensor = _spread(pictures, weight, dtype)
        return compiled
    return run_spread_kernel(spread_kernel, pictures, weight, dtype)


def gpu_correlated(x: Tensor, pictures: Tensor, dtype: torch.dtype) -> Tensor:
    """Activations times colours, summed over pixels."""
    if torch.compiler.is_compiling():
        compiled: Tensor = _correlated(x, pictures, dtype)
        return compiled
    return run_correlate_kernel(correlate_kernel, x, pictures, dtype)


@triton_op("blendgan::gathered", mutates_args=())
def _gathered(x: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
    return run_gather_kernel(wrap_triton(gather_kernel), x, weight, dtype)


@triton_op("blendgan::spread", mutates_args=())
def _spread(pictures: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
    return run_spread_kernel(wrap_triton(spread_kernel), pictures, weight, dtype)


@triton_op("blendgan::correlated", mutates_args=())
def _correlated(x: Tensor, pictures: Tensor, dtype: torch.dtype) -> Tensor:
    return run_correlate_kernel(wrap_triton(correlate_kernel), x, pictures, dtype)
