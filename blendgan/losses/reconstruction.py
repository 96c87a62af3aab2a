"""How far a reconstruction is from its picture: the terms of pSp (Richardson et al. 2021).

Perceptual and identity terms are distances between features of networks that the trainer loads; here is only the
mathematics.
"""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cosine_similarity


def l2(
    images: Float[Tensor, "batch 3 height width"], targets: Float[Tensor, "batch 3 height width"]
) -> Float[Tensor, ""]:
    """Mean squared difference of the pixels."""
    return (images - targets).square().mean()


def identity(features: Float[Tensor, "batch dim"], target_features: Float[Tensor, "batch dim"]) -> Float[Tensor, ""]:
    """1 - cosine of two face descriptors; nothing flows into the target's."""
    return (1 - cosine_similarity(features, target_features.detach())).mean()


def w_norm(w: Float[Tensor, "batch layers dim"], mean_w: Float[Tensor, "layers dim"]) -> Float[Tensor, ""]:
    """Mean Frobenius distance of the codes from the mean face."""
    return (w - mean_w).square().sum(dim=(1, 2)).sqrt().mean()
