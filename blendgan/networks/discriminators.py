"""The discriminators: a photograph (face)? A painting (style)? Painted in the style it claims (style_latent)?

All three share the residual trunk of StyleGAN2. The projection discriminator (Miyato & Koyama 2018) has the
continuous style code in the place of a class embedding.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import log2, sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn

from blendgan.networks.activation import activated, activated_and_filtered
from blendgan.networks.colours import spread
from blendgan.networks.fir import filtered
from blendgan.networks.fir_geometry import blurring, halving
from blendgan.networks.layers import GAIN, EqualConv2d, EqualLinear, minibatch_deviation
from blendgan.networks.precision import dtype_at, without_autocast


@dataclass(frozen=True, kw_only=True)
class DiscriminatorConfig:
    """What fixes the shapes of a discriminator. The defaults are the official 1024-px model."""

    size: int = 1024
    """Side of the images in px: a power of two from 8 to 1024."""
    channel_base: int = 32768
    """Channels at a resolution are `channel_base / resolution`, at most `channel_max`."""
    channel_max: int = 512
    style_dim: int | None = None
    """Length of the style codes to judge by; None judges the image alone."""

    def __post_init__(self) -> None:
        if self.size not in (8, 16, 32, 64, 128, 256, 512, 1024):
            raise ValueError(f"size is {self.size}; give a power of two from 8 to 1024")

    def channels(self, resolution: int) -> int:
        """Width of the layers at `resolution`."""
        return max(1, min(self.channel_max, self.channel_base // resolution))


class ConvBlock(nn.Module):
    """A convolution, bias and leaky ReLU; with `down`, the picture is blurred before and halved by it."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, down: bool = False):
        super().__init__()
        self.down = down
        padding = 0 if down else kernel_size // 2
        self.conv = EqualConv2d(in_channels, out_channels, kernel_size, stride=2 if down else 1, padding=padding)
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(
        self, x: Float[Tensor, "batch in_channels height width"]
    ) -> Float[Tensor, "batch out_channels height width"]:
        """One layer that keeps the size."""
        return activated(self.conv(x, GAIN), self.bias * GAIN)


class ResidualBlock(nn.Module):
    """Two convolutions and a linear skip, at half size."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.conv1 = ConvBlock(in_channels, in_channels, 3)
        self.conv2 = ConvBlock(in_channels, out_channels, 3, down=True)
        self.skip = EqualConv2d(in_channels, out_channels, 1)

    def forward(
        self, x: Float[Tensor, "batch in_channels height width"]
    ) -> Float[Tensor, "batch out_channels half_height half_width"]:
        """(residual + skip) / sqrt(2), which keeps the variance; the root cancels against the activation's gain."""
        y = self.conv1.conv(x, GAIN)
        blurred = activated_and_filtered(y, self.conv1.bias * GAIN, blurring(y, padding=2))
        # halved before the 1x1 convolution: a quarter of the work of filtering everywhere and then skipping pixels
        skipped = self.skip(filtered(x, halving(x)), 1 / sqrt(2))
        return activated(self.conv2.conv(blurred), self.conv2.bias, skipped)


class Trunk(nn.Module):
    """Images to 4x4 features, with the deviation over the batch as an extra channel."""

    def __init__(self, config: DiscriminatorConfig):
        super().__init__()
        self.resolutions = [2**k for k in range(int(log2(config.size)), 1, -1)]
        channels = [config.channels(resolution) for resolution in self.resolutions]
        self.from_rgb = ConvBlock(3, channels[0], 1)
        self.blocks = nn.ModuleList(ResidualBlock(wide, narrow) for wide, narrow in pairwise(channels))
        self.final_conv = ConvBlock(channels[-1] + 1, channels[-1], 3)

    def forward(self, images: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch channels 4 4"]:
        """Features in single precision, whatever autocast does to the first blocks."""
        bias = self.final_conv.bias
        dtypes = [dtype_at(resolution, self.resolutions[0], bias) for resolution in self.resolutions]
        with without_autocast(images):
            x = self._from_rgb(images.to(bias.dtype).contiguous(memory_format=torch.channels_last), dtypes[0])
            for block, dtype in zip(self.blocks, dtypes, strict=False):
                x = block(x.to(dtype))
            features: Tensor = self.final_conv(minibatch_deviation(x.to(bias.dtype)))
            return features

    def _from_rgb(self, images: Tensor, dtype: torch.dtype) -> Tensor:
        """`from_rgb`, whose convolution is a product of three colours with a weight for each channel."""
        weight = self.from_rgb.conv.weight[None, :, :, 0, 0] * (self.from_rgb.conv.scale * GAIN)
        return activated(spread(images, weight, dtype), self.from_rgb.bias * GAIN)


class Discriminator(nn.Module):
    """Real or generated? `D_face` and `D_style`."""

    def __init__(self, config: DiscriminatorConfig):
        super().__init__()
        self.config = config
        width = config.channels(4)
        self.trunk = Trunk(config)
        self.hidden = EqualLinear(width * 16, width, activate=True)
        self.output = EqualLinear(width, 1)
        self.to(memory_format=torch.channels_last)

    def forward(
        self, images: Float[Tensor, "batch 3 size size"], z_style: Float[Tensor, "batch style_dim"] | None = None
    ) -> Float[Tensor, "batch 1"]:
        """Logits, positive for 'real'. All roles are called alike, so a style code is accepted, and not looked at."""
        features = self.trunk(images)
        with torch.autocast(images.device.type, enabled=False):
            logits: Tensor = self.output(self.hidden(features.flatten(1)))
        return logits


class ProjectionDiscriminator(nn.Module):
    """Is this image painted in the style of this code? `D_style_latent`."""

    def __init__(self, config: DiscriminatorConfig):
        super().__init__()
        if config.style_dim is None:
            raise ValueError("a projection discriminator needs style_dim, the length of the style codes")
        self.config = config
        width = config.channels(4)
        self.trunk = Trunk(config)
        self.output = EqualLinear(width, 1)
        self.style = EqualLinear(config.style_dim, width)
        self.to(memory_format=torch.channels_last)

    def forward(
        self, images: Float[Tensor, "batch 3 size size"], z_style: Float[Tensor, "*sets batch style_dim"] | None = None
    ) -> Float[Tensor, "*sets batch 1"]:
        """Logits: an unconditional term and the inner product of image and style features.

        Several sets of codes for the same images cost hardly more than one.
        """
        if z_style is None:
            raise ValueError("the style_latent discriminator needs the style codes that go with the images")
        features = self.trunk(images).sum(dim=(2, 3))
        with torch.autocast(images.device.type, enabled=False):
            logits: Tensor = self.output(features) + (self.style(z_style) * features).sum(dim=-1, keepdim=True)
        return logits


AnyDiscriminator = Discriminator | ProjectionDiscriminator
