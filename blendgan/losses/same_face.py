"""Does a styled picture still show the face of its natural twin? Ours, not in the paper, which has no such loss.

Both forms look at where things are and not at how they are painted: light and dark, colours and contrast may change.
"""

from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, cosine_similarity, instance_norm

Images = Float[Tensor, "batch 3 size size"]
EDGES_PX = 16
"""Faces are compared at this side in px by their edges: finer ones are strokes."""
FEATURES_PX = 32
SMALLEST = 1e-4
"""Added under the root, whose slope at 0 is infinite; pictures range over [-1, 1]."""


def same_face(describe: Callable[[Images], Float[Tensor, "batch dim"]], styled: Images, natural: Images) -> Tensor:
    """1 - cosine of what `describe` sees in both, averaged; nothing flows into the natural pictures."""
    with torch.no_grad():
        wanted = describe(natural)
    return (1 - cosine_similarity(describe(styled), wanted)).mean()


def edges(images: Images) -> Float[Tensor, "batch 225"]:
    """How steep grey is at every place, at 16 px, less its mean over the picture."""
    grey = adaptive_avg_pool2d(images.float().mean(dim=1, keepdim=True), EDGES_PX)
    across = grey[:, :, 1:, 1:] - grey[:, :, 1:, :-1]
    down = grey[:, :, 1:, 1:] - grey[:, :, :-1, 1:]
    steepness = (across.square() + down.square() + SMALLEST).sqrt().flatten(1)
    return steepness - steepness.mean(dim=1, keepdim=True)


def features_without_statistics(layers: Iterable[nn.Module]) -> Callable[[Images], Float[Tensor, "batch dim"]]:
    """What frozen `layers` see, each channel less its mean over the picture and over its deviation.

    Mean and deviation of a channel are what instance normalisation exchanges to change a style (Huang and Belongie
    2017): without them the place of things is left. Larger pictures are averaged to 32 px.
    """
    stack = nn.Sequential(*layers)

    def describe(images: Images) -> Float[Tensor, "batch dim"]:
        small = adaptive_avg_pool2d(images, FEATURES_PX) if images.shape[-1] > FEATURES_PX else images
        return instance_norm(stack(small).float()).flatten(1)

    return describe
