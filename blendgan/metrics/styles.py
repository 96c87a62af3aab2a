"""How alike are two pictures in style, or in who they show? Pair by pair, of their codes or Gram vectors."""

from jaxtyping import Float
from torch import Tensor
from torch.linalg import vector_norm
from torch.nn.functional import cosine_similarity


def cosines(one: Float[Tensor, "n dim"], other: Float[Tensor, "n dim"]) -> Float[Tensor, " n"]:
    """Cosine similarity of each pair, in [-1, 1]."""
    return cosine_similarity(one.float(), other.float(), dim=1)


def gram_distances(one: Float[Tensor, "n gram"], other: Float[Tensor, "n gram"]) -> Float[Tensor, " n"]:
    """|a - b| / (|a| + |b|) of each pair of Gram vectors: 0 for equal ones, at most 1, whatever their scale."""
    total = vector_norm(one, dim=1) + vector_norm(other, dim=1)
    distances: Tensor = vector_norm(one - other, dim=1) / total.clamp_min(1e-12)
    return distances
