"""What a later run reads from the table of an earlier map."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aahq_builder.errors import UserError
from aahq_builder.tsne.outputs import read_numbers, read_remarks, write_table
from aahq_builder.tsne.shown import MapFace, MapQuality

NEAR = np.array([[1], [0]]), np.array([[0.5], [0.5]])


def face(number: int, cluster: int, distance: float | None) -> MapFace:
    return MapFace(f"met-{number}-0", f"met-{number}", 0, 0, "t", "a", "l", "met", "", b"", cluster, distance)


def test_numbers_and_remarks_are_read_back(tmp_path: Path):
    table = tmp_path / "map.parquet"
    quality = MapQuality(0.9, 0.5, 0.4, None)
    faces = [face(0, 3, 0.5), face(1, -1, None)]
    write_table(table, faces, NEAR, ["said"], quality=quality, numbers_given=8)
    assert read_numbers(table) == ({"met-0-0": 3}, 8)
    assert read_remarks(table) == ["said"]
    distances = pd.read_parquet(table).distance
    assert distances[0] == 0.5 and np.isnan(distances[1])


def test_no_table_or_one_of_an_older_version_has_no_numbers(tmp_path: Path):
    table = tmp_path / "map.parquet"
    assert read_numbers(table) == ({}, 0)
    pd.DataFrame({"face_id": ["met-0-0"]}).to_parquet(table)
    assert read_numbers(table) == ({}, 0)


@pytest.mark.parametrize("kept", [0, 100, -10])
def test_a_damaged_table_is_one_sentence_with_a_remedy(kept: int, tmp_path: Path):
    table = tmp_path / "map.parquet"
    write_table(table, [face(0, 3, 0.5), face(1, -1, None)], NEAR, ["said"])
    table.write_bytes(table.read_bytes()[:kept])
    with pytest.raises(UserError, match=r"map\.parquet is damaged; delete it"):
        read_numbers(table)


def test_a_table_that_does_not_say_how_many_numbers_were_given_is_damaged(tmp_path: Path):
    table = tmp_path / "map.parquet"
    pd.DataFrame({"face_id": ["met-0-0"], "cluster": [1]}).to_parquet(table)
    with pytest.raises(UserError, match="is damaged"):
        read_numbers(table)
