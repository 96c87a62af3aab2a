"""The real pictures that a model's are compared with: known by their contents, at the side of the model's pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.console import Console
from blendgan.data import manifest
from blendgan.data.folder import ImageFolder
from blendgan.data.manifest import Manifest
from blendgan.data.stream import Pictures, read_batch
from blendgan.errors import UserError
from blendgan.evaluation.extractors import Extractor
from blendgan.evaluation.parts import VERSION, Parts
from blendgan.metrics.set_distances import AT_LEAST
from blendgan.training.engine.inputs import joined, manifest_of, manifest_path, unpacked_once
from blendgan.training.engine.opening import KeptSet, Opening
from blendgan.training.parallel.distributed import World


class RealSet:
    """A folder of real pictures, or a published set, which is unpacked once.

    Hashes and verdicts of its files are kept in the folder of the evaluation.
    """

    def __init__(self, name: str, source: Path, out: Path, world: World, console: Console) -> None:
        self.name, self.source, self.out, self.world, self.console = name, source, out, world, console
        self.facts, self.root, self.files = world.from_first(self._found)

    def at(self, size: int) -> ImageFolder:
        """Its pictures at a size; those that cannot be used are named."""
        kept = KeptSet(self.out / "data", self.name)
        opening = Opening(root=self.root, size=size, kept=kept, world=self.world, console=self.console)
        folder = opening.pictures(self.files)
        for refusal in folder.refused if self.world.is_first else ():
            self.console.warn(f"{refusal.path}: {refusal.reason}; left out")
        if len(folder) < AT_LEAST:
            raise UserError(
                f"{self.source} has {len(folder)} usable pictures of {len(folder) + len(folder.refused)}; "
                f"put at least {AT_LEAST} square ones of {size} px or more there"
            )
        return folder

    def features(self, pictures: Pictures, extractor: Extractor, most: int, batch: int) -> Parts:
        """Features of some of them, kept for every model of this size and for later calls."""
        key = joined((VERSION, self.facts["sha256"], pictures.size, extractor.name))
        parts = Parts(self.out / "cache" / f"{self.name}-{key[:16]}", min(most, len(pictures)))
        order = shuffled(len(pictures))

        @torch.inference_mode()
        def compute(part: range) -> dict[str, Float[Tensor, "part dim"]]:
            batches = torch.split(torch.tensor([order[place] for place in part]), batch)
            images = (read_batch(pictures, some.tolist()).to(self.world.device) for some in batches)
            return {"features": torch.cat([extractor.compute(some).float().cpu() for some in images])}

        self.console.info(f"{self.name}: features by {extractor.name}")
        parts.fill(compute, self.world, self.console)
        return parts

    def _found(self) -> tuple[dict[str, Any], Path, Manifest]:
        """What the set is known by, the folder of its pictures, and the files there."""
        path = manifest_path(self.out, self.name)
        files = manifest_of(self.source, manifest.load(path), self.console)
        manifest.save(files, path)
        return files.facts(), *unpacked_once(self.name, self.source, files, self.out, self.console)


def shuffled(count: int) -> list[int]:
    """The numbers below `count` in an order of which any beginning is a fair choice; no setting changes it."""
    order: list[int] = np.random.default_rng(0).permutation(count).tolist()
    return order
