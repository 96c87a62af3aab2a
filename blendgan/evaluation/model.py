"""All readings of one model: what was measured of its pictures, and how far the sets of them are from the real ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from blendgan.console import Console
from blendgan.data.folder import ImageFolder
from blendgan.evaluation.config import EvalConfig
from blendgan.evaluation.drawn import COMPARED, FEATURES, GRAM, IDENTITY, LATENT, REFERENCE, STYLE, Drawing, at
from blendgan.evaluation.extractors import Extractor, Extractors, load_extractors
from blendgan.evaluation.painter import OUTPUTS, Painter
from blendgan.evaluation.parts import VERSION, Parts, Values
from blendgan.evaluation.reading import Reading, reading
from blendgan.evaluation.real_sets import RealSet
from blendgan.metrics.set_distances import SUBSET, SUBSETS, Moments, moments, set_distances
from blendgan.training.engine.inputs import facts_of_model, joined
from blendgan.training.parallel.distributed import World

PICTURES_OF_A_PART, SOURCES_OF_A_PART = 100, 5
"""What is computed between two writes, and what a stopped run loses at most; a part is compared as a whole or not."""


@dataclass(frozen=True)
class Evaluation:
    """One model among real pictures and the networks that look at both."""

    config: EvalConfig
    model: Path
    extractors: Extractors
    sets: Mapping[str, RealSet]
    world: World
    console: Console
    facts: Mapping[str, Any]
    painter: Painter
    pictures: Mapping[str, ImageFolder]
    """The real ones by the name of their set, at the model's size."""

    @classmethod
    def of(cls, config: EvalConfig, model: Path, sets: Mapping[str, RealSet], console: Console) -> "Evaluation":
        """Load the model and open the real pictures at its size."""
        world = sets["faces"].world
        painter = Painter(model, config.style_encoder, config.seed, world.device)
        facts = facts_of_model(model, ("generator", "style_encoder"))
        if config.style_encoder is not None:
            encoder = facts_of_model(config.style_encoder, ("style_encoder",))
            facts = {**facts, "sha256": joined((facts["sha256"], encoder["sha256"]))}
        extractors = load_extractors(config, painter.settings.size, world.device)
        pictures = {name: real.at(painter.settings.size) for name, real in sets.items()}
        return cls(config, model, extractors, sets, world, console, facts, painter, pictures)

    def readings(self) -> list[Reading]:
        """Everything; the processes share the drawing, the first one compares."""
        real = {
            name: self.sets[name].features(pictures, self.extractors.features, self.config.num, self.config.batch)
            for name, pictures in self.pictures.items()
        }
        drawn, diversity = self.drawn(), self.diversity()

        def compared() -> list[Reading]:
            return [*self.of_sets(drawn, real), *self.of_pictures(drawn), *self.of_diversity(diversity)]

        return self.world.from_first(compared)

    def drawn(self) -> Parts:
        """What is measured picture by picture."""
        look = self.extractors
        networks = [look.features, look.gram, look.identity]
        parts = self.parts("pictures", networks, self.config.num, PICTURES_OF_A_PART)
        self.console.info(f"{self.model}: {self.config.num} faces at {len(self.painter.indicators)} indicators")
        parts.fill(self.drawing.pictures, self.world, self.console, "face")
        return parts

    def diversity(self) -> Parts:
        """What is measured face by face."""
        parts = self.parts("diversity", [self.extractors.perceptual], self.config.sources, SOURCES_OF_A_PART)
        self.console.info(f"{self.model}: diversity of {self.config.sources} faces")
        parts.fill(self.drawing.diversity, self.world, self.console, "face")
        return parts

    @property
    def drawing(self) -> Drawing:
        """The model at work."""
        return Drawing(self.painter, self.pictures["artworks"], self.extractors, self.config.batch)

    def parts(self, kind: str, networks: Sequence[Extractor], count: int, size: int) -> Parts:
        """Where the values of this model's pictures are kept."""
        artworks = self.sets["artworks"].facts["sha256"]
        known = [(some.name, some.resize) for some in networks]
        key = joined((VERSION, self.facts["sha256"], artworks, self.config.seed, self.painter.indicators, known))
        return Parts(self.config.out / "cache" / f"{kind}-{key[:16]}", count, size)

    def of_sets(self, drawn: Parts, real: Mapping[str, Parts]) -> Iterator[Reading]:
        """Pictures at every indicator against the artworks, and natural ones against the faces."""
        for i in self.painter.indicators:
            yield from self.between(i, drawn, "artworks", real["artworks"])
        yield from self.between(self.painter.natural, drawn, "faces", real["faces"])

    def between(self, indicator: int, drawn: Parts, against: str, real: Parts) -> Iterator[Reading]:
        """FID, KID, precision and recall of drawn pictures at an indicator."""
        self.console.info(f"{self.model}: i = {indicator} against the {against}")
        with drawn.together(at(FEATURES, indicator)) as generated, real.together("features") as features:
            found = set_distances(generated, features, moments_of(real))
        subsets = f"mean of {SUBSETS} random subsets of {min(SUBSET, drawn.count, real.count)}"
        for name in ("fid", "kid", "precision", "recall"):
            facts: dict[str, Any] = {"deviation": found.kid_deviation, "note": subsets} if name == "kid" else {}
            facts |= {"against": against, "n_against": real.count, "n": drawn.count}
            yield self.reading(self.extractors.features, name, indicator, getattr(found, name), **facts)

    def of_pictures(self, drawn: Parts) -> Iterator[Reading]:
        """Means over the pictures at every indicator that were compared one by one."""
        count = min(drawn.count, COMPARED)
        looks = {STYLE: self.own_encoder, GRAM: self.extractors.gram, IDENTITY: self.extractors.identity}
        means = drawn.means()
        for name, look in looks.items():
            for i in self.painter.indicators:
                against = "natural picture" if name == IDENTITY else "reference"
                facts = {"against": against, "n_against": count, "n": count}
                yield self.reading(look, name, i, means[at(name, i)], **facts)

    @property
    def own_encoder(self) -> Extractor:
        """The encoder that the model takes its styles through."""
        encoder = self.painter.encoder
        name = f"the model's own style encoder on VGG-19 of {encoder.config.backbone} weights"
        return Extractor(name, f"averaged, or pixels repeated, to {encoder.config.image_size} px", encoder)

    def of_diversity(self, diversity: Parts) -> Iterator[Reading]:
        """Means over the faces at every indicator but the natural one, at which it is 0."""
        means = diversity.means()
        outputs = {LATENT: OUTPUTS, REFERENCE: min(OUTPUTS, len(self.pictures["artworks"]))}
        for guidance, count in outputs.items():
            for i in self.painter.indicators[:-1]:
                facts = {"against": "", "n_against": count, "n": diversity.count}
                mean = means[at(guidance, i)]
                yield self.reading(self.extractors.perceptual, f"lpips_{guidance}", i, mean, **facts)

    def reading(self, extractor: Extractor, measure: str, indicator: int, value: float, **facts: Any) -> Reading:
        """A number of this model."""
        of_all = {"model": str(self.model), "seed": self.config.seed}
        return reading(extractor, measure=measure, indicator=indicator, value=value, **of_all, **facts)


def moments_of(real: Parts) -> Moments:
    """Mean and covariance of a set of real pictures, computed once."""

    def compute() -> Values:
        with real.together("features") as features:
            found = moments(features)
        return {"mean": torch.from_numpy(found.mean), "covariance": torch.from_numpy(found.covariance)}

    kept = real.kept("moments", compute)
    return Moments(kept["mean"].numpy(), kept["covariance"].numpy())
