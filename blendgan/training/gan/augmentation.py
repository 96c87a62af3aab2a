"""Adaptive discriminator augmentation (ADA, Karras et al. 2020): pictures are moved and recoloured before being judged.

The more often a discriminator is sure of real pictures, the more likely each transformation becomes. Real and generated
pictures pass through the same ones, so that the generator does not learn them. Everything geometric is one matrix and
one bilinear lookup. Left out of the paper's pipeline: its wavelet filters against aliasing, and the image-space noise.
"""

import math
from dataclasses import dataclass, field
from functools import reduce

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from blendgan.checkpoints.torch_file import State
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.randomness import Draws

ADAPT_EVERY = 4
"""Steps."""
MAX_PIXEL_SHIFT, SHIFT = 0.125, 0.125
"""Of the picture's width: bound of the shift by whole pixels, deviation of the one between pixels."""
SCALE, BRIGHTNESS, CONTRAST, SATURATION = 0.2, 0.2, 0.5, 1.0
"""Standard deviations; of scale, contrast and saturation in powers of two."""


@dataclass
class Augmentation:
    """The transformations of one discriminator and their probability.

    Without `colour` only positions change. A discriminator of styles must see colours as they are: they are the style.
    """

    target: float
    """How much surer of real pictures (mean sign of their logits) than at chance a discriminator may be."""
    colour: bool
    images_to_certainty: int
    """Pictures in which the probability can rise from 0 to 1."""
    device: torch.device
    probability: Tensor = field(init=False)
    signs: Tensor = field(init=False)
    """Sum over the steps since the last adaptation of the mean sign."""

    def __post_init__(self) -> None:
        self.probability, self.signs = torch.zeros(2, device=self.device).unbind()

    def __call__(self, images: Float[Tensor, "batch 3 size size"], draws: Draws) -> Float[Tensor, "batch 3 size size"]:
        """The pictures as the discriminator sees them; differentiable.

        In full precision under autocast, too: rounded matrices would move pictures by a pixel, and not all phases of a
        step are under autocast.
        """
        with torch.autocast(images.device.type, enabled=False):
            images = images.float() if images.dtype in (torch.bfloat16, torch.float16) else images
            moved = warp(images, random_positions(len(images), images.shape[-1], self.probability, draws))
            return recolour(moved, *random_colours(len(images), self.probability, draws)) if self.colour else moved

    def watch(self, real_logits: Float[Tensor, "batch 1"], world: World, weight: float) -> None:
        """Count in how sure the discriminator is of a share of a step's real pictures, `weight` of all of them."""
        self.signs = self.signs + weight * world.mean(real_logits.detach().sign().mean().float())

    def adapt(self, images: int) -> None:
        """Raise or lower the probability by the weight of `images` pictures, which `ADAPT_EVERY` steps have shown."""
        direction = (self.signs / ADAPT_EVERY - self.target).sign()
        self.probability = (self.probability + direction * images / self.images_to_certainty).clamp(0, 1)
        self.signs = torch.zeros_like(self.signs)

    def state(self) -> State:
        """What the next step depends on."""
        return {"probability": self.probability, "signs": self.signs}

    def load_state(self, state: State) -> None:
        """Go back to `state`."""
        self.probability, self.signs = (state[name].to(self.device) for name in ("probability", "signs"))


def warp(
    images: Float[Tensor, "batch 3 size size"], positions: Float[Tensor, "batch 3 3"]
) -> Float[Tensor, "batch 3 size size"]:
    """Pictures read at other places; what moves in from outside is reflected."""
    grid = affine_grid(positions[:, :2].to(images), list(images.shape), align_corners=False)
    return grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def recolour(
    images: Float[Tensor, "batch 3 size size"], matrices: Float[Tensor, "batch 3 3"], shifts: Float[Tensor, "batch 1"]
) -> Float[Tensor, "batch 3 size size"]:
    """A linear map of RGB values and a shift of all three."""
    return torch.einsum("bij,bjhw->bihw", matrices.to(images), images) + shifts[:, :, None, None].to(images)


