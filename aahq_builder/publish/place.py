"""How a release gets to its place: whole or not at all, and what a killed run leaves there.

A release is written into a scratch folder beside its place, whose name tells whose it is. A kill between the two
renames leaves the place empty, and both releases in the scratch; `settle` finishes what was begun. It is called before
a release is written or corrected, so that no pixels stay where a takedown does not look.
"""

import glob
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aahq_builder.publish.inventory import INVENTORY

SCRATCH = ".tmp-release-"
"""How names of folders begin in which a release is written; they end as `tempfile` makes them."""
NEW, OLD, WITHDRAWN = "release", "old", "withdrawn"


def is_release(folder: Path) -> bool:
    """Whether a complete release is there."""
    return (folder / INVENTORY).is_file()


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new folder that takes the place of `target` when the block ends well."""
    target = target.resolve()  # the folder itself: what a link points at must not be left behind
    settle(target)
    scratch = _scratch(target)
    try:
        (scratch / NEW).mkdir()
        yield scratch / NEW
        if target.exists():
            target.rename(scratch / OLD)
        (scratch / NEW).rename(target)
    finally:
        settle(target)


def withdraw(target: Path) -> None:
    """Delete a release. It leaves its place first: half of one could not be told from a stranger's folder."""
    target = target.resolve()
    if target.exists():
        target.rename(_scratch(target) / WITHDRAWN)
    settle(target)


def settle(target: Path) -> None:
    """Put a release that a kill has left beside its place there, the newer one of two, and delete all else."""
    target = target.resolve()
    for scratch in sorted(target.parent.glob(f"{SCRATCH}{glob.escape(target.name)}-????????/")):
        for left in (scratch / NEW, scratch / OLD):
            if is_release(left) and not target.exists():
                left.rename(target)
        shutil.rmtree(scratch)


def _scratch(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{target.name}-", dir=target.parent))
