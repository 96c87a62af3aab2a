"""Parquet: `data/urls/` holds every row; with pixels, `data/pixels/` holds rows and embedded PNG bytes."""

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from aahq_builder.publish.formats.shards import SHARD_BYTES, sharded
from aahq_builder.publish.release_files import ReleaseFiles
from aahq_builder.publish.rows import ReleaseRow
from aahq_builder.publish.splits import TRAIN

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import Features

ROWS_PER_GROUP, GROUP_BYTES = 100, 32_000_000
"""Small row groups let the Hub's viewer and streaming readers fetch a few pictures at a time."""
FOOTER_BYTES = 5_000_000
"""Room for what stands at the end of a file: statistics and offsets of its groups."""
TEXT = (
    "face_id", "artwork_id", "source", "title", "artist", "date", "attribution", "license", "license_url", "rights",
    "page_url", "image_url", "rights_evidence", "sha256", "pixel_sha256",
)  # fmt: skip
POINTS = ("quad", "landmarks")
POINT = ("eye_left", "eye_right", "mouth_left", "mouth_right")
IMAGE_BYTES = "image.bytes"


def write(files: ReleaseFiles, rows: Sequence[ReleaseRow]) -> None:
    """All rows, then those with pixels once more with them."""
    write_urls(files, rows)
    for split in sorted({row.split for row in rows if row.pixels}):
        part = [row for row in rows if row.pixels and row.split == split]
        _write_files(files, f"data/pixels/{split}", part, with_image=True)


def write_urls(files: ReleaseFiles, rows: Sequence[ReleaseRow]) -> None:
    """All rows without pixels."""
    for split in sorted({row.split for row in rows} or {TRAIN}):
        part = [row for row in rows if row.split == split]
        _write_files(files, f"data/urls/{split}", part, with_image=False)


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


def _write_files(
    files: ReleaseFiles, prefix: str, rows: Sequence[ReleaseRow], with_image: bool, limit: int = SHARD_BYTES
) -> None:
    import pyarrow as pa

    schema = features(with_image).arrow_schema
    with sharded(files, prefix, "parquet", lambda file: _begin(file, schema), limit - FOOTER_BYTES) as shards:
        shards.writer_for(0)  # a file without rows still tells the columns
        for group in _groups(rows, with_image):
            table = pa.Table.from_pylist(group, schema=schema)
            shards.writer_for(table.nbytes).write_table(table)


def _begin(file: BinaryIO, schema: "pa.Schema") -> "pq.ParquetWriter":
    """Pages are indexed, so that a reader fetches those it needs; PNG is not compressed twice, nor summed up."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = pq.ParquetFile(_empty(schema)).schema
    names = [columns.column(index).path for index in range(len(columns))]
    small = [name for name in names if name != IMAGE_BYTES]
    return pq.ParquetWriter(
        pa.PythonFile(file, "w"),
        schema,
        compression={name: "zstd" if name in small else "none" for name in names},
        use_dictionary=small,
        write_statistics=small,
        write_page_index=True,
    )


def _empty(schema: "pa.Schema") -> io.BytesIO:
    """A file without rows: it tells how Parquet names the leaves of nested columns."""
    import pyarrow.parquet as pq

    content = io.BytesIO()
    pq.write_table(schema.empty_table(), content)
    content.seek(0)
    return content


def _groups(rows: Sequence[ReleaseRow], with_image: bool) -> Iterator[list[dict[str, Any]]]:
    """Rows as they are written together."""
    group: list[dict[str, Any]] = []
    size, most = 0, ROWS_PER_GROUP if with_image else 10_000
    for row in rows:
        record, added = _record(row, with_image)
        if group and (len(group) == most or size + added > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(record)
        size += added
    if group:
        yield group


def _record(row: ReleaseRow, with_image: bool) -> tuple[dict[str, Any], int]:
    """The columns of a row, and how many bytes its picture has."""
    if not with_image:
        return dict(row.facts), 0
    assert row.pixels is not None
    content = row.pixels.read_bytes()
    return {"image": {"bytes": content, "path": f"{row.face_id}.png"}, **row.facts}, len(content)
