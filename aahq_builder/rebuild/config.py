"""Flags of `aahq-build rebuild`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import tyro

from aahq_builder.config import FetchConfig
from aahq_builder.errors import UserError
from aahq_builder.lock import Claim, Part


@dataclass(frozen=True, kw_only=True)
class RebuildConfig(FetchConfig):
    """Flags of `rebuild`."""

    claim: ClassVar[Claim] = Claim(alone=frozenset({Part.LISTINGS, Part.FACES}))

    list: Annotated[Path, tyro.conf.Positional]
    """AAHQ-dataset.json, or a release of ours: a Parquet file or its folder."""
    size: int = 1024
    """Side of the aligned faces, px: a power of two from 16 to 1024."""
    mode: Literal["fast", "reference"] = "fast"
    """How the crop is sampled, as in align."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.list.exists():
            raise UserError(f"{self.list} does not exist; give a published list")
        if self.size not in (16, 32, 64, 128, 256, 512, 1024):
            raise UserError(f"--size is {self.size}; give a power of two from 16 to 1024")
