"""Flags of `aahq-build tsne`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from aahq_builder.config import BuildConfig
from aahq_builder.lock import Claim, Part
from blendgan.config import Allowed, Count


@dataclass(frozen=True, kw_only=True)
class TsneConfig(BuildConfig):
    """Flags of `tsne`."""

    claim: ClassVar[Claim] = Claim(alone=frozenset({Part.MAP}), shared=frozenset({Part.FACES}))

    style_encoder: Path | None = None
    """Trained style encoder whose codes place the faces; without one, VGG-19 Gram features do."""
    perplexity: Annotated[float, Allowed("1 or more (5 to 50 is usual)", lambda x: 1 <= x < float("inf"))] = 30.0
    """Effective number of neighbours of a face; lowered where there are fewer than three times as many faces."""
    components: Annotated[int, Allowed("2 or more", lambda x: x >= 2)] = 50
    """Principal components that t-SNE sees."""
    seed: Annotated[int, Allowed("0 to 2^32 - 1", lambda x: 0 <= x < 2**32)] = 0
    """Seed of the map (and of random VGG weights where there are no trained ones)."""
    batch: Count | None = None
    """Faces in one pass of the network (default: 4 on a CPU, 64 on a GPU)."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the network runs; auto takes a CUDA device if there is one."""
    fresh: bool = False
    """Lay out every face again; without this, faces already on the map keep their place."""
