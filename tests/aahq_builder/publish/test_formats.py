"""Every format is read back by the readers that people have, pixels and columns, nulls first, with hostile titles."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from aahq_builder.cli import COMMANDS
from aahq_builder.journal import Journal
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.formats import aahq, parquet, webdataset
from aahq_builder.publish.release_files import ReleaseFiles
from aahq_builder.publish.rows import select
from aahq_builder.rebuild.published_list import PublishedList
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from blendgan.data.published import zip_pictures
from tests.drawn_build import Portrait, artwork_of, face_of

HOSTILE = (
    "</td>|<script>alert(1)</script>\n# heading",
    "quotes \" ' and \\ and ,;\t\r\nnew lines\u2028\u2029\x85",
    "Zoë 肖像 صورة 🎨 \u202eright to left",
    "__key__.png ../../etc/passwd =cmd|' /C calc'!A0",
    "x" * 5000,
)
NULLABLE = ("title", "artist", "date", "attribution", "license_url", "page_url")
FORMATS = ("parquet", "imagefolder", "webdataset", "stylegan-zip")
Row = Mapping[str, Any]


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One build in all formats; in order of the ids its first six rows have nulls, the others hostile words."""
    root = tmp_path_factory.mktemp("formats")
    workdir = WorkDir(root / "work")
    artworks = [(artwork_of(Portrait(n), workdir), n) for n in range(6 + len(HOSTILE))]
    artworks.sort(key=lambda pair: pair[0].artwork_id)
    with Journal(workdir.database) as journal, journal.transaction():
        for place, (artwork, number) in enumerate(artworks):
            words = None if place < 6 else HOSTILE[place - 6]
            facts = dict.fromkeys(("title", "artist", "date", "attribution"), words)
            if words is None:
                facts |= dict.fromkeys(("license_url", "page_url", "pixel_sha256", "fetched_at"))
            journal.insert([replace(artwork, **facts), face_of(artwork, Portrait(number), workdir)])
    for form in FORMATS:
        flags = ["--work", str(root / "work"), "--content", "pixels", "--split-share", "0.4", "--quiet"]
        flags += ["--format", form, "--to", str(root / form)]
        assert run("aahq-build publish", COMMANDS["publish"], flags) == 0
    flags = ["--work", str(root / "work"), "--format", "aahq", "--to", str(root / "aahq"), "--quiet"]
    assert run("aahq-build publish", COMMANDS["publish"], flags) == 0
    return root


@pytest.fixture(scope="module")
def expected(releases: Path) -> dict[str, dict[str, tuple[dict[str, Any], np.ndarray]]]:
    """Columns and pixels by split and face id, from the journal and the face files."""
    config = PublishConfig(work=releases / "work", content="pixels", split_share=0.4)
    rows: dict[str, dict[str, tuple[dict[str, Any], np.ndarray]]] = {"train": {}, "validation": {}}
    with Journal(WorkDir(releases / "work").database) as journal:
        for row in select(journal, config, releases / "work").rows:
            assert row.pixels is not None
            rows[row.split][row.face_id] = (dict(row.facts), np.asarray(Image.open(row.pixels)))
    assert sum(map(len, rows.values())) == 6 + len(HOSTILE) and all(rows.values())
    return rows


def assert_equal(read: Iterable[tuple[Row, Any]], expected: Mapping[str, tuple[Row, np.ndarray]]) -> None:
    """The very rows, in order, with all their columns and the very pixels."""
    found = list(read)
    assert [row["face_id"] for row, _ in found] == list(expected)
    for row, image in found:
        facts, pixels = expected[row["face_id"]]
        assert {name: row[name] for name in facts} == facts
        if image is not None:
            np.testing.assert_array_equal(np.asarray(image), pixels)


def loaded(folder: Path, name: str, split: str, streaming: bool) -> Iterator[dict[str, Any]]:
    from datasets import load_dataset

    cache = str(folder.parent / "cache")
    return iter(load_dataset(str(folder), name, split=split, streaming=streaming, cache_dir=cache))


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("form", ["parquet", "imagefolder", "webdataset"])
def test_datasets_reads_pixels_and_columns(releases: Path, expected: Any, form: str, streaming: bool):
    for split, rows in expected.items():
        read = loaded(releases / form, "pixels", split, streaming)
        pairs = ((row["json"], row["png"]) if form == "webdataset" else (row, row["image"]) for row in read)
        assert_equal(pairs, rows)


def test_datasets_and_pandas_read_addresses_without_pixels(releases: Path, expected: Any):
    for split, rows in expected.items():
        assert_equal(((row, None) for row in loaded(releases / "parquet", "urls", split, False)), rows)
        (path,) = (releases / "parquet" / "data" / "pixels").glob(f"{split}-*.parquet")
        table = pd.read_parquet(path).astype(object)
        table = table.where(table.notna(), None)
        images = [Image.open(io.BytesIO(image["bytes"])) for image in table["image"]]
        plain = [
            {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in row.items()}
            for row in table.drop(columns="image").to_dict("records")
        ]
        for row in plain:
            row |= {name: [list(point) for point in row[name]] for name in parquet.POINTS}
        assert_equal(zip(plain, images, strict=True), rows)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # webdataset leaves its files open