def random_positions(count: int, size: int, probability: Float[Tensor, ""], draws: Draws) -> Float[Tensor, "count 3 3"]:
    """Matrices from a place in the result to the place to read from, in coordinates from -1 to 1."""
    some = Sometimes(count, probability, draws)
    # two rotations, before and after the squeeze, are together as likely as one other transformation
    rotations = Sometimes(count, 1 - (1 - probability).sqrt(), draws)
    whole_pixels = (draws.uniform(count, 2) * 2 - 1) * MAX_PIXEL_SHIFT * size
    steps = [
        scaling(1 - 2 * some(draws.integers(0, 2, count)), 1.0),
        rotation(some(draws.integers(0, 4, count) * (math.pi / 2))),
        translation(some(whole_pixels.round() * 2 / size)),
        scaling(zoom := some(draws.normal(count) * SCALE).exp2(), zoom),
        rotation(rotations((draws.uniform(count) * 2 - 1) * math.pi)),
        scaling(stretch := some(draws.normal(count) * SCALE).exp2(), 1 / stretch),
        rotation(rotations((draws.uniform(count) * 2 - 1) * math.pi)),
        translation(some(draws.normal(count, 2) * 2 * SHIFT)),
    ]
    return reduce(torch.matmul, steps)


def random_colours(
    count: int, probability: Float[Tensor, ""], draws: Draws
) -> tuple[Float[Tensor, "count 3 3"], Float[Tensor, "count 1"]]:
    """Contrast, inverted lightness, hue and saturation as a matrix; brightness as a shift."""
    some = Sometimes(count, probability, draws)
    contrast = some(draws.normal(count) * CONTRAST).exp2()
    lightness = 1 - 2 * some(draws.integers(0, 2, count))
    saturation = some(draws.normal(count) * SATURATION).exp2()
    hue = some((draws.uniform(count) * 2 - 1) * math.pi)
    matrices = contrast[:, None, None] * colour_matrix(lightness, saturation, hue)
    return matrices, some(draws.normal(count) * BRIGHTNESS)[:, None]


class Sometimes:
    """Keeps each sample's value with a probability and puts 0, which changes nothing, in place of the others."""

    def __init__(self, count: int, probability: Float[Tensor, ""], draws: Draws) -> None:
        self.count, self.probability, self.draws = count, probability, draws

    def __call__(self, values: Tensor) -> Tensor:
        """`values` has one row per sample."""
        kept = (self.draws.uniform(self.count) < self.probability).view(-1, *[1] * (values.ndim - 1))
        return torch.where(kept, values, torch.zeros_like(values)).float()


def colour_matrix(
    lightness: Float[Tensor, " count"], saturation: Float[Tensor, " count"], hue: Float[Tensor, " count"]
) -> Float[Tensor, "count 3 3"]:
    """Scales the axis of greys by `lightness`, and the plane across it by `saturation`; turns the plane by `hue`."""
    grey = torch.full((3, 3), 1 / 3, device=hue.device)
    plane = torch.eye(3, device=hue.device) - grey
    # the vector product with the unit vector of grey: [[0, -1, 1], [1, 0, -1], [-1, 1, 0]] / sqrt(3)
    cycle = torch.eye(3, device=hue.device).roll(1, dims=0)
    quarter = (cycle - cycle.T) / math.sqrt(3)
    turned = hue.cos()[:, None, None] * plane + hue.sin()[:, None, None] * quarter
    return lightness[:, None, None] * grey + saturation[:, None, None] * turned


def scaling(x: Float[Tensor, " count"], y: Float[Tensor, " count"] | float) -> Float[Tensor, "count 3 3"]:
    """Coordinates multiplied by `x` and `y`."""
    return torch.diag_embed(torch.stack([x, torch.ones_like(x) * y, torch.ones_like(x)], dim=1))


def rotation(angle: Float[Tensor, " count"]) -> Float[Tensor, "count 3 3"]:
    """Coordinates turned by `angle` radians."""
    cosine, sine, zero, one = angle.cos(), angle.sin(), torch.zeros_like(angle), torch.ones_like(angle)
    rows = [cosine, -sine, zero, sine, cosine, zero, zero, zero, one]
    return torch.stack(rows, dim=1).view(-1, 3, 3)


def translation(by: Float[Tensor, "count 2"]) -> Float[Tensor, "count 3 3"]:
    """Coordinates shifted."""
    moved = torch.eye(3, device=by.device).repeat(len(by), 1, 1)
    moved[:, :2, 2] = by
    return moved
