"""Croissant metadata, validated and read by MLCommons' own library."""

import io
import json
from pathlib import Path

import mlcroissant
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from aahq_builder.publish.card.columns import COLUMNS
from aahq_builder.publish.formats import parquet
from tests.aahq_builder.publish.card.conftest import Published, publish

# of what mlcroissant reads with: rdflib and pandas
pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index"),
]


def read(folder: Path, record_set: str) -> list[dict[str, object]]:
    """Rows by mlcroissant, with the columns' own names."""
    rows = mlcroissant.Dataset(folder / "croissant.json").records(record_set)
    return [{name.rpartition("/")[2]: value for name, value in row.items()} for row in rows]


@pytest.mark.parametrize("name", ["pixels", "urls"])
def test_mlcroissant_finds_nothing_wrong(published: Published, name: str):
    dataset = mlcroissant.Dataset(getattr(published, name) / "croissant.json")
    assert dataset.metadata.issues.report() == ""
    assert dataset.metadata.version == "1.2.0"
    assert "Nothing is inferred about people" in str(dataset.metadata.personal_sensitive_information)


def test_every_column_is_described_and_no_other():
    assert set(COLUMNS) == set(parquet.features(with_image=False))


def test_the_rows_are_those_of_the_tables(published: Published):
    table = pd.concat(pd.read_parquet(path) for path in sorted(published.pixels.glob("data/pixels/*.parquet")))
    rows = read(published.pixels, "pixels-rows")
    assert len(rows) == len(table)
    for row, (_, expected) in zip(rows, table.iterrows(), strict=True):
        np.testing.assert_array_equal(
            np.asarray(row["image"]), np.asarray(Image.open(io.BytesIO(expected.image["bytes"])))
        )
        assert str(row["face_id"], "utf-8") == expected.face_id  # type: ignore[call-overload]
        assert row["face_px"] == expected.face_px
        np.testing.assert_array_equal(np.stack(row["landmarks"]), np.stack(expected.landmarks))  # type: ignore[call-overload]
    assert len(read(published.urls, "urls-rows")) == len(pd.read_parquet(published.urls / "data" / "urls"))


def test_pictures_of_an_image_folder_are_found_with_their_ids(published: Published, tmp_path: Path):
    folder = publish(published.work, tmp_path / "out", "--content", "pixels", "--format", "imagefolder")
    rows = read(folder, "train-pictures-rows")
    listed = [json.loads(line) for line in (folder / "train" / "metadata.jsonl").read_text().splitlines()]
    names = {line["face_id"] for line in listed}
    assert {str(row["face_id"], "utf-8") for row in rows} == names  # type: ignore[call-overload]
    columns = read(folder, "train-rows")
    assert {str(row["face_id"], "utf-8") for row in columns} == names  # type: ignore[call-overload]


def test_files_are_listed_with_the_hashes_of_the_inventory(published: Published):
    listed = json.loads((published.pixels / "croissant.json").read_text())["distribution"]
    files = {entry["contentUrl"]: entry["sha256"] for entry in listed if entry["@type"] == "cr:FileObject"}
    inventory = json.loads((published.pixels / "release.json").read_text())["files"]
    assert files == {name: sha256 for name, sha256 in inventory.items() if name.endswith((".parquet", ".csv"))}
