"""What a data set says about its pictures: the lines of `metadata.jsonl`, and the rights in them."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from blendgan.errors import UserError

METADATA = "metadata.jsonl"
Facts = dict[str, object]


def rows_of(content: bytes, source: Path) -> list[Facts]:
    """The objects of JSON lines. Only a line feed ends a line: titles may hold every other separator of Unicode."""
    rows = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise UserError(f"line {number} of {source} is not JSON ({error}); publish the set again") from error
            if not isinstance(row, dict):
                raise UserError(f"line {number} of {source} is not a JSON object; publish the set again")
            rows.append(row)
    return rows


def by_name(rows: list[Facts]) -> dict[str, Facts]:
    """The rows that name a file, by that name."""
    return {row["file_name"]: row for row in rows if isinstance(row.get("file_name"), str)}  # type: ignore[misc]


def rights_below(folder: Path, count: int) -> dict[str, int]:
    """How many of the `count` pictures of a folder stand under which rights and licence, as far as it says."""
    rows = [row for path in sorted(folder.rglob(METADATA)) for row in rows_of(path.read_bytes(), path)]
    return dict(Counter(standing(row) for row in rows)) if rows else {standing({}): count}


def rights_of_picture(path: Path) -> dict[str, int]:
    """The rights of one picture, from the `metadata.jsonl` beside it where that names it."""
    beside = path.parent / METADATA
    rows = rows_of(beside.read_bytes(), beside) if beside.is_file() else []
    return {standing(by_name(rows).get(path.name, {})): 1}


def standing(facts: Mapping[str, object]) -> str:
    """Rights and licence in one phrase ('open CC0-1.0')."""
    return f"{facts.get('rights') or 'unknown'} {facts.get('license') or 'no licence on record'}"
