"""Flags of `aahq-build refresh` and `takedown`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import tyro

from aahq_builder.config import BuildConfig, NetworkConfig
from aahq_builder.lock import WHOLE_FOLDER, Claim


@dataclass(frozen=True, kw_only=True)
class RefreshConfig(NetworkConfig):
    """Flags of `refresh`. Each row is judged by the policy under which it was fetched."""

    claim: ClassVar[Claim] = WHOLE_FOLDER

    permissions: Path | None = None
    """CSV of written permissions as they stand today (default: those on record)."""
    endpoint: str | None = None
    """Server that stands in for the rows' own, as in the crawl (its host and port are allowed by name)."""
    select: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    """NAME=CSS (html) in place of the crawl's, which the journal keeps."""
    yes: bool = False
    """Remove what is withdrawn even if it is more than a fiftieth of all works, or more than three of few."""


@dataclass(frozen=True, kw_only=True)
class TakedownConfig(BuildConfig):
    """Flags of `takedown`."""

    claim: ClassVar[Claim] = WHOLE_FOLDER
    unnoted: ClassVar[tuple[str, ...]] = ("pattern", "reason")

    pattern: Annotated[str, tyro.conf.Positional]
    """Artist, page address, artwork_id, face_id or SHA-256; `artist:`, `page:` or `hash:` before it refuses it for ever
    even if nothing of it is here yet."""
    gone: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    """Address of a place (`align --files`, `publish --to`) that is gone for good and need not be cleaned."""
    reason: str = "takedown"
    """Why, as the emptied rows will say."""
