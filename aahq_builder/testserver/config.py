"""Flags of `aahq-build testserver`."""

from dataclasses import dataclass
from pathlib import Path

from aahq_builder.config import Port
from aahq_builder.errors import UserError
from blendgan.command import CommonConfig
from blendgan.config import Count, Positive


@dataclass(frozen=True, kw_only=True)
class TestserverConfig(CommonConfig):
    """Flags of `testserver`."""

    path: Path
    """Folder of pictures to serve, with `credits.csv` or `ARTISTS` beside them if there is one."""
    port: Port = 8765
    """Port on 127.0.0.1; 0 takes a free one."""
    artist: str = ""
    """Artist of pictures that the folder credits to nobody."""
    license: str = ""
    """SPDX id of pictures whose licence the folder does not say; left out, they have none."""
    num_works: Count | None = None
    """List the pictures again and again until there are so many works (default: each once)."""
    faults: tuple[str, ...] = ()
    """Faults by name, or `all`; docs/errors.md lists them."""
    fault_every: Count = 10
    """Every so many works one has the next of the faults."""

    walls: bool = False
    """Put up the walls that the museums' sites have, and vary the records as theirs do (docs/crawl.md)."""
    wall_after: Count = 30
    """So many requests within a third of `--wall-s` raise the wall of the Met."""
    wall_s: Positive = 30.0
    """How long the wall of the Met stands, s."""

    def check(self) -> None:
        """Ranges, and that the folder is there."""
        super().check()
        if not self.path.is_dir():
            raise UserError(f"--path {self.path} is no folder; give one with pictures")
