"""`release.json`: what a release is, how it was made, how it changed, and every file in it with its hash.

It marks a folder as a release of ours, and is written last, so that its presence says that the release is complete.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aahq_builder.errors import UserError
from aahq_builder.publish.changes import Changes
from aahq_builder.workdir import write_atomic
from blendgan.data.metadata import RELEASE

INVENTORY = RELEASE


@dataclass(frozen=True, kw_only=True)
class SplitCounts:
    """How large a split is."""

    rows: int
    pixels: int
    groups: int | None = None
    """Groups of works that belong together; null where nothing was split."""


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The facts of a release. Nothing in it tells when and where it was published."""

    version: str | None
    settings: Mapping[str, Any]
    """Flags of `publish` that shape it."""
    rows: int
    pixels: int
    splits: Mapping[str, SplitCounts]
    left_out: Mapping[str, int]
    """Kept faces that are not in it, by reason."""
    alignments: Sequence[Mapping[str, Any]] = ()
    """How its faces were cut out: `size`, `mode`, and `versions` of the libraries; runs that agree are one entry."""
    history: Sequence[Changes] = ()
    """What changed, the newest release first."""
    files: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of every other file."""

    def splits_of_configurations(self) -> dict[str, list[str]]:
        """The splits that have rows (`urls`), and those that have pixels."""
        urls = list(self.splits) if self.settings["format"] == "parquet" else []
        return {"urls": urls, "pixels": [name for name, counts in self.splits.items() if counts.pixels]}

    def as_json(self) -> dict[str, Any]:
        """As the file holds it, with the changes in words too."""
        changes = [{**asdict(entry), "words": entry.words} for entry in self.history]
        return {**asdict(self), "alignments": list(self.alignments), "history": changes}

    def write(self, folder: Path) -> None:
        """Write `release.json`."""
        write_stated(folder, self.as_json())


def write_stated(folder: Path, stated: Mapping[str, Any]) -> None:
    """Put `release.json` into a folder."""
    write_atomic(folder / INVENTORY, (json.dumps(stated, indent=1) + "\n").encode())


def read_stated(folder: Path) -> dict[str, Any]:
    """What `release.json` of a folder says; `UserError` if it is none."""
    try:
        stated = json.loads((folder / INVENTORY).read_bytes())
    except FileNotFoundError as error:
        raise UserError(f"{folder} has no {INVENTORY}; give the folder of a release") from error
    except (ValueError, OSError, RecursionError) as error:
        raise UserError(f"{folder / INVENTORY} cannot be read ({error}); publish it again") from error
    if not isinstance(stated, dict):
        raise UserError(f"{folder / INVENTORY} is none of ours; publish it again")
    return stated


def history_of(stated: Mapping[str, Any]) -> list[Changes]:
    """The changes that a release has recorded."""
    names = Changes.__dataclass_fields__
    entries = stated.get("history") or []
    return [Changes(**{name: value for name, value in entry.items() if name in names}) for entry in entries]
