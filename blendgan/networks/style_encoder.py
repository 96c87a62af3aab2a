"""The style encoder: Gram matrices of VGG-19 features, then a small MLP, give a style code.

The Gram matrices hold which features occur together but not where (Gatys et al. 2016); the MLP, trained by
contrast, drops what is left of identity and pose.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from blendgan.networks.layers import EqualLinear

TAP_INDEX = {"relu1_2": 3, "relu2_2": 8, "relu3_4": 17, "relu4_4": 26, "relu5_4": 35}
"""Where torchvision's `vgg19().features` has the layers whose Gram matrices are taken."""
TAP_CHANNELS = {"relu1_2": 64, "relu2_2": 128, "relu3_4": 256, "relu4_4": 512, "relu5_4": 512}
VGG19 = (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512)
"""Widths of the convolutions; 0 halves the resolution."""
Weights = Literal["imagenet", "random"]
BACKBONE_SEED = 0


@dataclass(frozen=True, kw_only=True)
class StyleEncoderConfig:
    """What fixes the shapes of a style encoder. The defaults are the official model."""

    image_size: int = 256
    """Images are brought to this side in px by averaging."""
    taps: tuple[str, ...] = tuple(TAP_INDEX)
    """Layers of VGG-19 whose Gram matrices are taken."""
    latent_dim: int = 512
    """Length of a style code."""
    backbone: Weights = "random"
    """What the VGG-19 weights are: ImageNet's, or seeded random ones that stand in for them."""

    def __post_init__(self) -> None:
        unknown = [tap for tap in self.taps if tap not in TAP_INDEX]
        if unknown or not self.taps:
            raise ValueError(f"taps are {self.taps}; choose from {', '.join(TAP_INDEX)}")

    @property
    def widths(self) -> tuple[int, ...]:
        """Sides of the Gram matrices."""
        return tuple(TAP_CHANNELS[tap] for tap in self.taps)

    @property
    def gram_dim(self) -> int:
        """Length of the Gram vector: 610,304 for the five taps."""
        return sum(width**2 for width in self.widths)

    @property
    def distinct_dim(self) -> int:
        """How many of these values differ, the matrices being symmetric: 305,888."""
        return sum(width * (width + 1) // 2 for width in self.widths)


TINY_STYLE_ENCODER = StyleEncoderConfig(image_size=128, taps=("relu1_2", "relu2_2", "relu3_4"))
"""86,016 Gram values: a style encoder that trains on a CPU."""


def gram_matrix(features: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch channels channels"]:
    """F F^T / (C H W) of the features flattened over space, summed in full precision."""
    channels, height, width = features.shape[1:]
    with torch.autocast(features.device.type, enabled=False):
        # pixels before channels: in channels-last memory this is a view
        flat = features.permute(0, 2, 3, 1).flatten(1, 2)
        return _self_product(flat) / (channels * height * width)


def _self_product(flat: Float[Tensor, "batch pixels channels"]) -> Float[Tensor, "batch channels channels"]:
    halved = flat.dtype in (torch.bfloat16, torch.float16)
    if halved and flat.is_cuda and not flat.requires_grad:
        # products of two such numbers are exact in single precision, in which they are added up
        return torch.bmm(flat.mT, flat, out_dtype=torch.float32)
    whole = flat.float() if halved else flat
    return whole.mT @ whole


class GramFeatures(nn.Module):
    """VGG-19 up to the last tap, frozen, and the Gram matrix of every tap."""

    def __init__(self, config: StyleEncoderConfig):
        super().__init__()
        self.config = config
        self.stops = [TAP_INDEX[tap] for tap in config.taps]
        self.layers = _vgg19_layers(last=max(self.stops))
        _seed_weights(self.layers)
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)

    def load_imagenet(self, state: Mapping[str, Tensor]) -> None:
        """Take the weights of torchvision's `vgg19` from its state dict, and note it in the settings."""
        own = {name: state[f"features.{name}"] for name in self.layers.state_dict()}
        self.layers.load_state_dict(own)
        self.config = replace(self.config, backbone="imagenet")

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch gram_dim"]:
        """Gram vectors of RGB images in [-1, 1]. As in the official model the images are not normalised further."""
        return self.of_crops(F.adaptive_avg_pool2d(images, self.config.image_size))

    def of_crops(self, crops: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch gram_dim"]:
        """Gram vectors of parts of images of `image_size`, which are not brought to another size."""
        x = crops.contiguous(memory_format=torch.channels_last)
        grams = []
        for index, layer in enumerate(self.layers):
            x = layer(x)
            if index in self.stops:
                grams.append(gram_matrix(x).flatten(1))
        return torch.cat(grams, dim=1)


class StyleEncoder(nn.Module):
    """Images to style codes."""

    def __init__(self, config: StyleEncoderConfig):
        super().__init__()
        self.gram = GramFeatures(config)
        dims = [config.gram_dim] + [config.latent_dim] * 4
        self.mlp = nn.ModuleList(EqualLinear(dims[k], dims[k + 1], activate=k < 3) for k in range(4))

    @property
    def config(self) -> StyleEncoderConfig:
        """The settings, with what the backbone's weights are by now."""
        return self.gram.config

    def codes_of_length(self, style_dim: int) -> Callable[[Tensor], Tensor]:
        """What makes the style codes of a generator that takes `style_dim` values: the encoder, or its Gram vectors.

        Gram vectors as they are, without the MLP, are the paper's ablation (supplementary material, section D).
        """
        readers: dict[int, Callable[[Tensor], Tensor]] = {self.config.gram_dim: self.gram, self.config.latent_dim: self}
        if style_dim not in readers:
            raise ValueError(
                f"the style encoder gives {self.config.latent_dim} values but the generator takes {style_dim}"
            )
        return readers[style_dim]

    def encode_gram(self, gram: Float[Tensor, "batch gram_dim"]) -> Float[Tensor, "batch latent_dim"]:
        """Style codes of Gram vectors: the part that is trained. The codes are not normalised."""
        with torch.autocast(gram.device.type, enabled=False):
            for layer in self.mlp:
                gram = layer(gram)
        return gram

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch latent_dim"]:
        """Style codes of RGB images in [-1, 1] of any size."""
        return self.encode_gram(self.gram(images))


class ProjectionHead(nn.Module):
    """Between the style code and the contrastive loss; dropped after training."""

    def __init__(self, dim: int = 512):
        super().__init__()
        self.layers = nn.ModuleList(EqualLinear(dim, dim, activate=k < 3) for k in range(4))

    def forward(self, z_style: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        """Codes as the loss compares them."""
        for layer in self.layers:
            z_style = layer(z_style)
        return z_style


def _vgg19_layers(last: int) -> nn.ModuleList:
    """The layers of torchvision's `vgg19().features` up to index `last`, so that its weights fit by name."""
    layers: list[nn.Module] = []
    channels = 3
    for width in VGG19:
        if width == 0:
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
    return nn.ModuleList(layers[: last + 1])


@torch.no_grad()
def _seed_weights(layers: nn.ModuleList) -> None:
    """He-normal weights, the same in every process: Gram matrices of random features still tell styles apart."""
    generator = torch.Generator().manual_seed(BACKBONE_SEED)
    for layer in layers:
        if isinstance(layer, nn.Conv2d) and not layer.weight.is_meta:  # a loader fills meta tensors itself
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            assert layer.bias is not None
            layer.bias.zero_()
