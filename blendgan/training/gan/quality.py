"""How good are the pictures? KID at no cost; FID and the diversity of styles where their networks' weights are at hand.

KID takes features that need no download: VGG-19, with random weights where ImageNet's are not there. The names in the
log say which weights and how many pictures; numbers of different names must not be compared.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

import torch
from jaxtyping import Float
from torch import Tensor, nn

from blendgan.checkpoints.backbone import load_gram_features
from blendgan.checkpoints.pretrained import Describe
from blendgan.data.pixels import to_pixels
from blendgan.data.stream import Pictures, read_batch
from blendgan.metrics.diversity import lpips_over_pairs
from blendgan.metrics.features import pooled_features
from blendgan.metrics.kid import kid
from blendgan.networks.style_encoder import StyleEncoderConfig
from blendgan.training.parallel.distributed import World

SUBSET, MAX_REAL, CHUNK = 50, 1000, 25
NUM_JUDGED = 200
FID_PICTURES = 2000
Make = Callable[[slice], Tensor]
"""Pictures number `slice`."""


@dataclass(frozen=True)
class Distance:
    """A distance between sets of pictures."""

    name: str
    describe: Callable[[Tensor], Tensor]
    """Features of pictures in [-1, 1]."""
    between: Callable[[Tensor, Tensor], float]
    """Of real and generated features."""
    num_real: int
    """At most."""
    num_fake: int
    at_least: int
    """Real pictures, or nothing is said."""


class Judge:
    """Measures generated pictures against the real ones, whose features are computed once.

    The processes share the pictures, some at a time. Comparing their features takes one process, so only the first one
    gets figures.
    """

    def __init__(
        self,
        faces: Pictures,
        artworks: Pictures,
        world: World,
        *,
        inception: Describe | None = None,
        fid_pictures: int = FID_PICTURES,
        lpips: nn.Module | None = None,
    ) -> None:
        self.real, self.world = {"natural": faces, "styled": artworks}, world
        self.lpips = None if lpips is None else lpips.to(world.device)
        self.distances = [kid_distance(world.device)]
        if inception is not None:
            self.distances.append(fid_distance(inception, fid_pictures))
        self.num_fake = max(distance.num_fake for distance in self.distances)
        self.described: dict[tuple[str, str], Tensor] = {}

    def __call__(self, natural: Make, styled: Make) -> dict[str, float]:
        """The distances of both kinds of pictures; `num_fake` are asked for."""
        described = {
            (distance, kind): (self.of_real(distance, kind), self.features(distance, make, distance.num_fake))
            for distance in self.distances
            for kind, make in {"natural": natural, "styled": styled}.items()
            if len(self.real[kind]) >= distance.at_least
        }
        if not self.world.is_first:
            return {}
        return {f"{distance.name}/{kind}": distance.between(*sides) for (distance, kind), sides in described.items()}

    @torch.no_grad()
    def diversity(self, faces: Sequence[Tensor], paint: Callable[[Tensor], Tensor]) -> dict[str, float]:
        """LPIPS between pictures of the same face in different styles, over all pairs; nothing without its network.

        `paint` gives the [styles, 3, size, size] pictures of one of the `faces`.
        """
        lpips = self.lpips
        if lpips is None:
            return {}

        painted = (paint(face).clamp(-1, 1) for face in self.world.mine(faces))
        found = self.world.of_all([lpips_over_pairs(pictures, lpips, batch=1) for pictures in painted])
        return {"lpips_diversity": mean(found)} if self.world.is_first else {}

    def of_real(self, distance: Distance, kind: str) -> Float[Tensor, "pictures dim"]:
        """Features of real pictures, evenly spread over the set."""
        pictures, key = self.real[kind], (distance.name, kind)
        if key not in self.described:
            count = min(len(pictures), distance.num_real)
            chosen = [k * len(pictures) // count for k in range(count)]

            def read(part: slice) -> Tensor:
                return read_batch(pictures, chosen[part]).to(self.world.device)

            self.described[key] = self.features(distance, read, count)
        return self.described[key]

    @torch.no_grad()
    def features(self, distance: Distance, make: Make, count: int) -> Float[Tensor, "count dim"]:
        """Features of pictures 0 to count - 1, a few at a time."""
        parts = [slice(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
        mine = [distance.describe(make(part).clamp(-1, 1)).cpu() for part in self.world.mine(parts)]
        return torch.cat(self.world.of_all(mine))


def kid_distance(device: torch.device) -> Distance:
    """KID on VGG-19's third block."""
    extractor = load_gram_features("auto", StyleEncoderConfig(taps=("relu3_4",))).to(device)
    return Distance(
        name=f"kid_vgg19_{extractor.config.backbone}",
        describe=lambda images: pooled_features(extractor, images),
        between=lambda real, fake: kid(real, fake, SUBSET).mean,
        num_real=MAX_REAL,
        num_fake=NUM_JUDGED,
        at_least=SUBSET,
    )


def fid_distance(inception: Describe, count: int) -> Distance:
    """FID (Heusel et al. 2017) as torch-fidelity computes it, of `count` pictures: fewer than the usual 50,000."""
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    def between(real: Tensor, fake: Tensor) -> float:
        statistics = [fid_features_to_statistics(some) for some in (real, fake)]
        return float(fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"])

    return Distance(f"fid_{count}", lambda images: inception(to_pixels(images)), between, count, count, at_least=2)
