"""`removed.csv`: which faces of earlier releases are gone and why, for everybody who holds a copy.

A line names its face and its picture by hashes only: who has them finds them, nobody else learns what was taken down,
and nothing says who asked. Faces that came back leave the list.
"""

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from aahq_builder.errors import ErrorKind
from aahq_builder.journal import Journal
from aahq_builder.publish.release_files import ReleaseFiles
from aahq_builder.records import Artwork, Face

REMOVED = "removed.csv"
REASONS = {
    ErrorKind.TOMBSTONE: "taken_down",
    ErrorKind.OPT_OUT: "opted_out",
    ErrorKind.HTTP_404: "gone_at_source",
    ErrorKind.HTTP_410: "gone_at_source",
}
"""Why a work was removed; all other causes are `rights_withdrawn`."""


@dataclass(frozen=True)
class RemovedFace:
    """A line of the list."""

    face: str
    """SHA-256 of the face's id."""
    picture: str
    """SHA-256 of the column `sha256` (its hex digits) that the row had; empty if it had none."""
    reason: str
    version: str
    """Of the first release without the face; empty where it has none."""


def hashed(value: str) -> str:
    """How the list names a face id, or the hash of a picture."""
    return hashlib.sha256(value.encode()).hexdigest() if value else ""


def read_removed(folder: Path) -> list[RemovedFace]:
    """The list of a release; empty where it has none."""
    if not (folder / REMOVED).is_file():
        return []
    with (folder / REMOVED).open(encoding="utf-8", newline="") as file:
        names = [field.name for field in fields(RemovedFace)]
        return [RemovedFace(*(line.get(name) or "" for name in names)) for line in csv.DictReader(file)]


def write_removed(files: ReleaseFiles, removed: Iterable[RemovedFace]) -> None:
    """Write the list, in order of its hashes."""
    with files.create_text(REMOVED) as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow([field.name for field in fields(RemovedFace)])
        lines.writerows(astuple(line) for line in sorted(removed, key=lambda line: line.face))


def carried(earlier: Iterable[RemovedFace], gone: Sequence[RemovedFace], present: Iterable[str]) -> list[RemovedFace]:
    """The list of a new release: what was gone and what has gone since, without what is there (face ids)."""
    listed = {line.face: line for line in [*earlier, *gone]}
    for face_id in present:
        listed.pop(hashed(face_id), None)
    return list(listed.values())


def why_gone(journal: Journal, face_id: str, left_out: Mapping[str, str]) -> str:
    """Why a face that was released is not any more, in one word of a closed list.

    `left_out` has the reasons of kept faces that this release leaves out.
    """
    columns = ("artwork_id", "source", "status", "error")
    artwork_id = face_id.rpartition("-")[0]
    work = next(journal.select(Artwork, "artwork_id = ?", [artwork_id], columns=columns), None)
    if work is not None and work.status == "removed":
        return REASONS.get(ErrorKind(work.error), "rights_withdrawn") if work.error else "rights_withdrawn"
    face = next(journal.select(Face, "face_id = ?", [face_id]), None)
    if work is None or face is None:
        return "not_in_this_build"
    return face.rejected or left_out.get(face_id, "beyond_the_limit")