def test_webdataset_reads_its_shards(releases: Path, expected: Any):
    import webdataset as wds

    for split, rows in expected.items():
        shards = sorted(map(str, (releases / "webdataset" / split).glob("*.tar")))
        samples = wds.WebDataset(shards, shardshuffle=False).decode("rgb8")
        assert_equal(((sample["json"], sample["png"]) for sample in samples), rows)


def test_a_stylegan_zip_is_read_as_its_reader_does(releases: Path, expected: Any):
    for name, split in (("faces.zip", "train"), ("faces-validation.zip", "validation")):
        path = releases / "stylegan-zip" / name
        with zipfile.ZipFile(path) as archive:
            # StyleGAN's ImageFolderDataset: names by extension, sorted; labels of dataset.json
            pictures = sorted(member for member in archive.namelist() if member.endswith(".png"))
            assert json.loads(archive.read("dataset.json")) == {"labels": None}
            lines = [json.loads(line) for line in archive.read("metadata.jsonl").decode().split("\n") if line]
            assert pictures == [line["file_name"] for line in lines]
            images = [Image.open(io.BytesIO(archive.read(picture))) for picture in pictures]
        assert_equal(zip(lines, images, strict=True), expected[split])
        assert [content for _, content, _ in zip_pictures(path)] == [
            (releases / "work" / "faces" / f"{face_id}.png").read_bytes() for face_id in expected[split]
        ]


def test_the_original_lists_schema_is_read_by_its_scripts_and_by_rebuild(releases: Path, expected: Any):
    stated = json.loads((releases / "aahq" / "AAHQ-dataset.json").read_bytes())
    rows = {f"{face_id}.png": facts for split in expected.values() for face_id, (facts, _) in split.items()}
    assert set(stated) == set(rows)
    for name, entry in stated.items():
        points = {point: rows[name][point] for point in ("eye_left", "eye_right", "mouth_left", "mouth_right")}
        assert list(entry)[:3] == ["image_url", "raw_name", "landmarks"]
        assert (entry["image_url"], entry["landmarks"]) == (rows[name]["image_url"], points)
    faces = {face.name: face for face in PublishedList(releases / "aahq" / "AAHQ-dataset.json").faces()}
    for name, face in faces.items():
        np.testing.assert_allclose(face.quad, rows[name]["quad"], atol=0.02)
    assert len(faces) == len(rows)


def test_raw_names_are_the_last_five_parts_and_never_two_pictures():
    names: dict[str, str] = {}
    long = "https://cdn.example/p/assets/images/images/012/345/678/large/a-b.jpg?1600000000"
    assert aahq.raw_name(long, names) == "012_345_678_large_a-b.jpg?1600000000"
    assert aahq.raw_name(long, names) == aahq.raw_name(long, names)
    other = aahq.raw_name(long.replace("cdn.", "other."), names)
    assert other != aahq.raw_name(long, names) and other.endswith("a-b.jpg?1600000000")
    assert aahq.raw_name("https://a.example/x.png", names) == "x.png"
    assert len(aahq.raw_name("https://a.example/" + "é" * 500, names).encode()) < 255


def test_parquet_has_page_indices_and_leaves_png_as_it_is(releases: Path):
    import pyarrow.parquet as pq

    (path,) = (releases / "parquet" / "data" / "pixels").glob("train-*.parquet")
    group = pq.ParquetFile(path).metadata.row_group(0)
    columns = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
    assert all(column.has_offset_index for column in columns.values())
    assert columns["image.bytes"].compression == "UNCOMPRESSED"
    assert columns["title"].compression == "ZSTD" and columns["source"].has_column_index
    assert b"\x89PNG" in path.read_bytes()


@pytest.mark.parametrize("write", [webdataset.write, parquet.write])
def test_shards_keep_order_and_stay_below_their_limit(
    releases: Path, tmp_path: Path, write: Any, monkeypatch: pytest.MonkeyPatch
):
    limit = 150_000 if write is parquet.write else 40_000
    monkeypatch.setattr(parquet, "GROUP_BYTES", 1)  # a row in each group
    with Journal(WorkDir(releases / "work").database) as journal:
        rows = select(journal, PublishConfig(work=releases / "work", content="pixels"), releases / "work").rows
        with ReleaseFiles(tmp_path) as files:
            write(files, rows, limit)
    shards = sorted(tmp_path.rglob("*-of-*"))
    assert len(shards) > 1
    assert max(path.stat().st_size for path in shards) <= limit
    first = [path for path in shards if "urls" not in path.parts]
    assert [path.name[6:20] for path in first] == [f"{n:05}-of-{len(first):05}"[:14] for n in range(len(first))]
    assert sorted(files.hashes) == sorted(path.relative_to(tmp_path).as_posix() for path in shards)
