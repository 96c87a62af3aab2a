"""Where the style encoder's batches come from: Gram vectors of two views of each picture, or of one with its style.

Of these vectors only the distinct entries are kept: the matrices are symmetric.

VGG-19 in front of the Gram matrices is frozen, so their values can be computed once and kept (`CachedPairs`), or of
new views at every step as in the paper (`FreshPairs`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from jaxtyping import Float, Int
from torch import Tensor

from blendgan.console import Console
from blendgan.data.order import CompanionOrder, Order, batch_positions
from blendgan.data.stream import Pictures, batches, picture_chunks
from blendgan.data.views import affine_views, crops, random_matrices, random_places
from blendgan.networks.style_encoder import GramFeatures
from blendgan.networks.symmetric_gram import DistinctEntries
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.randomness import Draws, mixed
from blendgan.training.parallel.upload import upload
from blendgan.training.style_encoder.config import Positives, StyleEncoderSettings

VIEWS = 4
"""Phase number of the random numbers that make views (the adversarial stage's phases are 0 to 3)."""


@dataclass(frozen=True)
class GramPair:
    """Gram vectors of two views of every picture of a batch."""

    first: Float[Tensor, "batch distinct"]
    second: Float[Tensor, "batch distinct"]


@dataclass(frozen=True)
class StyledGrams:
    """Gram vectors of one view of every picture of a batch, and the number of its style."""

    first: Float[Tensor, "batch distinct"]
    styles: Int[Tensor, " batch"]


GramBatch = GramPair | StyledGrams


class PairSource(Protocol):
    """Where batches of views come from."""

    def stream(self, first_step: int, num_steps: int) -> Iterator[GramBatch]:
        """The batches of steps `first_step` to `num_steps` - 1."""


Styles = Int[Tensor, " pictures"] | None
"""The number of every picture's style, where a batch is to say that in place of a second view."""


def order_by(styles: Styles, num_pictures: int, seed: int) -> Order:
    """A shuffle of all pictures; where styles attract, two of one style come together."""
    return Order(num_pictures, seed) if styles is None else CompanionOrder(styles.numpy(), seed)


def gram_batch(views: Sequence[Tensor], styles: Styles, indices: Tensor) -> GramBatch:
    """The batch of the pictures `indices`: two views, or one and the styles."""
    if styles is None:
        return GramPair(*views)
    return StyledGrams(views[0], upload(styles[indices], views[0].device))


class CachedPairs:
    """Batches out of a fixed set of views whose Gram matrices were computed once: for small sets and slow machines."""

    def __init__(
        self,
        grams: Float[Tensor, "pictures views distinct"],
        settings: StyleEncoderSettings,
        seed: int,
        world: World,
        styles: Styles = None,
    ) -> None:
        self.grams, self.batch, self.seed, self.world, self.styles = grams, settings.batch, seed, world, styles
        self.order = order_by(styles, len(grams), seed)

    def stream(self, first_step: int, num_steps: int) -> Iterator[GramBatch]:
        """Two different views of each picture, or one and its style."""
        world, views = self.world, self.grams.shape[1]
        steps = batch_positions(first_step, num_steps, self.batch, world.rank, world.ranks)
        for step, places in enumerate(steps, first_step):
            indices = torch.tensor([self.order[place][0] for place in places])
            draws = Draws((self.seed, step, VIEWS), world.rank, world.ranks)
            first = draws.integers(0, views, len(places))
            second = (first + draws.integers(1, views, len(places))) % views
            chosen = (first, second) if self.styles is None else (first,)
            grams = [upload(self.grams[indices, view], world.device).float() for view in chosen]
            yield gram_batch(grams, self.styles, indices)


class FreshPairs:
    """New views at every step, as in the paper."""

    def __init__(
        self,
        pictures: Pictures,
        extractor: GramFeatures,
        settings: StyleEncoderSettings,
        world: World,
        *,
        seed: int,
        workers: int | None = 0,
        styles: Styles = None,
    ) -> None:
        self.pictures, self.extractor, self.batch = pictures, extractor, settings.batch
        self.micro_batch = settings.micro_batch
        self.positives = settings.positives
        self.seed, self.world, self.workers, self.styles = seed, world, workers, styles
        self.entries = DistinctEntries(extractor.config.widths).to(world.device)

    @torch.no_grad()
    def stream(self, first_step: int, num_steps: int) -> Iterator[GramBatch]:
        """Two views of each picture, or the picture (half of them mirrored) and its style, through VGG."""
        world = self.world
        places = batch_positions(first_step, num_steps, self.batch, world.rank, world.ranks)
        order = order_by(self.styles, len(self.pictures), self.seed)
        for step, batch in enumerate(batches(self.pictures, order, places, world.device, self.workers), first_step):
            seen = [batch.images]
            if self.styles is None:
                seen = views_of(batch.images, self.positives, 2, mixed(self.seed, step, VIEWS), world)
            read = reader(self.extractor, self.positives)
            grams = [gram_vectors(read, self.entries, view, self.micro_batch) for view in seen]
            yield gram_batch(grams, self.styles, batch.indices)


@torch.no_grad()
def gram_vectors(
    extractor: Callable[[Tensor], Tensor],
    entries: DistinctEntries,
    images: Float[Tensor, "batch 3 height width"],
    at_once: int = 0,
) -> Float[Tensor, "batch distinct"]:
    """Gram vectors, `at_once` pictures at a time (0: all).

    On a GPU, VGG in half precision is fast, and good to three digits. Most CPUs have to imitate it, nine times slower.
    """
    with torch.autocast(images.device.type, torch.bfloat16, enabled=images.device.type != "cpu"):
        return torch.cat([entries.of(extractor(some)) for some in torch.split(images, at_once or len(images))])


@torch.no_grad()
def view_grams(
    extractor: GramFeatures,
    pictures: Pictures,
    views: int,
    seed: int,
    console: Console,
    *,
    positives: Positives = "views",
) -> Float[Tensor, "pictures views distinct"]:
    """Gram vectors of `views` views of each picture, in half precision; by folder, of it and of its mirror image.

    Where folders name styles, other pictures take the part of views, and turning and zooming would blur strokes.
    """
    device = next(extractor.parameters()).device
    entries = DistinctEntries(extractor.config.widths).to(device)
    pieces = []
    with console.progress(len(pictures), "picture") as progress:
        for number, images in enumerate(picture_chunks(pictures, device)):
            seen = views_of(images, positives, views, mixed(seed, number, VIEWS), World(device))
            grams = [gram_vectors(reader(extractor, positives), entries, view) for view in seen]
            pieces.append(torch.stack(grams, dim=1).bfloat16().cpu())
            progress.advance(len(images))
    return torch.cat(pieces)


def views_of(
    images: Float[Tensor, "batch 3 side side"], positives: Positives, views: int, seed: int, world: World
) -> list[Tensor]:
    """So many seeded views of every picture, of a process's share of a batch those that one process would see."""
    if positives == "folder":
        return [images, images.flip(3)]
    generator, count = torch.Generator().manual_seed(seed), len(images) * world.ranks
    share = slice(world.rank, None, world.ranks)
    if positives == "crops":
        places = [random_places(count, images.shape[-1], generator)[share] for _ in range(views)]
        return [crops(images, some) for some in places]
    matrices = [random_matrices(count, generator)[share] for _ in range(views)]
    return [affine_views(images, upload(some, images.device)) for some in matrices]


def reader(extractor: GramFeatures, positives: Positives) -> Callable[[Tensor], Tensor]:
    """What gives Gram vectors of views: crops are read at their own scale."""
    return extractor.of_crops if positives == "crops" else extractor
