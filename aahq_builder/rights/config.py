"""Flags of `aahq-build audit`."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from aahq_builder.config import BuildConfig


@dataclass(frozen=True, kw_only=True)
class AuditConfig(BuildConfig):
    """Flags of `audit`."""

    pattern: Annotated[str, tyro.conf.Positional] = ""
    """Artist, page address, artwork_id, face_id or SHA-256 (`*` stands for anything); left out: a summary."""
