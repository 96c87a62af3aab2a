"""Flags of `aahq-build tsne`."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from aahq_builder.config import BuildConfig
from aahq_builder.errors import UserError
from aahq_builder.lock import Claim, Part


@dataclass(frozen=True, kw_only=True)
class TsneConfig(BuildConfig):
    """Flags of `tsne`."""

    claim: ClassVar[Claim] = Claim(alone=frozenset({Part.MAP}), shared=frozenset({Part.FACES}))

    style_encoder: Path | None = None
    """Trained style encoder whose codes place the faces; without one, VGG-19 Gram features do."""
    perplexity: float = 30.0
    """Effective number of neighbours of a face; lowered where there are fewer than three times as many faces."""
    components: int = 50
    """Principal components that t-SNE sees."""
    seed: int = 0
    """Seed of the map (and of random VGG weights where there are no trained ones)."""
    batch: int = 4
    """Faces in one pass of the network."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the network runs; auto takes a CUDA device if there is one."""
    fresh: bool = False
    """Lay out every face again; without this, faces already on the map keep their place."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.perplexity < math.inf:
            raise UserError(f"--perplexity is {self.perplexity:g}; give 1 or more (5 to 50 is usual)")
        if self.components < 2:
            raise UserError(f"--components is {self.components}; give 2 or more")
        if not 0 <= self.seed < 2**32:
            raise UserError(f"--seed is {self.seed}; give 0 to {2**32 - 1}")
        if self.batch < 1:
            raise UserError(f"--batch is {self.batch}; give 1 or more")
