"""What is measured picture by picture while a model draws: each face natural and at every indicator, in one style."""

from collections import defaultdict
from dataclasses import dataclass

import torch
from torch import Tensor

from blendgan.data.folder import ImageFolder
from blendgan.evaluation.extractors import Extractors, lpips_sized
from blendgan.evaluation.painter import OUTPUTS, Painter
from blendgan.evaluation.parts import Values
from blendgan.metrics.styles import cosines, gram_distances

FEATURES, IDENTITY, STYLE, GRAM, LATENT, REFERENCE = "features", "identity", "style", "gram", "latent", "reference"
COMPARED = 500
"""Faces whose pictures are compared one by one: a mean of cosines needs fewer of them than a distance of sets."""

ALIKE = {STYLE: cosines, GRAM: gram_distances, IDENTITY: cosines}
"""How what was seen in two pictures is compared."""


def at(name: str, indicator: int) -> str:
    """Under which name the values at an indicator are kept."""
    return f"{name} {indicator}"


@dataclass(frozen=True)
class Drawing:
    """A model, the artworks that lend it styles, and what looks at its pictures."""

    painter: Painter
    artworks: ImageFolder
    extractors: Extractors
    batch: int

    @torch.inference_mode()
    def pictures(self, part: range) -> Values:
        """Features of the pictures of some faces at every indicator, and of the first faces identity and style."""
        found = defaultdict(list)
        for some in torch.split(torch.tensor(part), self.batch):
            for name, rows in self.batch_of(some.tolist(), compared=part.start < COMPARED).items():
                found[name].append(rows.float().cpu())
        return {name: torch.cat(rows) for name, rows in found.items()}

    def batch_of(self, numbers: list[int], compared: bool) -> Values:
        """The same of a few faces."""
        painter, look = self.painter, self.extractors
        references = painter.references(self.artworks, numbers)
        w_face, w_style = painter.faces(numbers), painter.styles_of(references)
        wanted = {STYLE: painter.encoder(references), GRAM: look.gram.compute(references)} if compared else {}
        found = {}
        for i in reversed(painter.indicators):  # natural pictures first: the others should show who they show
            images = painter.paint(w_face, w_style, i)
            found[at(FEATURES, i)] = look.features.compute(images)
            if compared:
                seen = self.described(images)
                wanted.setdefault(IDENTITY, seen[IDENTITY])
                found |= {at(name, i): alike(seen[name], wanted[name]) for name, alike in ALIKE.items()}
        return found

    def described(self, images: Tensor) -> Values:
        """Style and identity of pictures."""
        look = self.extractors
        return {
            STYLE: self.painter.encoder(images),
            GRAM: look.gram.compute(images),
            IDENTITY: look.identity.compute(images),
        }

    @torch.inference_mode()
    def diversity(self, part: range) -> Values:
        """Mean distance between ten pictures of each face: in random styles, and in those of ten artworks."""
        found = defaultdict(list)
        for number in part:
            latent = self.painter.latent_styles(range(number * OUTPUTS, (number + 1) * OUTPUTS))
            referenced = self.painter.styles_of(self.painter.ten_references(self.artworks, number))
            for guidance, w_style in ((LATENT, latent), (REFERENCE, referenced)):
                for i in self.painter.indicators[:-1]:  # natural pictures of one face are all alike
                    found[at(guidance, i)].append(self.spread(number, w_style, i))
        return {name: torch.tensor(values, dtype=torch.float64) for name, values in found.items()}

    def spread(self, number: int, w_style: Tensor, indicator: int) -> float:
        """Mean distance between the pictures of one face in some styles."""
        w_face = self.painter.faces([number]).expand(len(w_style), -1, -1)
        batches = zip(torch.split(w_face, self.batch), torch.split(w_style, self.batch), strict=True)
        images = torch.cat([lpips_sized(self.painter.paint(face, style, indicator)) for face, style in batches])
        return float(self.extractors.perceptual.compute(images))
