"""Flags of `aahq-build rebuild`."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import tyro

from aahq_builder.config import FaceSize, FetchConfig
from aahq_builder.lock import Claim, Part


@dataclass(frozen=True, kw_only=True)
class RebuildConfig(FetchConfig):
    """Flags of `rebuild`."""

    claim: ClassVar[Claim] = Claim(alone=frozenset({Part.LISTINGS, Part.FACES}))

    list: Annotated[str, tyro.conf.Positional]
    """AAHQ-dataset.json, or a release of ours: its folder, a Parquet file, or ORG/NAME[@REVISION] on the Hub."""
    size: FaceSize | None = None
    """Side of the aligned faces, px: a power of two from 16 to 1024 (default: as the release was cut, else 1024)."""
    mode: Literal["fast", "reference"] | None = None
    """How the crop is sampled, as in align (default: as the release was cut, else fast)."""
