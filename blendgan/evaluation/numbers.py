"""`evaluation.json`: the numbers for programs, written whole, and read again with care."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_type_hints

from blendgan.errors import UserError
from blendgan.evaluation.reading import MEASURES, Reading

FORMAT = 1
NUMBERS = "evaluation.json"
MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Numbers:
    """What an evaluation found."""

    settings: Mapping[str, Any]
    models: Sequence[Mapping[str, Any]]
    """Of each model its path, size, layers and the hash of its weights."""
    data: Mapping[str, Mapping[str, Any]]
    """Of each set of real pictures the number of files and their hash."""
    readings: Sequence[Reading]


def write(numbers: Numbers, out: Path) -> Path:
    """Write `out/evaluation.json`."""
    facts = {"settings": numbers.settings, "models": numbers.models, "data": numbers.data}
    readings = [asdict(reading) for reading in numbers.readings]
    replace_text(out / NUMBERS, json.dumps({"format": FORMAT, **facts, "readings": readings}, indent=2) + "\n")
    return out / NUMBERS


def read(path: Path) -> Numbers:
    """The numbers of the file, or of that in a folder."""
    path = path / NUMBERS if path.is_dir() else path
    try:
        with path.open("rb") as file:
            stored = json.loads(file.read(MAX_BYTES))
        if stored["format"] != FORMAT:
            raise ValueError(f"format {stored['format']}")
        readings = [_reading(row) for row in stored["readings"]]
        return Numbers(dict(stored["settings"]), [dict(model) for model in stored["models"]], stored["data"], readings)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); give the --out of a blendgan-eval") from error
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise UserError(f"{path} is no evaluation that can be read ({error}); run blendgan-eval again") from error


def _reading(row: Mapping[str, Any]) -> Reading:
    reading = Reading(**row)
    for name, kind in get_type_hints(Reading).items():
        if not isinstance(getattr(reading, name), kind):
            raise TypeError(f"{name} is {getattr(reading, name)!r}")
    if reading.measure not in MEASURES:
        raise ValueError(f"unknown measure {reading.measure!r}")
    return reading


def replace_text(path: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    temporary = path.with_name(f".tmp-{path.name}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
