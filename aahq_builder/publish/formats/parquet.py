"""Parquet: `data/urls/` holds every row; with pixels, `data/pixels/` holds rows and embedded PNG bytes."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from aahq_builder.publish.formats.read_ahead import with_pictures
from aahq_builder.publish.formats.shards import SHARD_BYTES, sharded
from aahq_builder.publish.release_files import ReleaseFiles
from aahq_builder.publish.rows import ReleaseRow
from aahq_builder.publish.splits import TRAIN

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import Features

ROWS_PER_GROUP, ROWS_WITH_IMAGE, GROUP_BYTES = 1_000, 100, 32_000_000
"""Small row groups let the Hub's viewer and streaming readers fetch a few pictures at a time."""
FOOTER_BYTES, FOOTER_BYTES_PER_GROUP = 50_000, 20_000
"""Room for what stands at the end of a file: the columns, and of each group sizes, offsets and statistics."""
SUMMED_UP = ("face_id", "source", "rights", "width", "height", "face_px", "pad_fraction", "confidence")
"""Columns with statistics: those whose values are short, and that readers select by."""
TEXT = (
    "face_id", "artwork_id", "source", "title", "artist", "date", "attribution", "license", "license_url", "rights",
    "page_url", "image_url", "rights_evidence", "sha256", "pixel_sha256",
)  # fmt: skip
POINTS = ("quad", "landmarks")
POINT = ("eye_left", "eye_right", "mouth_left", "mouth_right")
IMAGE_BYTES = "image.bytes"


def write(files: ReleaseFiles, rows: Sequence[ReleaseRow], limit: int = SHARD_BYTES) -> None:
    """All rows, then those with pixels once more with them."""
    write_urls(files, rows, limit)
    for split in sorted({row.split for row in rows if row.pixels}):
        part = [row for row in rows if row.pixels and row.split == split]
        _write_files(files, f"data/pixels/{split}", part, limit, with_image=True)


def write_urls(files: ReleaseFiles, rows: Sequence[ReleaseRow], limit: int = SHARD_BYTES) -> None:
    """All rows without pixels."""
    for split in sorted({row.split for row in rows} or {TRAIN}):
        part = [row for row in rows if row.split == split]
        _write_files(files, f"data/urls/{split}", part, limit, with_image=False)


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


def begin(file: BinaryIO, schema: "pa.Schema") -> "pq.ParquetWriter":
    """A writer whose pages are indexed, so that a reader fetches those it needs; PNG is not compressed twice."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    leaves = pq.ParquetFile(_empty(schema)).schema
    names = [leaves.column(index).path for index in range(len(leaves))]
    small = [name for name in names if name != IMAGE_BYTES]
    return pq.ParquetWriter(
        pa.PythonFile(file, "w"),
        schema,
        compression={name: "zstd" if name in small else "none" for name in names},
        use_dictionary=small,
        write_statistics=[name for name in names if name in SUMMED_UP],
        write_page_index=True,
    )


def tables(records: Iterable[dict[str, Any]], schema: "pa.Schema", most: int = ROWS_PER_GROUP) -> Iterator["pa.Table"]:
    """Records as they are written together: at most `most`, and at most `GROUP_BYTES` of pictures and words."""
    import pyarrow as pa

    group: list[dict[str, Any]] = []
    size = 0
    for record in records:
        added = _size(record)
        if group and (len(group) == most or size + added > GROUP_BYTES):
            yield pa.Table.from_pylist(group, schema=schema)
            group, size = [], 0
        group.append(record)
        size += added
    if group:
        yield pa.Table.from_pylist(group, schema=schema)


def _write_files(files: ReleaseFiles, prefix: str, rows: Sequence[ReleaseRow], limit: int, *, with_image: bool) -> None:
    schema = features(with_image).arrow_schema
    records = map(_record_with_image, with_pictures(rows)) if with_image else (dict(row.facts) for row in rows)
    most = ROWS_WITH_IMAGE if with_image else ROWS_PER_GROUP
    with sharded(files, prefix, "parquet", lambda file: begin(file, schema), limit - FOOTER_BYTES) as shards:
        shards.writer_for(0)  # a file without rows still tells the columns
        for table in tables(records, schema, most):
            shards.writer_for(table.nbytes, FOOTER_BYTES_PER_GROUP).write_table(table)


def _empty(schema: "pa.Schema") -> io.BytesIO:
    """A file without rows: it tells how Parquet names the leaves of nested columns."""
    import pyarrow.parquet as pq

    content = io.BytesIO()
    pq.write_table(schema.empty_table(), content)
    content.seek(0)
    return content


def _record_with_image(shown: tuple[ReleaseRow, bytes]) -> dict[str, Any]:
    row, picture = shown
    return {"image": {"bytes": picture, "path": f"{row.face_id}.png"}, **row.facts}


def _size(record: dict[str, Any]) -> int:
    """Bytes of what may be large in a record; how long a text is, strangers decide."""
    texts = sum(len(value) for value in record.values() if isinstance(value, str))
    return texts + len(record["image"]["bytes"]) if "image" in record else texts
