"""What a data set says about its pictures: the lines of `metadata.jsonl`, and the rights in them.

Pictures that it marks as denied or removed are not trained on.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from blendgan.errors import UserError

METADATA = "metadata.jsonl"
RELEASE, CARD = "release.json", "card"
"""A folder that holds the first is a release; pictures in its sub-folder of the second name belong to its card."""
VALIDATION = "validation"
"""The split of a release that is not for training."""
WITHDRAWN = ("denied", "removed")
"""Rights or status of a picture that must not be used."""
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
            if withdrawn(row) and not isinstance(row.get("file_name"), str):
                raise UserError(
                    f"line {number} of {source} is marked {withdrawn(row)} but names no file_name, so its picture "
                    "cannot be left out; name it, or remove the picture and the line"
                )
            rows.append(row)
    return rows


def withdrawn(facts: Mapping[str, object]) -> str:
    """As what a picture is marked that must not be used; empty for one that may."""
    return next((mark for mark in WITHDRAWN if mark in (facts.get("rights"), facts.get("status"))), "")


def by_name(rows: list[Facts]) -> dict[str, Facts]:
    """The rows that name a file, by that name."""
    return {row["file_name"]: row for row in rows if isinstance(row.get("file_name"), str)}  # type: ignore[misc]


def facts_below(folder: Path) -> dict[Path, Facts]:
    """What the `metadata.jsonl` files of a folder say of the pictures in it, by their path; withdrawn ones are none."""
    found: dict[Path, Facts] = {}
    for place in sorted(folder.rglob(METADATA)):
        rows = by_name(rows_of(place.read_bytes(), place))
        found |= {Path(os.path.normpath(place.parent / name)): row for name, row in rows.items() if not withdrawn(row)}
    return found


def left_out(metadata: Path) -> set[Path]:
    """The files that the lines of the file `metadata` mark as withdrawn."""
    rows = rows_of(metadata.read_bytes(), metadata)
    return {Path(os.path.normpath(metadata.parent / str(row["file_name"]))) for row in rows if withdrawn(row)}


def rights_below(folder: Path, count: int) -> dict[str, int]:
    """How many of the `count` pictures of a folder stand under which rights and licence, as far as it says."""
    rows = [row for path in sorted(folder.rglob(METADATA)) for row in rows_of(path.read_bytes(), path)]
    rows = [row for row in rows if not withdrawn(row)]
    return dict(Counter(standing(row) for row in rows)) if rows else {standing({}): count}


def rights_of_picture(path: Path) -> dict[str, int]:
    """The rights of one picture, from the nearest `metadata.jsonl` beside it or above it, where that names it."""
    above = next((place / METADATA for place in path.parents if (place / METADATA).is_file()), None)
    rows = [] if above is None else rows_of(above.read_bytes(), above)
    row = {} if above is None else by_name(rows).get(path.relative_to(above.parent).as_posix(), {})
    if withdrawn(row):
        raise UserError(f"{path} is marked {withdrawn(row)} in {above}; take another picture")
    return {standing(row): 1}


def standing(facts: Mapping[str, object]) -> str:
    """Rights and licence in one phrase ('open CC0-1.0')."""
    return f"{facts.get('rights') or 'unknown'} {facts.get('license') or 'no licence on record'}"
