"""The building blocks of StyleGAN2 (Karras et al. 2020): equalised layers, modulated convolution, minibatch deviation.

Weights are drawn from N(0, 1) and scaled when used, so that every layer learns at the same rate ('equalised').
A fully connected layer scales its inputs, which are fewer than its weights; a convolution scales its weights, which are
fewer than its pixels; a modulated one scales the style, which is less than both.
"""

from math import sqrt

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from blendgan.networks.activation import modulated
from blendgan.networks.convolution import Form, convolve
from blendgan.networks.fir import filtered, plain_fir
from blendgan.networks.fir_geometry import SLOPE, blurring

GAIN = sqrt(2.0)
"""Leaky ReLU halves the second moment of a symmetric input, about; this restores it."""
EPSILON = 1e-8


def leaky_relu(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Leaky ReLU that keeps the variance."""
    return F.leaky_relu(x, SLOPE) * GAIN


def pixel_norm(x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
    """Scale every vector to a mean square of 1: only directions are left."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + EPSILON)


def drawn(*shape: int, lr_mul: float = 1.0) -> Float[Tensor, "*shape"]:
    """First weights: standard normal, over `lr_mul`. On the meta device none, since a loader fills its tensors itself.

    There PyTorch would load its compiler to find out the shape of what is drawn, which costs every start two seconds.
    """
    weights = torch.empty(shape)
    return weights if weights.is_meta else weights.normal_() / lr_mul


class EqualLinear(nn.Module):
    """A fully connected layer with equalised learning rate; `lr_mul` slows it down further."""

    def __init__(self, in_dim: int, out_dim: int, bias: float = 0.0, lr_mul: float = 1.0, activate: bool = False):
        super().__init__()
        self.weight = nn.Parameter(drawn(out_dim, in_dim, lr_mul=lr_mul))
        self.bias = nn.Parameter(torch.full((out_dim,), bias))
        self.scale = lr_mul / sqrt(in_dim)
        self.lr_mul = lr_mul
        self.activate = activate

    def forward(self, x: Float[Tensor, "*batch in_dim"]) -> Float[Tensor, "*batch out_dim"]:
        """Scale the inputs, multiply, add, and activate if so built."""
        y = F.linear(x * self.scale, self.weight, self.bias * self.lr_mul)
        return leaky_relu(y) if self.activate else y


class MappingNetwork(nn.Module):
    """Normalised codes through fully connected layers into the latent space W."""

    def __init__(self, in_dim: int, out_dim: int, num_layers: int, lr_mul: float = 0.01):
        super().__init__()
        dims = [in_dim] + [out_dim] * num_layers
        self.layers = nn.ModuleList(
            EqualLinear(dims[k], dims[k + 1], lr_mul=lr_mul, activate=True) for k in range(num_layers)
        )

    def forward(self, z: Float[Tensor, "batch in_dim"]) -> Float[Tensor, "batch out_dim"]:
        """Only the direction of `z` matters."""
        with torch.autocast(z.device.type, enabled=False):
            w = pixel_norm(z.float() if z.dtype in (torch.bfloat16, torch.float16) else z)
            for layer in self.layers:
                w = layer(w)
        return w


class EqualConv2d(nn.Module):
    """A convolution with equalised learning rate and no bias."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, padding: int = 0):
        super().__init__()
        self.weight = nn.Parameter(drawn(out_channels, in_channels, kernel_size, kernel_size))
        self.scale = 1 / sqrt(in_channels * kernel_size**2)
        self.stride = stride
        self.padding = padding

    def forward(
        self, x: Float[Tensor, "batch in_channels height width"], gain: float = 1.0
    ) -> Float[Tensor, "batch out_channels out_height out_width"]:
        """Convolve with the scaled weights, in the precision of `x`; a gain is cheaper here than on activations."""
        return convolve(x, self.weight * (self.scale * gain), Form(self.stride, self.padding))


class ModulatedConv2d(nn.Module):
    """A convolution whose input channels are scaled per sample by a style, and its outputs back to unit variance.

    Scaling the weights or the activations is the same (Karras et al. 2020, section 2.2). A batch scales its
    activations, so that one dense convolution serves all samples; a single sample that needs no gradient scales the
    weights, which are far smaller than a large picture. The norm of the weights as each sample sees them is a matrix
    product: sum over i, k of (s_i w_oik)^2 = (s^2) @ (sum over k of w_oik^2).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        latent_dim: int,
        *,
        demodulate: bool = True,
        upsample: bool = False,
    ):
        super().__init__()
        self.weight = nn.Parameter(drawn(out_channels, in_channels, kernel_size, kernel_size))
        self.modulation = EqualLinear(latent_dim, in_channels, bias=1.0)
        self.scale = 1 / sqrt(in_channels * kernel_size**2)
        self.demodulate = demodulate
        self.upsample = upsample

    def forward(
        self, x: Float[Tensor, "batch in_channels height width"], w: Float[Tensor, "batch latent_dim"]
    ) -> tuple[Float[Tensor, "batch out_channels out_height out_width"], Float[Tensor, "batch out_channels"]]:
        """Convolve `x`, each sample in its own style; also the factors that bring the results to unit variance."""
        style = self.style(w)
        x = modulated(x, style)
        if not self.upsample:
            return convolve(x, self.weight, Form(padding=self.weight.shape[2] // 2)), self._norm(style)
        # the official weights are used unflipped by the transposed convolution
        doubled = convolve(x, self.weight.transpose(0, 1), Form(stride=2, transposed=True))
        return filtered(doubled, blurring(doubled, padding=1, gain=4.0)), self._norm(style)

    def single(
        self,
        x: Float[Tensor, "1 in_channels height width"],
        w: Float[Tensor, "1 latent_dim"],
        bias: Float[Tensor, "out_channels"],
        gain: float,
    ) -> Float[Tensor, "1 out_channels out_height out_width"]:
        """One sample at unit variance, times `gain`, plus `bias`: all of it costs no pass over the picture."""
        style = self.style(w)
        factors = (self._norm(style)[0, :, None] * style[0])[:, :, None, None] * gain
        weight, bias = (self.weight * factors).to(x.dtype), bias.to(x.dtype)
        if not self.upsample:
            return F.conv2d(x, weight, bias, padding=weight.shape[2] // 2)
        doubled = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
        return plain_fir(doubled, blurring(doubled, padding=1, gain=4.0), bias)

    def style(self, w: Float[Tensor, "batch latent_dim"]) -> Float[Tensor, "batch in_channels"]:
        """Factors of the input channels, the scale of the weights included."""
        style: Tensor = self.modulation(w) * self.scale
        return style

    def _norm(self, style: Float[Tensor, "batch in_channels"]) -> Float[Tensor, "batch out_channels"]:
        """What brings the outputs to unit variance, for inputs of unit variance."""
        if not self.demodulate:
            return style.new_ones(style.shape[0], self.weight.shape[0])
        energy = self.weight.square().sum(dim=(2, 3))
        return torch.rsqrt(style.square() @ energy.t() + EPSILON)


def minibatch_deviation(
    x: Float[Tensor, "batch channels height width"], group_size: int = 4
) -> Float[Tensor, "batch channels_and_1 height width"]:
    """Append one channel that says how much the samples of a group differ (Karras et al. 2018, section 3).

    Samples i, i + N/G, i + 2N/G, ... form a group of G.
    """
    batch, channels, height, width = x.shape
    group = min(group_size, batch)
    if batch % group:
        raise ValueError(f"a batch of {batch} cannot be split into groups of {group}; use a multiple of {group}")
    values = x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
    groups = values.reshape(group, batch // group, channels, height, width)
    deviation = (groups.var(dim=0, unbiased=False) + EPSILON).sqrt().mean(dim=(1, 2, 3))
    plane = deviation.repeat(group).to(x.dtype)[:, None, None, None].expand(-1, 1, height, width)
    return torch.cat([x, plane], dim=1)
