"""Flags of `aahq-build review`."""

import getpass
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from aahq_builder.config import BuildConfig, Port
from aahq_builder.errors import UserError
from aahq_builder.lock import Claim, Part


def default_reviewer() -> str:
    """The login name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "reviewer"


@dataclass(frozen=True, kw_only=True)
class ReviewConfig(BuildConfig):
    """Flags of `review`."""

    claim: ClassVar[Claim] = Claim(shared=frozenset({Part.FACES}))

    reviewer: str = field(default_factory=default_reviewer)
    """Name under which decisions are logged; the page can change it (default: your login name)."""
    faces: Path | None = None
    """Show just these faces: one face id a line, or a CSV with a column face_id, as the style map exports it."""
    replay: Path | None = None
    """Decisions from another copy of this build to add first: JSON lines of `aahq-build table reviews`."""
    port: Port = 8737
    """Port on 127.0.0.1; 0 takes any free one."""
    open: bool = False
    """Open the page in the default browser."""

    def check(self) -> None:
        """Ranges, and that somebody is named."""
        super().check()
        if not self.reviewer.strip():
            raise UserError("--reviewer is empty; give a name")
