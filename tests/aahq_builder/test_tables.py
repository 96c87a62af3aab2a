"""Looking at a build: DataFrames, printed tables and counts that add up."""

import dataclasses
import json
from pathlib import Path

import pytest

import aahq_builder
from aahq_builder import status, tables
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork
from blendgan.console import Console
from tests.aahq_builder.test_journal import FACE, artwork


@pytest.fixture
def work(tmp_path: Path) -> Path:
    with Journal(tmp_path / "aahq.sqlite") as journal:
        journal.insert([artwork(1, status="fetched", faces_found=1), artwork(2, status="fetched", faces_found=0)])
        journal.insert([artwork(3, status="fetched"), artwork(4, status="failed", error="http_404"), FACE])
    return tmp_path


def test_open_gives_each_table_as_a_data_frame(work: Path) -> None:
    build = aahq_builder.open(work)
    assert list(build.artworks["status"]) == ["fetched", "fetched", "fetched", "failed"]
    assert build.faces.loc[0, "quad"] == FACE.quad
    assert len(build.reviews) == 0


def test_json_lines_hold_every_column_with_nulls_and_nested_json(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables.run(tables.TableConfig(work=work, name="faces", format="jsonl"), Console())
    row = json.loads(capsys.readouterr().out)
    assert row["quad"] == FACE.quad
    assert row["path"] is None
    assert list(row) == [field.name for field in dataclasses.fields(FACE)]


def test_an_unknown_table_is_refused_with_the_names_there_are(work: Path) -> None:
    with pytest.raises(UserError, match="there are artworks, faces"):
        tables.run(tables.TableConfig(work=work, name="face"), Console())


def test_status_counts_add_up(work: Path) -> None:
    with Journal(work / "aahq.sqlite") as journal:
        counts = status.count(journal)
        assert sum(counts["artworks"].values()) == journal.count(Artwork) == 4
    assert sum(counts["fetched"].values()) == counts["artworks"]["fetched"] == 3
    assert counts["fetched"] == {"with_face": 1, "no_face": 1, "unreadable": 0, "not_aligned_yet": 1}
    assert counts["faces"] == {"kept": 1}
    assert counts["errors"] == {"http_404": 1}
