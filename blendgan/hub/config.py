"""Flags of `blendgan-train push`."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from blendgan.command import CommonConfig
from blendgan.errors import UserError


@dataclass(frozen=True, kw_only=True)
class PushConfig(CommonConfig):
    """Flags of `blendgan-train push`."""

    run: Annotated[Path, tyro.conf.Positional]
    """Folder of a finished training; the model in RUN/final is uploaded."""
    repo_id: str
    """ORG/NAME on the Hub; made, and private, if it is not there."""
    evaluation: Path | None = None
    """Folder of a blendgan-eval of RUN/final, whose numbers the card shows."""
    license: str = ""
    """Licence under which you give the weights, as the Hub writes it (cc-by-4.0); without one the card states none."""
    title: str = ""
    """Heading of the card; the name of the repository if left out."""
    public: bool = False
    """Show the model to everybody once it is uploaded as a whole."""
    i_have_a_legal_basis: bool = False
    """Upload weights that were trained on pictures which nobody opened."""

    def check(self) -> None:
        """A name of the Hub and its owner, and a licence in the Hub's spelling."""
        super().check()
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", self.repo_id, re.ASCII):
            raise UserError(f"--repo-id is {self.repo_id!r}; give ORG/NAME")
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*|", self.license):
            raise UserError(f"--license {self.license!r} is none of the Hub's; give one as it writes them, cc-by-4.0")
