"""The generator: face and style codes are mapped, blended layer by layer, and synthesised (BlendGAN, section 3).

`map_face`, `map_style`, `blend`, `synthesize` are the four steps; `generate` does all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from blendgan.networks.activation import styled
from blendgan.networks.colours import gathered
from blendgan.networks.fir import filtered
from blendgan.networks.fir_geometry import SLOPE, doubling
from blendgan.networks.layers import GAIN, MappingNetwork, ModulatedConv2d, drawn
from blendgan.networks.precision import dtype_at, without_autocast

Noise = Literal["fixed", "random", "none"]
"""The stored noise, noise drawn anew for each sample, or none (less grain after a short training)."""
NoiseSource = Callable[[int, int], Tensor]
"""Noise of one's own: a number of samples and the side of a layer's map to [samples, 1, side, side]."""


@dataclass(frozen=True, kw_only=True)
class GeneratorConfig:
    """What fixes the shapes of a generator. The defaults are the official 1024-px model."""

    size: int = 1024
    """Side of the images in px: a power of two from 8 to 1024."""
    latent_dim: int = 512
    """Length of `z_face` and of the latents in W."""
    style_dim: int = 512
    """Length of `z_style`; 610,304 feeds raw Gram features to the style mapping (the ablation of the paper)."""
    mapping_layers: int = 8
    channel_base: int = 32768
    """Channels at a resolution are `channel_base / resolution`, at most `channel_max`."""
    channel_max: int = 512
    truncation: float | None = None
    """Truncation the model was published with, if any."""

    def __post_init__(self) -> None:
        if self.size not in (8, 16, 32, 64, 128, 256, 512, 1024):
            raise ValueError(f"size is {self.size}; give a power of two from 8 to 1024")

    @property
    def num_layers(self) -> int:
        """Latents per image: 18 at 1024 px."""
        return 2 * int(log2(self.size)) - 2

    def channels(self, resolution: int) -> int:
        """Width of the layers at `resolution`."""
        return max(1, min(self.channel_max, self.channel_base // resolution))


class WeightedBlending(nn.Module):
    """The weighted blending module: one weight per layer says how much of the face latent is kept."""

    face_weight: Float[Tensor, "1 layers 1"]

    def __init__(self, num_layers: int):
        super().__init__()
        self.face_weight = nn.Parameter(torch.ones(1, num_layers, 1))

    def forward(
        self,
        w_face: Float[Tensor, "batch layers dim"],
        w_style: Float[Tensor, "batch layers dim"],
        num_face_layers: int = 0,
    ) -> Float[Tensor, "batch layers dim"]:
        """Blend; the first `num_face_layers` layers take the face latent alone."""
        layers = self.face_weight.shape[1]
        if not 0 <= num_face_layers <= layers:
            raise ValueError(f"the indicator is {num_face_layers}; give 0 (all style) to {layers} (natural)")
        # Official checkpoints hold values outside [0, 1]. The gradient must pass the clamp: all weights begin at 1,
        # where torch gives it none.
        weight = self.face_weight.clamp(0, 1).detach() + (self.face_weight - self.face_weight.detach())
        natural = torch.arange(layers, device=weight.device)[None, :, None] < num_face_layers
        weight = torch.where(natural, torch.ones_like(weight), weight)
        return weight * w_face + (1 - weight) * w_style

    @torch.no_grad()
    def clamp(self) -> None:
        """Project the weights back onto [0, 1]; call after every optimiser step."""
        self.face_weight.clamp_(0, 1)


class StyledConv(nn.Module):
    """A modulated 3x3 convolution, noise, bias and leaky ReLU."""

    noise: Tensor

    def __init__(self, in_channels: int, out_channels: int, latent_dim: int, resolution: int, upsample: bool):
        super().__init__()
        self.conv = ModulatedConv2d(in_channels, out_channels, 3, latent_dim, upsample=upsample)
        self.noise_strength = nn.Parameter(torch.zeros(1))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.register_buffer("noise", drawn(1, 1, resolution, resolution))

    def forward(
        self,
        x: Float[Tensor, "batch in_channels height width"],
        w: Float[Tensor, "batch dim"],
        noise: Noise | Tensor,
    ) -> Float[Tensor, "batch out_channels out_height out_width"]:
        """One layer."""
        # the gain of the activation is laid on what goes into it: leaky ReLU of a positive multiple is the multiple
        bias, strength = self.bias * GAIN, self.noise_strength * GAIN
        if len(x) == 1 and not x.is_cuda and not torch.is_grad_enabled():
            y = self.conv.single(x, w, bias, GAIN)
            drawn = self._drawn(noise, y)
            if drawn is not None:
                y.add_((drawn * strength).to(y.dtype))
            return F.leaky_relu(y, SLOPE, inplace=True)
        y, norm = self.conv(x, w)
        drawn = self._drawn(noise, y)
        return styled(y, norm * GAIN, None if drawn is None else drawn * strength, bias)

    def _drawn(self, noise: Noise | Tensor, y: Tensor) -> Tensor | None:
        if isinstance(noise, Tensor):
            return noise
        if noise == "random":
            return torch.randn_like(y[:, :1], dtype=self.noise.dtype)
        return self.noise if noise == "fixed" else None


class ToRGB(nn.Module):
    """A modulated 1x1 convolution to colours, added to the image so far at double size."""

    def __init__(self, in_channels: int, latent_dim: int):
        super().__init__()
        self.conv = ModulatedConv2d(in_channels, 3, 1, latent_dim, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(3))

    def forward(
        self,
        x: Float[Tensor, "batch channels height width"],
        w: Float[Tensor, "batch dim"],
        image: Float[Tensor, "batch 3 half_height half_width"] | None,
    ) -> Float[Tensor, "batch 3 height width"]:
        """Colours of `x` in the style `w`, upon `image`: the sum over resolutions stays in full precision."""
        # each sample's own weights cost less than a pass that scales its channels
        weight = self.conv.style(w)[:, :, None] * self.conv.weight[:, :, 0, 0].t()
        colours = gathered(x, weight) + self.bias[:, None, None]
        return colours if image is None else colours + filtered(image, doubling(image))


class Synthesis(nn.Module):
    """Per-layer latents to images: the skip architecture of StyleGAN2 config F."""

    def __init__(self, config: GeneratorConfig):
        super().__init__()
        self.resolutions = [2**k for k in range(2, int(log2(config.size)) + 1)]
        channels = [config.channels(resolution) for resolution in self.resolutions]
        dim = config.latent_dim
        self.constant = nn.Parameter(drawn(1, channels[0], 4, 4))
        self.convs = nn.ModuleList([StyledConv(channels[0], channels[0], dim, 4, upsample=False)])
        for (below, width), resolution in zip(pairwise(channels), self.resolutions[1:], strict=True):
            self.convs.append(StyledConv(below, width, dim, resolution, upsample=True))
            self.convs.append(StyledConv(width, width, dim, resolution, upsample=False))
        self.to_rgbs = nn.ModuleList(ToRGB(width, dim) for width in channels)

    def forward(
        self, w: Float[Tensor, "batch layers dim"], noise: Noise | Sequence[Tensor]
    ) -> Float[Tensor, "batch 3 size size"]:
        """Layer k takes latent k; the colours at a resolution share the latent of the convolution that leaves it."""
        dtypes = [dtype_at(resolution, self.resolutions[-1], self.constant) for resolution in self.resolutions]
        maps = [noise] * len(self.convs) if isinstance(noise, str) else noise
        with without_autocast(w):
            x = self.constant.to(dtypes[0]).expand(w.shape[0], -1, -1, -1)
            x = self.convs[0](x.contiguous(memory_format=torch.channels_last), w[:, 0], maps[0])
            image: Tensor = self.to_rgbs[0](x, w[:, 1], None)
            for k, dtype in enumerate(dtypes[1:], start=1):
                x = self.convs[2 * k - 1](x.to(dtype), w[:, 2 * k - 1], maps[2 * k - 1])
                x = self.convs[2 * k](x, w[:, 2 * k], maps[2 * k])
                image = self.to_rgbs[k](x, w[:, 2 * k + 1], image)
            return image

    def noise_maps(self, count: int, source: NoiseSource) -> list[Float[Tensor, "batch 1 side side"]]:
        """Noise from `source` for every layer."""
        sides = [self.resolutions[0], *(side for side in self.resolutions[1:] for _ in range(2))]
        return [source(count, side) for side in sides]


class Generator(nn.Module):
    """Faces from two codes: `z_face` says who, `z_style` says how it is painted."""

    w_mean: Tensor

    def __init__(self, config: GeneratorConfig):
        super().__init__()
        self.config = config
        self.face_mapping = MappingNetwork(config.latent_dim, config.latent_dim, config.mapping_layers)
        self.style_mapping = MappingNetwork(config.style_dim, config.latent_dim, config.mapping_layers)
        self.blending = WeightedBlending(config.num_layers)
        self.synthesis = Synthesis(config)
        self.register_buffer("w_mean", torch.zeros(config.latent_dim))
        self.to(memory_format=torch.channels_last)

    def map_face(self, z_face: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch layers dim"]:
        """The face latent, the same for every layer."""
        w: Tensor = self.face_mapping(z_face)
        return w[:, None].expand(-1, self.config.num_layers, -1)

    def map_style(self, z_style: Float[Tensor, "batch style_dim"]) -> Float[Tensor, "batch layers dim"]:
        """The style latent, the same for every layer."""
        w: Tensor = self.style_mapping(z_style)
        return w[:, None].expand(-1, self.config.num_layers, -1)

    def truncate(
        self, w_face: Float[Tensor, "batch layers dim"], truncation: float
    ) -> Float[Tensor, "batch layers dim"]:
        """Draw face latents towards their mean: 1 leaves them, 0 gives the mean face. Styles are never truncated."""
        return torch.lerp(self.w_mean.to(w_face.dtype), w_face, truncation)

    def blend(
        self,
        w_face: Float[Tensor, "batch layers dim"],
        w_style: Float[Tensor, "batch layers dim"],
        num_face_layers: int = 0,
    ) -> Float[Tensor, "batch layers dim"]:
        """Blend by the learned face weights; the first `num_face_layers` layers (the indicator i) stay natural."""
        blended: Tensor = self.blending(w_face, w_style, num_face_layers)
        return blended

    def synthesize(
        self, w: Float[Tensor, "batch layers dim"], noise: Noise | NoiseSource = "fixed"
    ) -> Float[Tensor, "batch 3 size size"]:
        """RGB images, nominally in [-1, 1], not clamped."""
        maps = self.synthesis.noise_maps(len(w), noise) if callable(noise) else noise
        image: Tensor = self.synthesis(w, maps)
        return image

    def generate(
        self,
        z_face: Float[Tensor, "batch dim"],
        z_style: Float[Tensor, "batch style_dim"] | None = None,
        num_face_layers: int = 0,
        truncation: float = 1.0,
        noise: Noise = "fixed",
    ) -> Float[Tensor, "batch 3 size size"]:
        """Images from codes; without a style they are natural faces."""
        w = self.truncate(self.map_face(z_face), truncation)
        if z_style is not None:
            w = self.blend(w, self.map_style(z_style), num_face_layers)
        return self.synthesize(w, noise)

    def forward(
        self,
        z_face: Float[Tensor, "batch dim"],
        z_style: Float[Tensor, "batch style_dim"] | None = None,
        num_face_layers: int = 0,
    ) -> Float[Tensor, "batch 3 size size"]:
        """As `generate`, with fresh noise: what a training step asks for."""
        return self.generate(z_face, z_style, num_face_layers, noise="random")

    def clamp_face_weights(self) -> None:
        """Project the face weights back onto [0, 1]; call after every optimiser step."""
        self.blending.clamp()

    @torch.no_grad()
    def update_w_mean(self, num_samples: int = 4096, seed: int = 0) -> None:
        """Set the mean face latent, which truncation needs, from `num_samples` seeded codes."""
        draws = torch.randn(num_samples, self.config.latent_dim, generator=torch.Generator().manual_seed(seed))
        w: Tensor = self.face_mapping(draws.to(self.w_mean))
        self.w_mean.copy_(w.mean(dim=0))
