"""Flags of `aahq-build rebuild`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import tyro

from aahq_builder.config import FaceSize, FetchConfig
from aahq_builder.errors import UserError
from aahq_builder.lock import Claim, Part


@dataclass(frozen=True, kw_only=True)
class RebuildConfig(FetchConfig):
    """Flags of `rebuild`."""

    claim: ClassVar[Claim] = Claim(alone=frozenset({Part.LISTINGS, Part.FACES}))

    list: Annotated[Path, tyro.conf.Positional]
    """AAHQ-dataset.json, or a release of ours: a Parquet file or its folder."""
    size: FaceSize = 1024
    """Side of the aligned faces, px: a power of two from 16 to 1024."""
    mode: Literal["fast", "reference"] = "fast"
    """How the crop is sampled, as in align."""

    def check(self) -> None:
        """Ranges, and that the list is there."""
        super().check()
        if not self.list.exists():
            raise UserError(f"{self.list} does not exist; give a published list")
