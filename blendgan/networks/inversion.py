"""The inversion encoder: from a photograph to the face latents that give it back (pSp, Richardson et al. 2021).

An IR-SE50 trunk feeds a feature pyramid; one small head per generator layer reads its latent from the coarse, middle
or fine level.
"""

from dataclasses import dataclass
from itertools import accumulate
from math import log2

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from blendgan.networks.layers import EqualLinear

NUM_COARSE, NUM_MIDDLE = 3, 4
"""Latents read from the coarse and the middle level; all others are read from the fine one."""


@dataclass(frozen=True, kw_only=True)
class InversionConfig:
    """What fixes the shapes of an inversion encoder. The defaults are IR-SE50 for a 1024-px generator."""

    num_layers: int = 18
    """Latents per image, as the generator takes them."""
    latent_dim: int = 512
    image_size: int = 256
    """Images are brought to this side in px by averaging: a power of two from 32."""
    widths: tuple[int, int, int, int] = (64, 128, 256, 512)
    """Channels of the four groups of blocks."""
    depths: tuple[int, int, int, int] = (3, 4, 14, 3)
    """Blocks in each of the four groups."""
    squeeze: int = 16
    """Reduction of the squeeze-and-excitation layers."""
    mean_per_layer: bool = True
    """Whether the mean latent differs from layer to layer; official files hold either kind."""
    offsets_from_first: bool = False
    """Whether all heads but the first give offsets from its latent, as in e4e (Tov et al. 2021)."""

    def __post_init__(self) -> None:
        if self.image_size < 32 or self.image_size & (self.image_size - 1):
            raise ValueError(f"image_size is {self.image_size}; give a power of two from 32")


TINY_INVERSION = InversionConfig(
    num_layers=8, latent_dim=128, image_size=64, widths=(16, 32, 64, 128), depths=(1, 1, 2, 1), squeeze=4
)
"""For a 32-px generator with 128-value latents: trains on a CPU."""


class SqueezeExcite(nn.Module):
    """Channels weighted by what the whole picture holds (Hu et al. 2018)."""

    def __init__(self, channels: int, reduction: int):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1, bias=False)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1, bias=False)

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch channels height width"]:
        """Scale the channels of `x`."""
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean(dim=(2, 3), keepdim=True)))))


class ResidualUnit(nn.Module):
    """The improved residual unit of ArcFace (Deng et al. 2019) with squeeze-and-excitation."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, squeeze: int):
        super().__init__()
        self.stride = stride
        self.shortcut: nn.Module | None = None
        if in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )
        self.residual = nn.Sequential(
            nn.BatchNorm2d(in_channels),
            nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
            nn.PReLU(out_channels),
            nn.Conv2d(out_channels, out_channels, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            SqueezeExcite(out_channels, squeeze),
        )

    def forward(
        self, x: Float[Tensor, "batch in_channels height width"]
    ) -> Float[Tensor, "batch out_channels out_height out_width"]:
        """Residual and shortcut; with equal widths the shortcut only drops pixels."""
        kept: Tensor = x[:, :, :: self.stride, :: self.stride] if self.shortcut is None else self.shortcut(x)
        residual: Tensor = self.residual(x)
        return residual + kept


class LatentHead(nn.Module):
    """Halves a feature map until one pixel is left, and reads a latent from it."""

    def __init__(self, in_channels: int, latent_dim: int, side: int):
        super().__init__()
        widths = [in_channels] + [latent_dim] * int(log2(side))
        self.convs = nn.ModuleList(
            nn.Conv2d(widths[k], widths[k + 1], 3, stride=2, padding=1) for k in range(len(widths) - 1)
        )
        self.linear = EqualLinear(latent_dim, latent_dim)

    def forward(self, x: Float[Tensor, "batch channels side side"]) -> Float[Tensor, "batch latent_dim"]:
        """One latent."""
        for conv in self.convs:
            x = F.leaky_relu(conv(x), 0.01)
        latent: Tensor = self.linear(x.flatten(1))
        return latent


class InversionEncoder(nn.Module):
    """Aligned photographs to per-layer face latents, as offsets from the mean latent."""

    w_mean: Tensor

    def __init__(self, config: InversionConfig):
        super().__init__()
        self.config = config
        _, _, third, last = config.widths
        self.stem = stem_of(config)
        self.body = nn.ModuleList(residual_units(config))
        self.lateral_middle = nn.Conv2d(third, last, 1)
        self.lateral_fine = nn.Conv2d(config.widths[1], last, 1)
        levels = [0] * NUM_COARSE + [1] * NUM_MIDDLE + [2] * (config.num_layers - NUM_COARSE - NUM_MIDDLE)
        self.levels = levels[: config.num_layers]
        sides = [config.image_size // 16, config.image_size // 8, config.image_size // 4]
        self.heads = nn.ModuleList(LatentHead(last, config.latent_dim, sides[level]) for level in self.levels)
        self.register_buffer(
            "w_mean", torch.zeros(config.num_layers if config.mean_per_layer else 1, config.latent_dim)
        )
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch layers dim"]:
        """Face latents of aligned RGB images in [-1, 1] of any size."""
        pyramid = self._pyramid(F.adaptive_avg_pool2d(images, self.config.image_size))
        latents = [head(pyramid[level]) for head, level in zip(self.heads, self.levels, strict=True)]
        if self.config.offsets_from_first:
            latents[1:] = [latents[0] + offset for offset in latents[1:]]
        return torch.stack(latents, dim=1).to(self.w_mean.dtype) + self.w_mean

    def _pyramid(self, images: Tensor) -> list[Tensor]:
        """Coarse, middle and fine features, each finer level enriched by the coarser ones."""
        x = self.stem(images.contiguous(memory_format=torch.channels_last))
        ends = list(accumulate(self.config.depths))
        outputs = {}
        for index, unit in enumerate(self.body, start=1):
            x = unit(x)
            outputs[index] = x
        fine, middle, coarse = (outputs[end] for end in ends[1:])
        middle = _enlarge(coarse, middle) + self.lateral_middle(middle)
        return [coarse, middle, _enlarge(middle, fine) + self.lateral_fine(fine)]


def stem_of(config: InversionConfig) -> nn.Sequential:
    """The first layers of the trunk."""
    width = config.widths[0]
    return nn.Sequential(nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.PReLU(width))


def residual_units(config: InversionConfig) -> list[ResidualUnit]:
    """The units of the trunk in order."""
    units = []
    channels = config.widths[0]
    for width, depth in zip(config.widths, config.depths, strict=True):
        for k in range(depth):
            units.append(ResidualUnit(channels, width, stride=2 if k == 0 else 1, squeeze=config.squeeze))
            channels = width
    return units


def _enlarge(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=True)
