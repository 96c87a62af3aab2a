"""Tombstones refuse for ever, tell nothing, and are never void in silence."""

import dataclasses
from pathlib import Path

import pytest

from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Tombstone
from aahq_builder.rights.tombstones import KEY_FILE, Tombstones, names_of
from aahq_builder.workdir import WorkDir

WORK = Artwork(
    artwork_id="met-0123456789abcdef",
    source="met",
    source_id="7",
    artist="Jane Doe (British, 1950-2020)",
    page_url="https://example.org/works/7",
    candidates=[{"url": "https://images.example.org/7-large.jpg"}],
)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(WorkDir(tmp_path).database)


def refuse(root: Path, journal: Journal, *values: tuple[str, str]) -> Tombstones:
    Tombstones.load(root, journal).refuse(journal, values, "asked")
    return Tombstones.load(root, journal)


@pytest.mark.parametrize(
    "value",
    [
        ("artist", "jane doe"),
        ("source_id", WORK.artwork_id),
        ("source_id", "met\0007"),
        ("page", "example.org/works/7"),
        ("page", "https://example.org/works/7"),
        ("page", "images.example.org/7-large.jpg"),
    ],
)
def test_a_work_is_refused_by_any_of_its_names(tmp_path: Path, journal: Journal, value: tuple[str, str]) -> None:
    assert refuse(tmp_path, journal, value).covers(names_of(WORK)) == value[0]


def test_other_works_are_not_refused(tmp_path: Path, journal: Journal) -> None:
    tombstones = refuse(tmp_path, journal, ("artist", "john roe"), ("page", "example.org/works"))
    assert tombstones.covers(names_of(WORK)) is None


def test_a_tombstone_holds_no_name(tmp_path: Path, journal: Journal) -> None:
    refuse(tmp_path, journal, ("artist", "jane doe"))
    assert "jane" not in repr([dataclasses.astuple(row) for row in journal.select(Tombstone)])


def test_the_key_is_written_whole_and_for_its_owner_alone(tmp_path: Path, journal: Journal) -> None:
    Tombstones.load(tmp_path, journal)
    assert len((tmp_path / KEY_FILE).read_bytes()) == 32
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("key", "words"), [(b"", "missing or empty"), (b"half", "damaged"), (b"x" * 32, "not the key")]
)
def test_tombstones_with_another_key_are_never_taken_for_void(
    tmp_path: Path, journal: Journal, key: bytes, words: str
) -> None:
    refuse(tmp_path, journal, ("artist", "jane doe"))
    (tmp_path / KEY_FILE).write_bytes(key)
    with pytest.raises(UserError, match=words):
        Tombstones.load(tmp_path, journal)
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(UserError, match="missing"):
        Tombstones.load(tmp_path, journal)


def test_an_empty_key_that_nothing_rests_on_is_made_anew(tmp_path: Path, journal: Journal) -> None:
    (tmp_path / KEY_FILE).touch()
    assert len(Tombstones.load(tmp_path, journal).key) == 32
