"""Style codes and Gram vectors of many images, a few at a time."""

import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.checkpoints.backbone import load_gram_features
from blendgan.networks.style_encoder import GramFeatures, StyleEncoder


@torch.inference_mode()
def gram_features(
    images: Float[Tensor, "batch 3 height width"], extractor: GramFeatures | None = None, batch: int = 8
) -> Float[Tensor, "batch gram_dim"]:
    """Gram vectors of VGG-19 features, 610,304 values an image.

    Without an `extractor` one is made by `load_gram_features()`: keep that one yourself when calling often, and to
    tell which weights it has.
    """
    extractor = extractor or load_gram_features()
    return torch.cat([extractor(part) for part in torch.split(images, batch)])


@torch.inference_mode()
def style_codes(
    images: Float[Tensor, "batch 3 height width"], encoder: StyleEncoder, batch: int = 8
) -> Float[Tensor, "batch dim"]:
    """The style code `z_style` of every image."""
    return torch.cat([encoder(part) for part in torch.split(images, batch)])
