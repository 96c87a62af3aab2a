"""`rows.csv`: what a release says, a line a row in digests, so that releases of 100,000 rows are compared in seconds.

Every format has it. It holds no words of strangers and no pictures: where a release is corrected, it is written anew.
"""

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aahq_builder.errors import UserError
from aahq_builder.publish.release_files import ReleaseFiles

if TYPE_CHECKING:
    import pandas as pd

    from aahq_builder.publish.rows import ReleaseRow

ROWS = "rows.csv"
DIGITS = 16
PARTS: Mapping[str, tuple[str, ...]] = {
    "credit": ("title", "artist", "date", "attribution", "license_url"),
    "address": ("page_url", "image_url"),
    "geometry": (
        "quad", "landmarks", "eye_left", "eye_right", "mouth_left", "mouth_right", "face_px", "pad_fraction",
    ),
    "evidence": ("rights_evidence",),
}  # fmt: skip
"""Columns of a row by what changes together."""
COLUMNS = ("face_id", "split", "pixels", "license", "rights", "picture", "crop", *PARTS)
"""`pixels`: whether the row comes with them; `picture`, `crop`: hashes of the source's bytes and the crop's pixels."""


class RowDigests:
    """The lines of a release, taken while its rows are read for writing: reading them is what costs."""

    def __init__(self, noted: Callable[[], None]) -> None:
        self.lines: dict[str, tuple[str, ...]] = {}
        self.noted = noted
        """Called for every row when it is read first."""

    def watch(self, row: "ReleaseRow") -> "ReleaseRow":
        """The same row; when its facts are read, its line is taken."""

        def read_facts(face_id: str) -> Mapping[str, Any]:
            facts = row.read_facts(face_id)
            if face_id not in self.lines:
                self.lines[face_id] = line_of(row, facts)
                self.noted()
            return facts

        return replace(row, read_facts=read_facts)

    def write(self, files: ReleaseFiles) -> None:
        """Write `rows.csv`, in order of the ids."""
        with files.create_text(ROWS) as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(COLUMNS)
            lines.writerows([face_id, *line] for face_id, line in sorted(self.lines.items()))


def line_of(row: "ReleaseRow", facts: Mapping[str, Any]) -> tuple[str, ...]:
    """What `COLUMNS` say of a row after its id."""
    plain = (row.split, "yes" if row.pixels else "no", facts["license"], facts["rights"])
    hashes = (facts["sha256"], facts["crop_pixel_sha256"])
    return (*(value or "" for value in (*plain, *hashes)), *(_digest(facts, names) for names in PARTS.values()))


def read_row_digests(folder: Path) -> "pd.DataFrame":
    """The lines of `rows.csv` by their face id, text in every column; `UserError` if it is not one of ours."""
    import pandas as pd

    try:
        table = pd.read_csv(folder / ROWS, dtype=str, keep_default_na=False, encoding="utf-8")
    except FileNotFoundError as error:
        raise UserError(f"{folder} has no {ROWS}: it is no release, or an older version's; publish it again") from error
    except (ValueError, OSError) as error:
        raise UserError(f"{folder / ROWS} cannot be read ({str(error).splitlines()[0]}); publish it again") from error
    if missing := set(COLUMNS) - set(table.columns):
        raise UserError(f"{folder / ROWS} lacks the column '{sorted(missing)[0]}'; publish it again")
    if not table["face_id"].is_unique:
        raise UserError(f"{folder / ROWS} names a face twice; publish it again")
    return table[list(COLUMNS)].set_index("face_id")


def _digest(facts: Mapping[str, Any], names: Iterable[str]) -> str:
    stated = json.dumps([facts[name] for name in names], ensure_ascii=False)
    return hashlib.sha256(stated.encode()).hexdigest()[:DIGITS]
