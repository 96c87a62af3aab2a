"""Does a style code hold the style and drop the content? Nearest neighbours among pictures of known style and face."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import normalize


def style_retrieval(codes: Float[Tensor, "n dim"], styles: Int[Tensor, " n"]) -> float:
    """How often the nearest other picture (by cosine) is in the same style."""
    same = styles[:, None] == styles[None, :]
    return _nearest_is(codes, wanted=same, allowed=~torch.eye(len(codes), dtype=torch.bool))


def content_leak(codes: Float[Tensor, "n dim"], styles: Int[Tensor, " n"], faces: Int[Tensor, " n"]) -> float:
    """How often the nearest picture among the other styles shows the same face; 1 / faces by chance."""
    same_face = faces[:, None] == faces[None, :]
    return _nearest_is(codes, wanted=same_face, allowed=styles[:, None] != styles[None, :])


def _nearest_is(codes: Float[Tensor, "n dim"], wanted: Bool[Tensor, "n n"], allowed: Bool[Tensor, "n n"]) -> float:
    unit = normalize(codes.float(), dim=1)
    nearest = (unit @ unit.T).masked_fill(~allowed, -torch.inf).argmax(dim=1, keepdim=True)
    return float(wanted.gather(1, nearest).float().mean())


def style_agreement(cells: Float[Tensor, "styles faces dim"], references: Float[Tensor, "styles dim"]) -> float:
    """Share of generated pictures whose code is nearer to their own reference than to every other one."""
    cosines = normalize(cells.float(), dim=2) @ normalize(references.float(), dim=1).T
    own = torch.arange(len(references))[:, None]
    return float((cosines.argmax(dim=2) == own).float().mean())


def nearest_centre(cells: Float[Tensor, "styles n dim"], centres: Float[Tensor, "n styles dim"]) -> float:
    """Share of vectors nearest (by Euclid) to the centre of their own style; every column has centres of its own."""
    distances = torch.cdist(cells.transpose(0, 1), centres)
    return float((distances.argmin(dim=2) == torch.arange(len(cells))).float().mean())


def centres_without(vectors: Float[Tensor, "styles faces dim"]) -> Float[Tensor, "faces styles dim"]:
    """For every face the mean of each style over the other faces."""
    others = vectors.sum(dim=1, keepdim=True) - vectors
    return (others / (vectors.shape[1] - 1)).transpose(0, 1)
