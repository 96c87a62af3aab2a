"""How well a measure of style keeps pictures of one technique together, on the map and before it is laid out."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from aahq_builder.tsne.project import fit_reduction, lay_out
from blendgan.metrics.retrieval import content_leak, style_retrieval
from pipelines.style_map.measures import StyleVectors
from pipelines.style_map.purity import purity

NEIGHBOURS = 10
COMPONENTS, PERPLEXITY = 50, 30.0
"""Those of `aahq-build tsne`."""


@dataclass(frozen=True)
class JudgedMap:
    """A map of drawings whose technique and face are known, and what is to be said of it; shares from 0 to 1."""

    positions: Float[np.ndarray, "pictures 2"]
    map_purity: float
    """Of the ten nearest on the map, how many are of the same technique."""
    feature_purity: float
    """The same before t-SNE, among principal components."""
    nearest: float
    """How often the nearest by cosine is of the same technique."""
    leak: float
    """How often the nearest by cosine among the other techniques shows the same face."""

    @property
    def shares(self) -> dict[str, float]:
        """What is to be said, by name."""
        names = ("map_purity", "feature_purity", "nearest", "leak")
        return {name: getattr(self, name) for name in names}


def judge(
    vectors: StyleVectors, styles: Int[np.ndarray, " pictures"], faces: Int[np.ndarray, " pictures"], seed: int
) -> JudgedMap:
    """Lay the pictures out as `aahq-build tsne` would, and look at the neighbours of each."""
    reduction = fit_reduction(vectors.features, vectors.block_sizes, COMPONENTS, seed)
    points = reduction.apply(vectors.features)
    positions = lay_out(points, PERPLEXITY, seed)
    codes, styled, faced = map(torch.from_numpy, (vectors.features, styles, faces))
    return JudgedMap(
        positions,
        map_purity=purity(positions, styles, NEIGHBOURS),
        feature_purity=purity(points, styles, NEIGHBOURS),
        nearest=style_retrieval(codes, styled),
        leak=content_leak(codes, styled, faced),
    )
