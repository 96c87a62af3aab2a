"""Written permissions: a CSV of who allowed what, when, and where the letter lies.

Columns: `artist`, `page` (one of the two may be empty; `page` is an address in which `*` stands for anything),
`scope` (what was allowed: `training`, or `training, pixels`), `date` (ISO), `evidence` (a file, relative to the CSV).
"""

import csv
import datetime
import re
from dataclasses import dataclass
from pathlib import Path

from aahq_builder.errors import UserError
from aahq_builder.rights.makers import normalised_artist
from aahq_builder.rights.wildcards import matches

COLUMNS = ("artist", "page", "scope", "date", "evidence")
SCOPES = frozenset({"training", "pixels"})
"""All that a permission can allow: to collect works and train on them; to publish the pixels of their faces, too.

A closed list, because free words cannot be judged: "training only, no pixels" names both.
"""


@dataclass(frozen=True)
class Permission:
    """One row of the file."""

    artist: str
    page: str
    scope: str
    date: str
    evidence: str

    def covers(self, artist: str | None, page_url: str | None) -> bool:
        """Whether it speaks of this artist or page; where it names both, both must fit."""
        fits_artist = not self.artist or normalised_artist(self.artist) == normalised_artist(artist or "")
        fits_page = not self.page or matches(f"{self.page}$", page_url or "")
        return fits_artist and fits_page


def read_scope(scope: str) -> frozenset[str]:
    """The parts of a scope, as `training, pixels` names them; none if any word of it is not in `SCOPES`."""
    words = frozenset(word for word in re.split(r"[\s,;+]+", scope.casefold()) if word)
    return words if words <= SCOPES else frozenset()


def read_permissions(path: Path | None) -> tuple[Permission, ...]:
    """Read and check a permission file; `UserError` names the line that does not hold."""
    if path is None:
        return ()
    if not path.is_file():
        raise UserError(f"--permissions {path} is no file; give a CSV with the columns {', '.join(COLUMNS)}")
    with path.open(newline="", encoding="utf-8") as lines:
        reader = csv.DictReader(lines)
        missing = set(COLUMNS) - set(reader.fieldnames or ())
        if missing:
            raise UserError(f"--permissions {path} lacks the column '{sorted(missing)[0]}'")
        rows = [{name: (row[name] or "").strip() for name in COLUMNS} for row in reader]
    return tuple(_checked(path, number, row) for number, row in enumerate(rows, start=2))


def _checked(path: Path, number: int, row: dict[str, str]) -> Permission:
    where = f"--permissions {path} line {number}"
    if not (row["artist"] or row["page"].strip("*")):
        raise UserError(f"{where} names neither an artist nor a page")
    if not read_scope(row["scope"]):
        raise UserError(f"{where}: scope '{row['scope']}' is neither 'training' nor 'training, pixels'")
    try:
        datetime.date.fromisoformat(row["date"])
    except ValueError as error:
        raise UserError(f"{where}: date '{row['date']}' is not like 2026-01-31") from error
    if not row["evidence"] or not (path.parent / row["evidence"]).is_file():
        raise UserError(f"{where}: evidence file '{row['evidence']}' does not exist beside the CSV")
    return Permission(**row)
