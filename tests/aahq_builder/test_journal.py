"""The journal: rows survive a round trip, a failed batch leaves nothing, schemas follow the dataclasses."""

import dataclasses
import sqlite3
from pathlib import Path

import pytest

from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import TABLES, Artwork, Cursor, Face, Score


def artwork(number: int = 1, **values: object) -> Artwork:
    return dataclasses.replace(Artwork(artwork_id=f"met-{number:016x}", source="met"), **values)


FACE = Face(
    face_id="met-1-0",
    artwork_id="met-1",
    detector="dlib",
    landmark_model="dlib-68",
    confidence=0.75,
    landmarks=[[1.5, 2.5]] * 68,
    eye_left=[1.0, 2.0],
    eye_right=[3.0, 2.0],
    mouth_left=[1.0, 4.0],
    mouth_right=[3.0, 4.0],
    quad=[[0.0, 0.0], [0.0, 9.0], [9.0, 9.0], [9.0, 0.0]],
    face_px=9.0,
    pad_fraction=0.0,
)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "aahq.sqlite")


def test_every_record_is_a_table_with_a_column_per_field(journal: Journal) -> None:
    for record in TABLES:
        columns = [row["name"] for row in journal.execute(f"PRAGMA table_info({record.table})")]
        assert columns == [field.name for field in dataclasses.fields(record)]


def test_rows_survive_a_round_trip_with_json_and_nulls(journal: Journal) -> None:
    stored = artwork(rights_evidence={"signal": "licence", "where": ["a", "b"]}, width=7, title='"<script>"')
    journal.insert([stored, FACE])
    assert list(journal.select(Artwork)) == [stored]
    assert list(journal.select(Face)) == [FACE]


def test_a_listing_cursor_keeps_its_truth_value(journal: Journal) -> None:
    journal.insert([Cursor(listing="met", cursor=None, finished=True, updated_at="now")])
    assert next(journal.select(Cursor)).finished is True


def test_a_batch_that_fails_leaves_no_row(journal: Journal) -> None:
    with pytest.raises(sqlite3.IntegrityError), journal.transaction():
        journal.insert([artwork(1), artwork(2), artwork(1)])
    assert journal.count(Artwork) == 0


def test_insert_counts_only_new_rows_when_conflicts_are_ignored(journal: Journal) -> None:
    assert journal.insert([artwork(1)]) == 1
    assert journal.insert([artwork(1), artwork(2)], on_conflict="IGNORE") == 1


def test_update_reaches_rows_with_a_composite_key(journal: Journal) -> None:
    journal.insert(
        [
            Score(face_id="a", name="blur", value=1.0, version="1"),
            Score(face_id="a", name="padding", value=2.0, version="1"),
        ]
    )
    journal.update(Score, ("a", "padding"), value=3.0)
    assert {score.name: score.value for score in journal.select(Score)} == {"blur": 1.0, "padding": 3.0}


def test_a_journal_of_another_schema_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with Journal(tmp_path / "aahq.sqlite") as journal:
        journal.execute("PRAGMA user_version = 99")
    with pytest.raises(UserError, match=r"schema 99.*begin a new work folder"):
        Journal(tmp_path / "aahq.sqlite")


def test_a_journal_of_an_older_program_gains_the_new_columns(tmp_path: Path) -> None:
    with Journal(tmp_path / "aahq.sqlite") as journal:
        journal.insert([artwork(1, title="kept")])
        journal.execute("ALTER TABLE artworks DROP COLUMN width")
    with Journal(tmp_path / "aahq.sqlite") as journal:
        (row,) = journal.select(Artwork)
    assert (row.title, row.width) == ("kept", None)


def test_a_table_becomes_a_data_frame_with_decoded_columns(journal: Journal) -> None:
    journal.insert([FACE])
    frame = journal.table(Face)
    assert frame.loc[0, "quad"] == FACE.quad
    assert frame.loc[0, "confidence"] == 0.75
