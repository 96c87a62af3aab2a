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

from blendgan.networks.layers import EqualConv2d, EqualLinear, leaky_relu, minibatch_deviation
from blendgan.networks.resample import blur, downsample


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
    """A convolution, bias and leaky ReLU; with `down`, blurred and halved."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, down: bool = False):
        super().__init__()
        self.down = down
        padding = 0 if down else kernel_size // 2
        self.conv = EqualConv2d(in_channels, out_channels, kernel_size, stride=2 if down else 1, padding=padding)
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(
        self, x: Float[Tensor, "batch in_channels height width"]
    ) -> Float[Tensor, "batch out_channels out_height out_width"]:
        """One layer."""
        y = self.conv(blur(x, padding=2) if self.down else x)
        return leaky_relu(y + self.bias[None, :, None, None].to(y.dtype))


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
        """The sum keeps the variance."""
        residual: Tensor = self.conv2(self.conv1(x))
        # halved before the 1x1 convolution: a quarter of the work of filtering everywhere and then skipping pixels
        skipped: Tensor = self.skip(downsample(x))
        return (residual + skipped) / sqrt(2)


class Trunk(nn.Module):
    """Images to 4x4 features, with the deviation over the batch as an extra channel."""

    def __init__(self, config: DiscriminatorConfig):
        super().__init__()
        resolutions = [2**k for k in range(int(log2(config.size)), 1, -1)]
        channels = [config.channels(resolution) for resolution in resolutions]
        self.from_rgb = ConvBlock(3, channels[0], 1)
        self.blocks = nn.ModuleList(ResidualBlock(wide, narrow) for wide, narrow in pairwise(channels))
        self.final_conv = ConvBlock(channels[-1] + 1, channels[-1], 3)

    def forward(self, images: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch channels 4 4"]:
        """Features in single precision, whatever autocast does in the blocks."""
        x = self.from_rgb(images.contiguous(memory_format=torch.channels_last))
        for block in self.blocks:
            x = block(x)
        with torch.autocast(x.device.type, enabled=False):
            features: Tensor = self.final_conv(minibatch_deviation(x.to(self.final_conv.bias.dtype)))
            return features


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
        self, images: Float[Tensor, "batch 3 size size"], z_style: Float[Tensor, "batch style_dim"] | None = None
    ) -> Float[Tensor, "batch 1"]:
        """Logits: an unconditional term and the inner product of image and style features."""
        if z_style is None:
            raise ValueError("the style_latent discriminator needs the style codes that go with the images")
        features = self.trunk(images).sum(dim=(2, 3))
        with torch.autocast(images.device.type, enabled=False):
            logits: Tensor = self.output(features) + (self.style(z_style) * features).sum(dim=1, keepdim=True)
        return logits


AnyDiscriminator = Discriminator | ProjectionDiscriminator
