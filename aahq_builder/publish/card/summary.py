"""What a card counts: rows by licence and source, the models that took part, and how many each stage left."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aahq_builder.align.models import TERMS
from aahq_builder.journal import Journal
from aahq_builder.publish.licenses import LicenseTerms, license_facts
from aahq_builder.publish.rows import Selection, stated_license
from aahq_builder.records import Artwork, Face
from blendgan.counting import Count, in_order, ranked

JUDGES = {"hog": "dlib", "mmod": "mmod", "fan": "fan", "blazeface": "blazeface", "yunet": "yunet"}
"""Which detector gave a score of this name."""
NO_LICENSE = "none recorded"
MOST_LINES = 20
"""So many lines of a list are shown: what strangers wrote as a licence must not make the page endless."""


@dataclass(frozen=True)
class SummedRow:
    """What the card sums up of a row of the release."""

    face_id: str
    detector: str
    landmark_model: str
    face_px: float
    artwork_id: str
    source: str
    artist: str | None
    date: str | None
    license: str | None
    rights: str
    fetched_at: str | None
    has_pixels: bool


@dataclass(frozen=True)
class ModelLine:
    """One row of the table of models."""

    name: str
    part: str
    """What it did, for how many faces."""
    terms: str


@dataclass(frozen=True)
class LicenseLine:
    """One row of the licence table."""

    identifier: str
    facts: LicenseTerms
    rows: int
    pixels: int

    @property
    def is_stated(self) -> bool:
        """Whether these rows have a licence at all."""
        return self.identifier != NO_LICENSE


def read_rows(journal: Journal, selection: Selection, folder_license: str | None) -> list[SummedRow]:
    """The rows of the release, in its order, without what fills gigabytes."""
    shown = {row.face_id: row.pixels is not None for row in selection.rows}
    names = [field.name for field in dataclasses.fields(SummedRow) if field.name != "has_pixels"]
    sql = f"SELECT {', '.join(names)} FROM faces JOIN artworks USING (artwork_id) ORDER BY face_id"
    rows = []
    for values in journal.execute(sql):
        facts = dict(zip(names, values, strict=True))
        if facts["face_id"] in shown:
            facts["license"] = stated_license(facts["source"], facts["license"], folder_license)
            rows.append(SummedRow(**facts, has_pixels=shown[facts["face_id"]]))
    return rows


def license_lines(rows: Iterable[SummedRow]) -> list[LicenseLine]:
    """Licences of the release, most frequent first."""
    counted: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for row in rows:
        identifier = row.license or NO_LICENSE
        counted[identifier] += 1
        shown[identifier] += row.has_pixels
    return [LicenseLine(name, license_facts(name), count, shown[name]) for name, count in in_order(counted)]


def model_lines(journal: Journal, rows: Sequence[SummedRow]) -> list[ModelLine]:
    """Every model that found, placed or judged a face of the release, and under what terms it may be used."""
    faces = {row.face_id for row in rows}
    parts: dict[str, list[str]] = {}
    for names, did in (
        (ranked(row.detector for row in rows), "found"),
        (ranked(row.landmark_model for row in rows), "landmarks of"),
    ):
        for name, count in names:
            parts.setdefault(name, []).append(f"{did} {count}")
    marks = ", ".join("?" * len(JUDGES))
    judged = journal.execute(f"SELECT name, face_id FROM scores WHERE name IN ({marks})", list(JUDGES))
    for name, count in ranked(JUDGES[score] for score, face_id in judged if face_id in faces):
        parts.setdefault(name, []).append(f"asked about {count}")
    return [ModelLine(name, ", ".join(did), TERMS.get(name, "not known here")) for name, did in parts.items()]


def funnel(journal: Journal) -> list[Count]:
    """How many were left after each stage."""
    return [
        ("artworks found", journal.count(Artwork)),
        ("artworks fetched", journal.count(Artwork, "status = 'fetched'")),
        ("artworks with a face", journal.count(Artwork, "status = 'fetched' AND faces_found > 0")),
        ("faces found", journal.count(Face)),
        ("faces kept", journal.count(Face, "rejected = '' AND path IS NOT NULL")),
    ]


def reasons(journal: Journal) -> tuple[list[Count], list[Count]]:
    """Why artworks were not fetched, and why faces were rejected; most frequent first."""
    works = "SELECT coalesce(error, 'unknown') FROM artworks WHERE status IN ('failed', 'denied', 'removed')"
    faces = "SELECT rejected FROM faces WHERE rejected != ''"
    return ranked(name for (name,) in journal.execute(works)), ranked(name for (name,) in journal.execute(faces))


def shortened(counts: Sequence[Count], most: int = MOST_LINES) -> list[Count]:
    """At most `most` lines; the last one adds up the rest."""
    if len(counts) <= most:
        return list(counts)
    rest = counts[most - 1 :]
    return [*counts[: most - 1], (f"{len(rest)} others", sum(count for _, count in rest))]
