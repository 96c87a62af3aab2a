"""The distinct entries of Gram vectors, and a first layer that is trained on them alone.

Gram matrices are symmetric: a layer on Gram vectors sees every value off the diagonal twice, and only the sum of its
two weights counts. So one weight V stands for both, and its value counts twice:

    sum_ij W_ij g_ij = sum_i V_ii g_ii + 2 sum_{i<j} V_ij g_ij    with V_ij = (W_ij + W_ji) / 2

Weights W drawn from N(0, 1) make the V off the diagonal N(0, 1/2). The gradient by V_ij is twice that by W_ij, and but
for its epsilon Adam takes the same step whatever a gradient is multiplied with: V learns what the mean of W_ij and W_ji
would have learned.
"""

from collections.abc import Sequence
from itertools import accumulate

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from blendgan.networks.layers import EqualLinear, leaky_relu
from blendgan.networks.style_encoder import StyleEncoder


class DistinctEntries(nn.Module):
    """Where in Gram vectors the upper triangles lie, row by row: 305,888 of 610,304 entries for the official taps."""

    upper: Tensor
    mirrored: Tensor
    places: Tensor
    counts: Tensor

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        triangles = [torch.triu_indices(width, width) for width in widths]
        starts = [0, *accumulate(width**2 for width in widths)]
        blocks = list(zip(starts, widths, triangles, strict=False))
        upper = torch.cat([start + width * row + column for start, width, (row, column) in blocks])
        mirrored = torch.cat([start + width * column + row for start, width, (row, column) in blocks])
        places = torch.empty(starts[-1], dtype=torch.int64)
        places[upper] = places[mirrored] = torch.arange(len(upper))
        values = {"upper": upper, "mirrored": mirrored, "places": places, "counts": 1.0 + (upper != mirrored)}
        for name, value in values.items():
            self.register_buffer(name, value, persistent=False)

    def of(self, vectors: Float[Tensor, "*batch gram_dim"]) -> Float[Tensor, "*batch distinct"]:
        """The distinct entries of symmetric vectors."""
        return vectors.index_select(-1, self.upper)

    def averaged(self, vectors: Float[Tensor, "*batch gram_dim"]) -> Float[Tensor, "*batch distinct"]:
        """Means of the two entries that mirror each other, for vectors that need not be symmetric."""
        return (self.of(vectors) + vectors.index_select(-1, self.mirrored)) / 2

    def expanded(self, distinct: Float[Tensor, "*batch distinct"]) -> Float[Tensor, "*batch gram_dim"]:
        """Whole vectors again."""
        return distinct.index_select(-1, self.places)

    def isometric(self, distinct: Float[Tensor, "*batch distinct"]) -> Float[Tensor, "*batch distinct"]:
        """Scaled to the lengths and inner products of the whole vectors."""
        return distinct * self.counts.sqrt()


class SymmetricLinear(nn.Module):
    """An `EqualLinear` on Gram vectors as it is trained: on their distinct entries, with half of the weights."""

    def __init__(self, layer: EqualLinear, entries: DistinctEntries) -> None:
        super().__init__()
        assert layer.lr_mul == 1
        self.weight = nn.Parameter(entries.averaged(layer.weight.detach()))
        self.bias = nn.Parameter(layer.bias.detach().clone())
        self.entries, self.scale, self.activate = entries, layer.scale, layer.activate

    def forward(self, x: Float[Tensor, "batch distinct"]) -> Float[Tensor, "batch out_dim"]:
        """What the whole layer gives for the whole vectors."""
        y = F.linear(x * (self.entries.counts * self.scale), self.weight, self.bias)
        return leaky_relu(y) if self.activate else y

    def whole(self) -> EqualLinear:
        """The layer on whole Gram vectors, with equal weights for equal entries."""
        weight = self.entries.expanded(self.weight.detach())
        with torch.device("meta"):  # no weights are drawn
            layer = EqualLinear(weight.shape[1], len(weight), activate=self.activate)
        layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(self.bias.detach().clone())
        return layer


def learn_from_distinct_entries(encoder: StyleEncoder) -> SymmetricLinear:
    """Put the encoder's first layer into the form in which it is trained."""
    whole = encoder.mlp[0]
    assert isinstance(whole, EqualLinear)
    encoder.mlp[0] = layer = SymmetricLinear(whole, DistinctEntries(encoder.config.widths).to(whole.weight.device))
    return layer


def learned_from_whole_vectors(encoder: StyleEncoder) -> None:
    """The way back, for the encoder that is stored: it reads whole Gram vectors."""
    symmetric = encoder.mlp[0]
    assert isinstance(symmetric, SymmetricLinear)
    encoder.mlp[0] = symmetric.whole()
