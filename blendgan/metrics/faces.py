"""Does a styled picture still show its face? Likenesses of styled and natural pictures that no training maximises.

None of them minds a negative: light and dark may change places in a style.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, normalize, one_hot

COARSE_PX = 16
"""Larger pictures are averaged to this side in px."""
GRADES = 4
"""Of grey, each with as many pixels of a picture as every other."""


def faces_kept(likeness: Float[Tensor, "*styles n n"]) -> float:
    """Share of styled pictures (rows) that are most like their own natural one (same column); 1 / n by chance."""
    return float((likeness.argmax(dim=-1) == torch.arange(likeness.shape[-1])).double().mean())


def shading_likeness(
    styled: Float[Tensor, "*styles n 3 size size"], natural: Float[Tensor, "n 3 size size"]
) -> Float[Tensor, "*styles n n"]:
    """Cosine, without its sign, of what sets each picture's light and dark apart from those of the others beside it."""
    return centred_cosines(coarse_grey(styled), coarse_grey(natural)).abs()


def shared_information(
    styled: Float[Tensor, "*styles n 3 size size"], natural: Float[Tensor, "n 3 size size"]
) -> Float[Tensor, "*styles n n"]:
    """Mutual information, in nats, of the grades of grey at the same places: from 0 to log 4.

    It asks how well one picture foretells the other, whatever becomes of dark and light: a relief or glowing edges,
    whose shading is no longer the face's, still share much with their own face.
    """
    first, second = one_hot(grades(styled), GRADES).double(), one_hot(grades(natural), GRADES).double()
    joint = torch.einsum("...spi,npj->...snij", first, second) / first.shape[-2]
    # every grade has a quarter of the pixels in either picture
    return torch.xlogy(joint, joint * GRADES**2).sum(dim=(-2, -1)).float()


def centred_cosines(
    styled: Float[Tensor, "*styles n dim"], natural: Float[Tensor, "n dim"]
) -> Float[Tensor, "*styles n n"]:
    """Cosines of descriptors after the mean of each set was taken off: what all have in common does not count."""
    centred = [values - values.mean(dim=-2, keepdim=True) for values in (styled, natural)]
    return normalize(centred[0], dim=-1) @ normalize(centred[1], dim=-1).mT


def coarse_grey(images: Float[Tensor, "*n 3 size size"]) -> Float[Tensor, "*n pixels"]:
    """Mean of the channels at 16 px."""
    return adaptive_avg_pool2d(images.mean(dim=-3), COARSE_PX).flatten(-2)


def grades(images: Float[Tensor, "*n 3 size size"]) -> Int[Tensor, "*n pixels"]:
    """To which quarter of its picture's greys each pixel belongs."""
    grey = coarse_grey(images)
    ranks = grey.argsort(dim=-1, stable=True).argsort(dim=-1)
    return ranks * GRADES // grey.shape[-1]
