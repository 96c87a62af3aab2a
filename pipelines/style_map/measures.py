"""Three measures of the style of the same pictures: trained codes, the Gram vectors behind them, and their colours."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.console import Console
from blendgan.networks.style_encoder import StyleEncoder
from blendgan.networks.symmetric_gram import DistinctEntries

BINS = 8
"""Of each colour channel: 512 kinds of colour."""
AT_ONCE = 12


@dataclass(frozen=True)
class StyleVectors:
    """Pictures by one measure of style."""

    features: Float[np.ndarray, "pictures dim"]
    block_sizes: tuple[int, ...]
    """Lengths of the parts that a map scales to the same total variance: one tap of VGG-19 each."""


@torch.inference_mode()
def measure(
    encoder: StyleEncoder, pictures: Float[Tensor, "pictures 3 size size"], console: Console
) -> dict[str, StyleVectors]:
    """`codes`, `gram` and `colours` of pictures in [-1, 1], which have the size that the encoder reads."""
    entries = DistinctEntries(encoder.config.widths)
    codes, grams = [], []
    with console.progress(len(pictures), "picture") as progress:
        for some in torch.split(pictures, AT_ONCE):
            gram = encoder.gram(some)
            codes.append(encoder.encode_gram(gram))
            grams.append(entries.isometric(entries.of(gram)))
            progress.advance(len(some))
    taps = tuple(width * (width + 1) // 2 for width in encoder.config.widths)
    return {
        "codes": StyleVectors(torch.cat(codes).numpy(), (encoder.config.latent_dim,)),
        "gram": StyleVectors(torch.cat(grams).numpy(), taps),
        "colours": StyleVectors(colour_histograms(pictures), (BINS**3,)),
    }


def colour_histograms(pictures: Float[Tensor, "pictures 3 height width"]) -> Float[np.ndarray, "pictures colours"]:
    """Square roots of the shares of 8 x 8 x 8 RGB colours: their Euclidean distance is Hellinger's, times root two."""
    levels = ((pictures.clamp(-1, 1) + 1) * (BINS / 2)).floor().clamp(max=BINS - 1).long()
    kinds = (levels[:, 0] * BINS + levels[:, 1]) * BINS + levels[:, 2]
    counts = torch.stack([torch.bincount(kind.flatten(), minlength=BINS**3) for kind in kinds])
    return np.asarray((counts / kinds[0].numel()).sqrt().float())
