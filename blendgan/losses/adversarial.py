"""The non-saturating logistic loss of Goodfellow et al. 2014, used by all three discriminators."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus


def discriminator_loss(real_logits: Float[Tensor, "real 1"], fake_logits: Float[Tensor, "fake 1"]) -> Float[Tensor, ""]:
    """-log sigmoid(D(real)) - log(1 - sigmoid(D(fake))), averaged; 2 log 2 for a critic that cannot tell."""
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def generator_loss(fake_logits: Float[Tensor, "fake 1"]) -> Float[Tensor, ""]:
    """-log sigmoid(D(fake)), averaged: log 2 when the critic cannot tell, and steep where the fakes are bad."""
    return softplus(-fake_logits).mean()
