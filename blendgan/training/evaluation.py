"""KID during training, on features that need no download: VGG-19, with random weights where ImageNet's are not there.

The names in the log say which weights; numbers of different weights must not be compared.
"""

from collections.abc import Callable
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.checkpoints.backbone import load_gram_features
from blendgan.data.stream import Pictures, read_batch
from blendgan.metrics.features import pooled_features
from blendgan.metrics.kid import kid
from blendgan.networks.style_encoder import StyleEncoderConfig

SUBSET, MAX_REAL, CHUNK = 50, 1000, 25
Make = Callable[[slice], Tensor]
"""Pictures number `slice`."""


class Judge:
    """Measures generated pictures against the real ones, whose features are computed once."""

    def __init__(self, faces: Pictures, artworks: Pictures, device: torch.device) -> None:
        self.faces, self.artworks, self.device = faces, artworks, device
        self.extractor = load_gram_features("auto", StyleEncoderConfig(taps=("relu3_4",))).to(device)

    def __call__(self, natural: Make, styled: Make, count: int) -> dict[str, float]:
        """KID of `count` pictures of each kind; nothing where there are too few real ones."""
        name = f"kid_vgg19_{self.extractor.config.backbone}"
        sets = {"natural": (self.real_faces, natural), "styled": (self.real_artworks, styled)}
        return {
            f"{name}/{kind}": kid(real, self.features_of(make, count), SUBSET).mean
            for kind, (real, make) in sets.items()
            if len(real) >= SUBSET
        }

    @cached_property
    def real_faces(self) -> Float[Tensor, "pictures dim"]:
        """Features of the faces."""
        return self.features_of(lambda part: self.read(self.faces, part), min(len(self.faces), MAX_REAL))

    @cached_property
    def real_artworks(self) -> Float[Tensor, "pictures dim"]:
        """Features of the artworks."""
        return self.features_of(lambda part: self.read(self.artworks, part), min(len(self.artworks), MAX_REAL))

    @torch.no_grad()
    def features_of(self, make: Make, count: int) -> Float[Tensor, "count dim"]:
        """Features of pictures 0 to count - 1, a few at a time."""
        parts = (slice(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK))
        return torch.cat([pooled_features(self.extractor, make(part).clamp(-1, 1)) for part in parts]).cpu()

    def read(self, pictures: Pictures, part: slice) -> Float[Tensor, "part 3 size size"]:
        """Real pictures, evenly spread over the set."""
        chosen = [k * len(pictures) // min(len(pictures), MAX_REAL) for k in range(part.start, part.stop)]
        return read_batch(pictures, chosen).to(self.device)
