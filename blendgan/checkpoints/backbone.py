"""VGG-19's weights: ImageNet's, downloaded by torchvision when asked for, or seeded random ones that stand in."""

from pathlib import Path
from typing import Literal

import torch

from blendgan.checkpoints.cache import downloaded
from blendgan.errors import UserError
from blendgan.networks.style_encoder import GramFeatures, StyleEncoderConfig

Source = Literal["imagenet", "random", "auto"]
VGG19 = "vgg19-dcbb9e9d.pth"
"""The name that torchvision gives the file. To ask torchvision itself would double the time that a command takes to
start."""


def load_gram_features(source: Source = "auto", config: StyleEncoderConfig | None = None) -> GramFeatures:
    """An extractor of Gram vectors. `extractor.config.backbone` says which weights it got; say it with every result."""
    return fill_backbone(GramFeatures(config or StyleEncoderConfig()), source)


def fill_backbone(features: GramFeatures, source: Source = "auto") -> GramFeatures:
    """Put ImageNet's weights in ('imagenet' downloads them) or leave the random ones.

    'auto' takes ImageNet's if an earlier download left them on this machine and never reaches the network.
    """
    if source == "imagenet" or (source == "auto" and cached_imagenet().is_file()):
        features.load_imagenet(_imagenet_state())
    return features.eval()


def backbone_file(source: Source) -> Path | None:
    """The file whose weights `fill_backbone` puts in, downloaded where it must be; None for random ones."""
    if source == "imagenet" and not cached_imagenet().is_file():
        _imagenet_state()
    return cached_imagenet() if source != "random" and cached_imagenet().is_file() else None


def cached_imagenet() -> Path:
    """Where torchvision keeps the file once it was downloaded."""
    return downloaded(VGG19)


def _imagenet_state() -> dict[str, torch.Tensor]:
    from torchvision.models import VGG19_Weights

    try:
        state: dict[str, torch.Tensor] = VGG19_Weights.IMAGENET1K_V1.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:
        raise UserError(
            f"VGG-19's ImageNet weights could not be downloaded ({error}); "
            f"put the file at {cached_imagenet()}, or use random weights in their place"
        ) from error
    return state
