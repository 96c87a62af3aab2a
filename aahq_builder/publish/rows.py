"""Which kept faces go into a release, and what the release says of each: rights decide, nothing local leaks."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np

from aahq_builder.filter.measuring import version_of
from aahq_builder.journal import Journal
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.splits import TRAIN, Grouping, grouping
from aahq_builder.records import Artwork, Face
from aahq_builder.rights.permissions import read_scope

WORK_COLUMNS = ("artwork_id", "source", "title", "artist", "date", "attribution", "license", "license_url", "rights")
FILE_COLUMNS = ("sha256", "pixel_sha256", "width", "height", "fetched_at", "align_version")
FACE_COLUMNS = (
    "quad", "landmarks", "eye_left", "eye_right", "mouth_left", "mouth_right", "face_px", "pad_fraction",
    "detector", "landmark_model", "confidence",
)  # fmt: skip
STATED_COLUMNS = (*WORK_COLUMNS, *FILE_COLUMNS, "page_url", "image_url", "rights_evidence")
KEPT = "rejected = '' AND path IS NOT NULL"
DECIDING_COLUMNS = ("artwork_id", "source", "status", "license", "rights", "rights_evidence", "image_url")
"""What decides whether a face may be published."""
AGAINST = frozenset({"opt_out", "forbidden", "unread"})
"""Findings that deny a work under every policy."""


@dataclass(frozen=True)
class ReleaseRow:
    """One face as published."""

    face_id: str
    pixels: Path | None
    """The aligned face, if its licence lets it out."""
    read_facts: Callable[[str], Mapping[str, Any]] = field(repr=False, compare=False)
    split: str = TRAIN

    @property
    def artwork_id(self) -> str:
        """The picture that the face is in."""
        return self.face_id.rpartition("-")[0]

    @property
    def facts(self) -> Mapping[str, Any]:
        """The columns, in order. They are read when they are asked for: those of all faces fill gigabytes."""
        return self.read_facts(self.face_id)


@dataclass
class Selection:
    """The release, and which kept faces stay behind."""

    rows: list[ReleaseRow] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    """Why each kept face that is not in it stays behind."""
    grouping: Grouping | None = None
    """Which works belong together, where rows are split."""

    @property
    def left_out(self) -> Counter[str]:
        """How many kept faces stay behind for which reason."""
        return Counter(self.reasons.values())

    @property
    def with_pixels(self) -> list[ReleaseRow]:
        """Rows whose pixels may be published."""
        return [row for row in self.rows if row.pixels]

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits that have rows, `train` first."""
        return tuple(sorted({row.split for row in self.rows})) or (TRAIN,)

    def of_split(self, name: str) -> list[ReleaseRow]:
        """The rows of a split, in order."""
        return [row for row in self.rows if row.split == name]


def select(journal: Journal, config: PublishConfig, root: Path) -> Selection:
    """Go through the kept faces in order of their ids."""
    selection = Selection()

    def read_facts(face_id: str) -> Mapping[str, Any]:
        face = next(journal.select(Face, "face_id = ?", [face_id]))
        work = _work_of(journal, face.artwork_id, STATED_COLUMNS)
        return describe(face, work, config.license, _crop_hash(journal, face, work))

    kept = f"SELECT face_id, artwork_id, path FROM faces WHERE {KEPT} ORDER BY face_id LIMIT ?"
    for face_id, artwork_id, path in journal.execute(kept, [config.limit or -1]):
        work = _work_of(journal, artwork_id, DECIDING_COLUMNS)
        reason = why_not(work, config.include_research)
        pixels = root / path if not reason and _shows_pixels(work, config) else None
        if reason := reason or _lacks(work, pixels, config):
            selection.reasons[face_id] = reason
        else:
            selection.rows.append(ReleaseRow(face_id, pixels, read_facts))
    return _split(journal, selection, config) if config.split_share else selection


def _split(journal: Journal, selection: Selection, config: PublishConfig) -> Selection:
    """The selection with its rows in splits."""
    works = {row.artwork_id for row in selection.rows}
    groups = grouping(journal, works, config.split_share, config.split_seed)
    rows = [replace(row, split=groups.split_of(row.artwork_id)) for row in selection.rows]
    return replace(selection, rows=rows, grouping=groups)


def _crop_hash(journal: Journal, face: Face, work: Artwork) -> str | None:
    """Hash of the aligned face's pixels: as it was cut, else (by an older version) as `filter` has seen it since."""
    if face.crop_pixel_sha256:
        return face.crop_pixel_sha256
    sql = "SELECT pixel_sha256, version FROM fingerprints WHERE face_id = ?"
    pixel_sha256, version = journal.execute(sql, [face.face_id]).fetchone() or (None, None)
    return pixel_sha256 if version == version_of(face.quad, work.align_version) else None


