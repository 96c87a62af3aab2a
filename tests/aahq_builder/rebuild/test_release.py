"""What a release notes beside its rows, believed only as far as it makes sense."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import pytest

from aahq_builder.align.config import CropSettings
from aahq_builder.errors import UserError
from aahq_builder.rebuild.release import ReleaseNotes, locate, read_notes

FAST, SLOW = {"size": 64, "mode": "fast"}, {"size": 128, "mode": "reference", "padding": False}


def write_notes(folder: Path, **stated: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    (folder / "release.json").write_text(json.dumps({"files": files, **stated}))
    return folder


def test_crops_are_cut_as_their_version_was(tmp_path: Path) -> None:
    alignments = [{"align_version": "4-a", **FAST}, {"align_version": "4-b", **SLOW}, {"align_version": "5", "size": 3}]
    notes = read_notes(write_notes(tmp_path, alignments=alignments))
    assert notes.crop_of("4-a") == CropSettings(64)
    assert notes.crop_of("4-b") == CropSettings(128, "reference", False)
    assert notes.crop_of("5") == notes.crop_of(None) == CropSettings(), "of several none can be guessed"
    only = read_notes(write_notes(tmp_path, alignments=alignments[1:2]))
    assert only.crop_of(None) == CropSettings(128, "reference", False)


def test_libraries_of_other_versions_are_named(tmp_path: Path) -> None:
    versions = {"numpy": version("numpy"), "pillow": "1.0", "torch": "0.1"}
    alignments = [{**FAST, "versions": versions}, {**SLOW, "versions": {**versions, "pillow": "2.0"}}]
    notes = read_notes(write_notes(tmp_path, alignments=alignments))
    assert notes.other_libraries() == {"pillow": ("1.0, 2.0", version("pillow"))}, "torch cuts nothing"


def test_copies_follow_what_was_taken_down_and_not_what_is_blurred(tmp_path: Path) -> None:
    hashed = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("met-1-0", "met-2-0", "met-3-0", "f" * 64)}
    (tmp_path / "removed.csv").write_text(
        "face,picture,reason,version\n"
        f"{hashed['met-1-0']},,taken_down,1.1.0\n{hashed['met-2-0']},,blur,1.1.0\n"
        f"{hashed['met-3-0']},{hashed['f' * 64]},opted_out,1.2.0\n"
    )
    notes = read_notes(write_notes(tmp_path))
    assert notes.names_removed("met-1-0") and notes.names_removed("met-3-0", None)
    assert notes.names_removed("another-0", "f" * 64), "the same picture under another name"
    assert not notes.names_removed("met-2-0", "", None)


@pytest.mark.parametrize("alignments", [None, 7, "fast", [7], [{"size": {}}], [{"versions": 3}], {"size": 64}])
def test_nonsense_in_the_notes_is_as_if_nothing_was_said(tmp_path: Path, alignments: object) -> None:
    notes = read_notes(write_notes(tmp_path, alignments=alignments))
    assert notes.crop_of("4-a") == CropSettings()
    assert notes.other_libraries() == {}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": 3}'])
def test_an_inventory_that_is_none_is_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "release.json").write_text(content)
    with pytest.raises(UserError, match=r"release\.json"):
        read_notes(tmp_path)


def test_an_older_release_has_no_notes(tmp_path: Path) -> None:
    assert read_notes(tmp_path) == ReleaseNotes()


@pytest.mark.parametrize("words", ["no/such/file.json", "nowhere", "org/faces@ ", "https://example.org/list.json"])
def test_what_is_neither_here_nor_a_name_on_the_hub_is_one_sentence(tmp_path: Path, words: str) -> None:
    with pytest.raises(UserError, match=r"does not exist; give a published list"):
        locate(words, tmp_path)
