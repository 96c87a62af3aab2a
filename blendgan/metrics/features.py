"""Features to compare sets of pictures by: VGG-19's third block, averaged over space."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from blendgan.networks.style_encoder import TAP_INDEX, GramFeatures

MAX_SIZE = 64
"""Larger pictures are averaged to this side in px."""


@torch.no_grad()
def pooled_features(
    extractor: GramFeatures, images: Float[Tensor, "batch 3 height width"], chunk: int = 32
) -> Float[Tensor, "batch 256"]:
    """Mean of relu3_4 over the picture. With random weights (`extractor.config.backbone`) a proxy: say so."""
    return torch.cat([_pooled(extractor, part) for part in torch.split(images, chunk)])


def _pooled(extractor: GramFeatures, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 256"]:
    x = adaptive_avg_pool2d(images, MAX_SIZE) if images.shape[-1] > MAX_SIZE else images
    for layer in extractor.layers[: TAP_INDEX["relu3_4"] + 1]:
        x = layer(x)
    return x.mean(dim=(2, 3))