def count_unfiltered(journal: Journal, selection: Selection) -> int:
    """Faces of a release that `filter` has never measured."""
    measured = {face_id for (face_id,) in journal.execute("SELECT face_id FROM scores WHERE name = 'readable'")}
    return sum(row.face_id not in measured for row in selection.rows)


def _work_of(journal: Journal, artwork_id: str, columns: Sequence[str] | None = None) -> Artwork:
    return next(journal.select(Artwork, "artwork_id = ?", [artwork_id], columns=columns))


def _shows_pixels(work: Artwork, config: PublishConfig) -> bool:
    return config.content == "pixels" and may_publish_pixels(work, config.license)


def _lacks(work: Artwork, pixels: Path | None, config: PublishConfig) -> str | None:
    """Formats made of pictures have no place for a row without one, a list of addresses none without an address."""
    if config.format == "aahq" and not web_address(work.image_url):
        return "no_address"
    if pixels is None:
        return None if config.format in ("parquet", "aahq") else "pixels_not_licensed"
    return None if pixels.exists() else "file_missing"


def why_not(work: Artwork, include_research: bool) -> str | None:
    """The reason that keeps a work out of every release, or None."""
    if work.status != "fetched" or work.rights in ("denied", None):
        return "denied_or_removed"
    if not work.rights_evidence:
        return "no_evidence"
    if speaks_against(work.rights_evidence):
        return "opted_out"
    if work.rights == "research":
        return None if include_research else "research"
    if work.rights not in ("open", "permitted"):
        return "rights_unknown"
    return None


def speaks_against(evidence: object) -> bool:
    """Whether a signal on record denies the work, whatever its row says of its rights: an old or a damaged row may err.

    A permission covers a platform's default mark, and nothing else.
    """
    signals = list(_entries(evidence))
    findings = {signal.get("finding") for signal in signals}
    return bool(findings & AGAINST) or ("platform_default" in findings and "permission" not in findings)


def may_publish_pixels(work: Artwork, folder_license: str | None) -> bool:
    """Open licences let pixels out; one's own folder does when its licence is stated; a permission when it says so."""
    if work.rights == "open":
        return work.license is not None
    if work.rights == "permitted" and work.source == "folder":
        return (folder_license or work.license) is not None
    return work.rights == "permitted" and "pixels" in _permitted_scopes(work.rights_evidence)


def describe(
    face: Face, work: Artwork, folder_license: str | None = None, crop_pixel_sha256: str | None = None
) -> dict[str, Any]:
    """The published columns of a face. Nothing in them tells where files lay on this machine."""
    facts: dict[str, Any] = {"face_id": face.face_id}
    facts |= {name: getattr(work, name) for name in WORK_COLUMNS}
    facts["license"] = stated_license(work.source, work.license, folder_license)
    facts |= {"page_url": web_address(work.page_url), "image_url": web_address(work.image_url)}
    facts["rights_evidence"] = json.dumps(without_local_paths(work.rights_evidence), ensure_ascii=False, sort_keys=True)
    facts |= {name: getattr(work, name) for name in FILE_COLUMNS}
    facts |= {name: _floats(getattr(face, name)) for name in FACE_COLUMNS}
    return facts | {"crop_pixel_sha256": crop_pixel_sha256}


def stated_license(source: str, license_: str | None, folder_license: str | None) -> str | None:
    """A work's licence; the publisher states that of their own folder where the work has none."""
    return license_ or (folder_license if source == "folder" else None)


def web_address(url: str | None) -> str | None:
    """An http(s) address without a password; anything else is nobody's business."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return None
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def without_local_paths(evidence: object) -> object:
    """The evidence with every absolute path cut down to its last part."""
    if isinstance(evidence, Mapping):
        return {str(name): without_local_paths(value) for name, value in evidence.items()}
    if isinstance(evidence, (list, tuple)):
        return [without_local_paths(value) for value in evidence]
    if isinstance(evidence, str):
        if evidence.startswith(("/", "~", "file:")):
            return PurePosixPath(evidence).name
        if PureWindowsPath(evidence).is_absolute():
            return PureWindowsPath(evidence).name
    return evidence


def _permitted_scopes(evidence: object) -> set[str]:
    """What written permissions in the evidence cover."""
    permissions = (entry for entry in _entries(evidence) if entry.get("signal") == "permission")
    return {word for entry in permissions for word in read_scope(str(entry.get("scope", "")))}


def _entries(evidence: object) -> Iterator[Mapping[str, object]]:
    """The signals in what a row has stored."""
    entries: Iterable[object] = evidence if isinstance(evidence, list) else [evidence]
    return (entry for entry in entries if isinstance(entry, Mapping))


def _floats(value: object) -> object:
    """Numbers and points as plain floats, whatever the JSON held."""
    return value if isinstance(value, str) or value is None else np.asarray(value, dtype=np.float64).tolist()
