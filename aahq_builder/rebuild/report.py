"""`rebuild-report.json`: what became of every entry of a list: same, different, moved, missing, and why."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from aahq_builder.build import Build
from aahq_builder.errors import ErrorKind
from aahq_builder.journal import Journal
from aahq_builder.rebuild.published_list import ListedFace, PublishedList, UnusableEntryError
from aahq_builder.records import Artwork, Face
from aahq_builder.rights.addresses import normalised_address
from aahq_builder.rights.rules import signals_of
from aahq_builder.workdir import write_atomic

REPORT = "rebuild-report.json"
COLUMNS = ("artwork_id", "source", "status", "error", "error_detail", "align_version", "image_url", "rights_evidence")


@dataclass
class Outcomes:
    """Every entry has one outcome: rebuilt, or missing for a cause."""

    causes: Counter[str] = field(default_factory=Counter)
    crops: Counter[str] = field(default_factory=Counter)
    """Of the rebuilt: `same` pixels as published, `different`, or `unchecked` where the list states no hash."""
    missing: list[dict[str, object]] = field(default_factory=list)
    moved: list[dict[str, object]] = field(default_factory=list)
    """Rebuilt from an address that the listed one led to."""
    different: list[str] = field(default_factory=list)

    def take(self, journal: Journal, published: PublishedList, face_id: str, face: ListedFace) -> None:
        """Look up what became of an entry that can be used."""
        artwork_id = face.artwork_id
        row = next(journal.select(Artwork, "artwork_id = ?", [artwork_id], columns=COLUMNS), None)
        made = next(journal.select(Face, "face_id = ?", [face_id]), None)
        if made is None or published.has_removed(face):
            is_gone = published.has_removed(face)
            cause = str(ErrorKind.TOMBSTONE) if is_gone else _cause(row)
            detail = "the release has removed it" if is_gone else (row and row.error_detail) or ""
            self.miss(face.name, face.image_url, cause, detail)
            return
        self.causes["rebuilt"] += 1
        expected = face.facts.get("crop_pixel_sha256")
        verdict = "unchecked" if not expected else "same" if made.crop_pixel_sha256 == expected else "different"
        self.crops[verdict] += 1
        if verdict == "different":
            self.different.append(face.name)
        address = _answered_at(row) if row else ""
        if address and normalised_address(address) != normalised_address(face.image_url):
            self.moved.append({"name": face.name, "image_url": face.image_url, "now_at": address})

    def miss(self, name: str, url: str | None, cause: str, detail: str) -> None:
        """Note an entry that is not there."""
        self.causes[cause] += 1
        self.missing.append({"name": name, "image_url": url, "cause": cause, "detail": detail})


def write_report(build: Build, published: PublishedList) -> Outcomes:
    """Count every entry of the list under its outcome, and write down those that are not as published."""
    outcomes = Outcomes()
    for name, face_id, entry in published.numbered():
        if isinstance(entry, UnusableEntryError):
            outcomes.miss(name, None, "unusable_entry", str(entry))
        else:
            outcomes.take(build.journal, published, face_id, entry)
    build.counts.update(outcomes.causes)
    content: dict[str, object] = {
        "list": published.origin or published.path.name,
        "entries": outcomes.causes.total(),
        "causes": dict(outcomes.causes.most_common()),
        "crops": dict(outcomes.crops),
        "other_libraries": {
            name: {"release": theirs, "here": ours}
            for name, (theirs, ours) in published.notes.other_libraries().items()
        },
        "missing": outcomes.missing,
        "moved": outcomes.moved,
        "different": outcomes.different,
    }
    write_atomic(build.workdir.root / REPORT, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    return outcomes


def in_words(outcomes: Outcomes, others: Mapping[str, tuple[str, str]]) -> list[str]:
    """What a person should know beside the counts."""
    sentences = []
    if outcomes.moved:
        sentences.append(f"{len(outcomes.moved)} were found at another address, as {REPORT} says")
    checked = outcomes.crops["same"] + outcomes.crops["different"]
    if checked:
        sentences.append(f"{outcomes.crops['same']} of {checked} crops are equal to the published ones, pixel by pixel")
    if outcomes.crops["different"]:
        versions = ", ".join(f"{name} {theirs} (here {ours})" for name, (theirs, ours) in others.items())
        why = f"the release was cut with {versions}" if versions else "the size, the mode or the release's rows differ"
        sentences.append(f"{outcomes.crops['different']} differ: {why}")
    return sentences


def _cause(row: Artwork | None) -> str:
    if row is None or row.status == "found":
        return "not_fetched_yet"
    if row.status == "removed":
        return "removed"
    return row.error or ("unusable_entry" if row.align_version else str(ErrorKind.WORKER_CRASH))


def _answered_at(row: Artwork) -> str:
    """The address that has given the picture, after all redirects; empty if nobody noted it."""
    return next((signal.where for signal in signals_of(row) if signal.signal == "image_headers"), "")
