"""Parquet: `data/urls/` holds every row; with pixels, `data/pixels/` holds rows and embedded PNG bytes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aahq_builder.publish.formats.shards import shards
from aahq_builder.publish.rows import ReleaseRow
from aahq_builder.publish.splits import TRAIN

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Features

ROWS_PER_GROUP = 100
"""Small row groups let the Hub's viewer and streaming readers fetch a few pictures at a time."""
TEXT = (
    "face_id", "artwork_id", "source", "title", "artist", "date", "attribution", "license", "license_url", "rights",
    "page_url", "image_url", "rights_evidence", "sha256", "pixel_sha256",
)  # fmt: skip
POINTS = ("quad", "landmarks")
POINT = ("eye_left", "eye_right", "mouth_left", "mouth_right")


def write(folder: Path, rows: Sequence[ReleaseRow]) -> None:
    """All rows, then those with pixels once more with them."""
    write_urls(folder, rows)
    for name, part in shards([row for row in rows if row.pixels]):
        _write_file(folder / "data" / "pixels" / f"{name}.parquet", part, with_image=True)


def write_urls(folder: Path, rows: Sequence[ReleaseRow]) -> None:
    """All rows without pixels."""
    for split in sorted({row.split for row in rows} or {TRAIN}):
        part = [row for row in rows if row.split == split]
        _write_file(folder / "data" / "urls" / f"{split}-00000-of-00001.parquet", part, with_image=False)


def features(with_image: bool) -> "Features":
    """Column types as the `datasets` library names them."""
    from datasets import Features, Image, List, Value

    kinds: dict[str, Any] = {name: Value("string") for name in TEXT}
    kinds |= {"width": Value("int32"), "height": Value("int32"), "fetched_at": Value("string")}
    kinds |= {"align_version": Value("string")}
    kinds |= {name: List(List(Value("float64"))) for name in POINTS}
    kinds |= {name: List(Value("float64")) for name in POINT}
    kinds |= {"face_px": Value("float64"), "pad_fraction": Value("float64")}
    kinds |= {"detector": Value("string"), "landmark_model": Value("string"), "confidence": Value("float64")}
    kinds |= {"crop_pixel_sha256": Value("string")}
    return Features({"image": Image()} | kinds if with_image else kinds)


def _write_file(path: Path, rows: Sequence[ReleaseRow], with_image: bool) -> None:
    import pyarrow.parquet as pq

    schema = features(with_image).arrow_schema
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _groups(rows, schema, with_image):
            writer.write_table(group)


def _groups(rows: Sequence[ReleaseRow], schema: "pa.Schema", with_image: bool) -> Iterator["pa.Table"]:
    import pyarrow as pa

    size = ROWS_PER_GROUP if with_image else 10_000
    for start in range(0, len(rows), size):
        yield pa.Table.from_pylist([_record(row, with_image) for row in rows[start : start + size]], schema=schema)


def _record(row: ReleaseRow, with_image: bool) -> dict[str, Any]:
    if not with_image:
        return dict(row.facts)
    assert row.pixels is not None
    return {"image": {"bytes": row.pixels.read_bytes(), "path": f"{row.face_id}.png"}, **row.facts}
