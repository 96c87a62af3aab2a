"""The journal: rows survive a round trip, a failed batch leaves nothing, schemas follow the dataclasses."""

import dataclasses
import sqlite3
from pathlib import Path

import pytest

from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import TABLES, Artwork, Cursor, Face, Score
from tests.full_disk import files_of_at_most


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


def test_reading_changes_nothing_and_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    with Journal(tmp_path / "aahq.sqlite") as writer:
        writer.insert([artwork(1)])
        writer.execute("BEGIN IMMEDIATE")
        writer.insert([artwork(2)])
        with Journal(tmp_path / "aahq.sqlite", read_only=True) as reader:
            assert [row.artwork_id for row in reader.select(Artwork)] == [artwork(1).artwork_id]
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                reader.insert([artwork(3)])
        writer.execute("COMMIT")


def test_a_reader_of_an_older_programs_journal_adds_the_new_columns(tmp_path: Path) -> None:
    with Journal(tmp_path / "aahq.sqlite") as journal:
        journal.insert([artwork(1)])
        journal.execute("ALTER TABLE artworks DROP COLUMN width")
        journal.execute("DROP TABLE removals")
    with Journal(tmp_path / "aahq.sqlite", read_only=True) as journal:
        assert next(journal.select(Artwork)) == artwork(1)


def test_a_snapshot_sees_one_state_whatever_others_commit(tmp_path: Path) -> None:
    with Journal(tmp_path / "aahq.sqlite") as writer, Journal(tmp_path / "aahq.sqlite", read_only=True) as reader:
        writer.insert([artwork(1)])
        with reader.snapshot():
            assert reader.count(Artwork) == 1
            writer.insert([artwork(2)])
            assert reader.count(Artwork) == 1
        assert reader.count(Artwork) == 2


def test_only_the_columns_asked_for_are_read(journal: Journal) -> None:
    journal.insert([artwork(1, title="a", tags=["b"])])
    (row,) = journal.select(Artwork, columns=("artwork_id", "source", "tags"))
    assert (row.tags, row.title) == (["b"], None)


def test_a_removed_artwork_is_never_updated_again(journal: Journal) -> None:
    journal.insert([artwork(1, status="removed")])
    journal.update(Artwork, artwork(1).artwork_id, status="fetched", title="back")
    assert next(journal.select(Artwork)) == artwork(1, status="removed")


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "aahq.sqlite") as other:
        other.execute("CREATE TABLE artworks (name TEXT)")
    other.close()
    with pytest.raises(UserError, match="database of another program"):
        Journal(tmp_path / "aahq.sqlite")


@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_no_database_is_one_sentence(tmp_path: Path, read_only: bool) -> None:
    (tmp_path / "aahq.sqlite").write_bytes(b"no database " * 100)
    with pytest.raises(UserError, match=r"aahq\.sqlite is no database; give"):
        Journal(tmp_path / "aahq.sqlite", read_only=read_only)


def test_a_full_disk_is_one_sentence_and_keeps_what_was_committed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"aahq\.sqlite cannot"), Journal(tmp_path / "aahq.sqlite") as journal:
        journal.insert([artwork(1)])
        with files_of_at_most(400_000), journal.transaction():
            journal.insert(artwork(number, title="x" * 1000) for number in range(2, 3000))
    with Journal(tmp_path / "aahq.sqlite") as journal:
        assert journal.count(Artwork) == 1


def test_a_database_that_stays_locked_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aahq_builder.journal.BUSY_TIMEOUT_S", 0.1)
    with Journal(tmp_path / "aahq.sqlite") as first:
        first.execute("BEGIN IMMEDIATE")
        with pytest.raises(UserError, match="another program"), Journal(tmp_path / "aahq.sqlite") as second:
            second.update(Artwork, "x", title="y")


def test_our_own_mistakes_in_sql_keep_their_traceback(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError), Journal(tmp_path / "aahq.sqlite") as journal:
        journal.execute("SELECT nothing FROM nowhere")
