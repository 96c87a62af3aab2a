"""Every setting of every `aahq-build` command, declared once: default, unit and help in one place.

The command line is made from these dataclasses; a field's docstring is its help.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from aahq_builder.errors import UserError
from blendgan.command import CommonConfig

Policy = Literal["open", "permitted", "research"]


def default_work() -> Path:
    """`$AAHQ_WORK`, else `./aahq-work`."""
    return Path(os.environ.get("AAHQ_WORK", "aahq-work"))


def default_workers() -> int:
    """One process per processor that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class BuildConfig(CommonConfig):
    """Flags that every stage of a build has."""

    work: Path = field(default_factory=default_work)
    """Work folder of the build (default from $AAHQ_WORK)."""
    limit: int | None = None
    """Work on at most this many items."""
    workers: int = field(default_factory=default_workers)
    """Processes (crawl: threads) to work with."""

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise UserError(f"--workers is {self.workers}; give 1 or more")
        if self.limit is not None and self.limit < 1:
            raise UserError(f"--limit is {self.limit}; give 1 or more, or leave it out")


@dataclass(frozen=True, kw_only=True)
class StatusConfig(BuildConfig):
    """Flags of `status`."""


@dataclass(frozen=True, kw_only=True)
class TableConfig(BuildConfig):
    """Flags of `table`."""

    name: Annotated[str, tyro.conf.Positional]
    """artworks, faces, scores, reviews or runs."""
    format: Literal["text", "csv", "jsonl"] = "text"
    """How to print it."""


@dataclass(frozen=True, kw_only=True)
class AlignConfig(BuildConfig):
    """Flags of `align`."""

    size: int = 1024
    """Side of the aligned faces, px: a power of two from 16 to 1024."""
    landmarks: Path | None = None
    """A dlib shape predictor of 68 points to use instead of the packaged one."""
    timeout_s: float = 120.0
    """Give up on an artwork after this many seconds."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size not in (16, 32, 64, 128, 256, 512, 1024):
            raise UserError(f"--size is {self.size}; give a power of two from 16 to 1024")
        if self.timeout_s <= 0:
            raise UserError(f"--timeout-s is {self.timeout_s}; give a positive number of seconds")
