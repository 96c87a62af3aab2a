"""A list of faces as a file: one id a line, or the CSV that the style map exports, with its column `face_id`."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from aahq_builder.errors import UserError
from aahq_builder.rights.matching import FACE_ID

COLUMN = "face_id"
MOST_BYTES = 64 << 20
WANTED = f"give one face id a line, or a CSV with a column {COLUMN}"


def read_face_list(path: Path) -> list[str]:
    """Each id once, in the order of the file; `UserError` names the line that holds none."""
    if not path.is_file():
        raise UserError(f"--faces {path} is no file; {WANTED}")
    if path.stat().st_size > MOST_BYTES:
        raise UserError(f"--faces {path} is larger than {MOST_BYTES >> 20} MB; {WANTED}")
    with path.open("rb") as content:
        face_ids = list(dict.fromkeys(_ids(path, content)))
    if not face_ids:
        raise UserError(f"--faces {path} names no face; {WANTED}")
    return face_ids


def _ids(path: Path, content: Iterable[bytes]) -> Iterator[str]:
    """A plain list is a table of one column without a heading."""
    rows = csv.reader(_texts(path, content), strict=True)
    place, is_first = 0, True
    try:
        for cells in rows:
            if is_first and COLUMN in cells:
                place = cells.index(COLUMN)
            elif any(cells):
                face_id = cells[place].strip() if place < len(cells) else ""
                if not FACE_ID.fullmatch(face_id):
                    raise UserError(f"--faces {path} line {rows.line_num}: {face_id[:60]!r} is no face id; {WANTED}")
                yield face_id
            is_first = False
    except csv.Error as error:
        raise UserError(f"--faces {path} line {rows.line_num} cannot be read ({error}); {WANTED}") from error


def _texts(path: Path, content: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(content, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise UserError(f"--faces {path} line {number} is not UTF-8 text; {WANTED}") from error
