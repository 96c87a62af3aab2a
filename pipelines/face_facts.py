"""What is known of a face goes with its copies and drawings: its name, and its line of `metadata.jsonl`."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from aahq_builder.workdir import write_atomic
from blendgan.data.metadata import Facts
from blendgan.errors import UserError


def names_of(root: Path, paths: Iterable[Path]) -> dict[str, Path]:
    """The pictures by the names of their files without suffix, which must differ by more than case."""
    found: dict[str, Path] = {}
    taken: dict[str, Path] = {}
    for path in paths:
        other = taken.setdefault(path.stem.casefold(), path)
        if other != path:
            raise UserError(f"{other.relative_to(root)} and {path.relative_to(root)} share a name; rename one of them")
        found[path.stem] = path
    return found


def write_facts(metadata: Path, facts: Mapping[str, Facts]) -> None:
    """Write a line for each file that something is known of; no file where nothing is known of any."""
    rows = [known | {"file_name": name} for name, known in facts.items() if known]
    if rows:
        write_atomic(metadata, "".join(json.dumps(row) + "\n" for row in rows).encode())
