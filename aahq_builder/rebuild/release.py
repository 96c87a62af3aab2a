"""A release as a stranger has it: found in a folder or fetched from the Hub, verified, and read for what it notes.

`release.json` names every file with its hash, and how and with which libraries the crops were cut; `removed.csv` names
by hashes what the release no longer holds, and why. Both are untrusted like the list itself.
"""

import csv
import hashlib
import importlib.metadata
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aahq_builder.align.config import CropSettings
from aahq_builder.errors import UserError
from aahq_builder.web.hub import HubPlace, client, fetch_file, refusals_named
from blendgan.data.metadata import RELEASE

INVENTORY, REMOVED = RELEASE, "removed.csv"
LIST_FILES = re.compile(r"data/urls/[\w.-]+\.parquet|(train|validation)/metadata\.parquet|AAHQ-dataset[\w.-]*\.json")
"""What a rebuild needs of a release, beside its notes."""
FORMATS = "a release of --format parquet, imagefolder or aahq does"
LIBRARIES = ("aahq-blendgan", "numpy", "opencv-python", "pillow", "scipy", "simplejpeg")
"""They shape a crop's pixels."""
HONOURED = frozenset({"taken_down", "opted_out", "rights_withdrawn"})
"""Reasons for which a copy must go, too; others, as blur, are matters of taste."""
MOST_FIELD_CHARACTERS = 100_000


@dataclass(frozen=True)
class ReleaseNotes:
    """What a release says beside its rows."""

    crops: Mapping[str, CropSettings] = field(default_factory=dict)
    """How its crops were cut, by `align_version`."""
    libraries: Mapping[str, str] = field(default_factory=dict)
    """Versions of the libraries that cut them, joined where several did."""
    removed: frozenset[str] = frozenset()
    """Hashes of the ids of faces, and of the hashes of pictures, that nobody should hold any longer."""

    def crop_of(self, align_version: str | None) -> CropSettings:
        """How the crops of this version were cut; the only ones that there are if it names none."""
        if align_version and align_version in self.crops:
            return self.crops[align_version]
        return next(iter(self.crops.values())) if len(self.crops) == 1 else CropSettings()

    def other_libraries(self) -> dict[str, tuple[str, str]]:
        """Libraries that are here in another version than the release was cut with: theirs, ours."""
        here = {name: _installed(name) for name in self.libraries}
        return {name: (theirs, here[name]) for name, theirs in self.libraries.items() if theirs != here[name]}

    def names_removed(self, *values: str | None) -> bool:
        """Whether the release says of one of these face ids or picture hashes that it must go."""
        return any(hashlib.sha256(value.encode()).hexdigest() in self.removed for value in values if value)


def locate(words: str, cache: Path) -> tuple[Path, str]:
    """The file or folder that `words` name, fetched into `cache` if it is on the Hub, and where it came from."""
    if Path(words).exists():
        return Path(words), ""
    place = HubPlace.named(words)
    if place is None:
        raise UserError(f"{words} does not exist; give a published list, a release's folder, or ORG/NAME on the Hub")
    return fetch(place, cache)


def fetch(place: HubPlace, cache: Path) -> tuple[Path, str]:
    """Fetch the list and the notes of a release on the Hub; what is there already is not fetched again."""
    api, repo_id, revision = client(), place.repo_id, place.revision
    with refusals_named(repo_id, revision):
        commit = api.repo_info(repo_id, repo_type="dataset", revision=revision).sha
        folder = cache / f"{repo_id.replace('/', '--')}@{commit}"

        there = HubPlace(repo_id, commit)
        fetch_file(api, there, INVENTORY, folder)
        files = stated_files(folder)
        wanted = [name for name in files if LIST_FILES.fullmatch(name) or name == REMOVED]
        if not any(LIST_FILES.fullmatch(name) for name in wanted):
            raise UserError(f"{repo_id} holds no list of addresses; {FORMATS}")
        for name in wanted:
            fetch_file(api, there, name, folder)
    return folder, f"{repo_id}@{commit}"


def list_files(folder: Path) -> list[Path]:
    """The files of a release's folder, or of any with Parquet files, that list its faces."""
    urls = folder / "data" / "urls"
    return sorted((urls if urls.is_dir() else folder).rglob("*.parquet")) or sorted(folder.glob("AAHQ-dataset*.json"))


def read_notes(path: Path) -> ReleaseNotes:
    """The notes of a release, after its list was verified; a lone file or an older release has none."""
    if not (path / INVENTORY).is_file():
        return ReleaseNotes()
    files = stated_files(path)
    _verify(path, files, [*list_files(path), *([path / REMOVED] if REMOVED in files else [])])
    inventory = _read_inventory(path)
    stated = inventory.get("alignments")
    alignments = [each for each in stated if isinstance(each, dict)] if isinstance(stated, list) else []
    settings = {str(each.get("align_version")): CropSettings.of_json(each) for each in alignments}
    removed = frozenset(_read_removed(path / REMOVED)) if REMOVED in files else frozenset()
    return ReleaseNotes({name: crop for name, crop in settings.items() if crop}, _libraries(alignments), removed)


def stated_files(folder: Path) -> dict[str, str]:
    """SHA-256 of each file that `release.json` names."""
    files = _read_inventory(folder).get("files")
    if not isinstance(files, dict):
        raise UserError(f"{folder / INVENTORY} names no files; it is not of a release of ours")
    return {str(name): str(digest) for name, digest in files.items()}


def _libraries(alignments: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    stated = [versions for each in alignments if isinstance(versions := each.get("versions"), dict)]
    found = {name: sorted({str(versions[name]) for versions in stated if name in versions}) for name in LIBRARIES}
    return {name: ", ".join(versions) for name, versions in found.items() if versions}


def _read_inventory(folder: Path) -> dict[str, Any]:
    try:
        inventory = json.loads((folder / INVENTORY).read_bytes())
    except ValueError as error:
        raise UserError(f"{folder / INVENTORY} is no JSON ({error})") from error
    return inventory if isinstance(inventory, dict) else {}


def _verify(folder: Path, files: Mapping[str, str], paths: Iterable[Path]) -> None:
    """Every file of the list must be the one that the release was published with."""
    for path in paths:
        name = path.relative_to(folder).as_posix()
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if files.get(name) != found:
            raise UserError(f"{path} is not the file that {INVENTORY} names; fetch the release again")


def _read_removed(path: Path) -> Iterable[str]:
    """The hashes in `removed.csv` whose reason makes copies go; a picture goes with all its faces."""
    csv.field_size_limit(MOST_FIELD_CHARACTERS)
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        try:
            for row in csv.DictReader(lines):
                if row.get("reason") in HONOURED:
                    yield from filter(None, (row.get("face"), row.get("picture")))
        except csv.Error as error:
            raise UserError(f"{path} is no CSV ({error})") from error


def _installed(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
