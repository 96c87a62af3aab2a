"""What the settings of several `aahq-build` commands have in common; each stage declares its own in its `config.py`.

The command line is made from these dataclasses; a field's docstring is its help.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from aahq_builder.errors import UserError
from aahq_builder.lock import Claim
from blendgan.command import CommonConfig
from blendgan.config import Allowed, Count, Positive, Weight

Policy = Literal["open", "permitted", "research"]
FaceSize = Annotated[int, Allowed("a power of two from 16 to 1024", lambda x: x in {2**k for k in range(4, 11)})]
Port = Annotated[int, Allowed("0 to 65535", lambda x: 0 <= x < 2**16)]


def default_work() -> Path:
    """`$AAHQ_WORK`, else `./aahq-work`."""
    return Path(os.environ.get("AAHQ_WORK", "aahq-work"))


def default_workers() -> int:
    """One process per processor that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class BuildConfig(CommonConfig):
    """Flags that every stage of a build has."""

    claim: ClassVar[Claim] = Claim()
    """What of the build the command changes, and what must not change meanwhile."""
    unnoted: ClassVar[tuple[str, ...]] = ()
    """Settings that the note on the run leaves out, because they name what must be forgotten."""

    work: Path = field(default_factory=default_work)
    """Work folder of the build (default from $AAHQ_WORK)."""
    limit: Count | None = None
    """Work on at most this many items."""
    workers: Count = field(default_factory=default_workers)
    """Processes (crawl: threads) to work with."""


@dataclass(frozen=True, kw_only=True)
class NetworkConfig(BuildConfig):
    """Flags of every command that asks the web for something."""

    workers: Count = 16
    """Threads that download."""
    rate: Weight | None = None
    """Requests per second and host that are never exceeded; 0 is no limit (default: the source's own, else 1)."""
    contact: str | None = field(default_factory=lambda: os.environ.get("AAHQ_CONTACT"))
    """Mail or web address that sites can reach you at (default from $AAHQ_CONTACT)."""
    max_mb: Positive = 64.0
    """Largest picture file, MB."""
    timeout_s: Positive = 30.0
    """Longest silence of a server, s; a whole answer may take six times as long."""
    retry_pause_s: Weight = 1.0
    """Bound of the random pause before the first retry, s; it doubles with every try."""
    breaker_pause_s: Weight = 60.0
    """How long a host that keeps failing is left alone before it is probed, s."""


@dataclass(frozen=True, kw_only=True)
class FetchConfig(NetworkConfig):
    """Flags of the commands that fill a build with pictures: which rights are enough, and what is tried again."""

    policy: Policy = "open"
    """open: open licences; permitted: also written permissions; research: also works without a licence on record."""
    permissions: Path | None = None
    """CSV of written permissions: artist, page, scope, date, evidence."""
    i_have_a_legal_basis: bool = False
    """You state that the law gives you a basis for research use (needed by --policy research)."""
    endpoint: str | None = None
    """Address of another server with the source's interface, as http://127.0.0.1:8765 (with exactly one source)."""
    retry_failed: bool = False
    """Also try again what has failed before for a reason that may have passed."""
    relist: bool = False
    """Read finished listings again, for works that are new there (folder: always)."""

    def check(self) -> None:
        """Ranges, and what must go together."""
        super().check()
        if self.policy == "research" and not self.i_have_a_legal_basis:
            raise UserError("--policy research needs --i-have-a-legal-basis; see docs/rights.md")

    @property
    def folder(self) -> Path | None:
        """The user's own folder of pictures, if one is read."""
        return None

    def named_hosts(self) -> tuple[str | None, ...]:
        """Addresses whose host and port the user has allowed by naming them."""
        return (self.endpoint,)
