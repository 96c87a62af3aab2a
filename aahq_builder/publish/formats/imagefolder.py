"""Image folder: PNG files and their columns, as `load_dataset` and everybody's file manager read it.

The columns are there twice: `metadata.parquet` states their types, so that a column may be empty for its first thousand
rows; `metadata.jsonl` is for people, and for training with `blendgan`.
"""

import json
from collections.abc import Iterator, Sequence
from typing import IO, Any

from aahq_builder.publish.formats import parquet
from aahq_builder.publish.release_files import ReleaseFiles
from aahq_builder.publish.rows import ReleaseRow


def write(files: ReleaseFiles, rows: Sequence[ReleaseRow]) -> None:
    """A folder per split: faces in sub-folders of at most some hundred files each, named by the artwork's hash."""
    from datasets import Features, Value

    schema = Features({"file_name": Value("string"), **parquet.features(with_image=False)}).arrow_schema
    for split in sorted({row.split for row in rows if row.pixels}):
        part = [row for row in rows if row.pixels and row.split == split]
        with (
            files.create_text(f"{split}/metadata.jsonl") as lines,
            files.create(f"{split}/metadata.parquet") as file,
            parquet.begin(file, schema) as table,
        ):
            for group in parquet.tables(_records(files, part, lines), schema):
                table.write_table(group)
    files.complete()


def _records(files: ReleaseFiles, rows: Sequence[ReleaseRow], lines: IO[str]) -> Iterator[dict[str, Any]]:
    """Copy each picture, write its line, and give its columns."""
    for row in rows:
        assert row.pixels is not None
        name = f"{row.face_id.split('-')[-2][:2]}/{row.face_id}.png"
        files.copy(f"{row.split}/{name}", row.pixels)
        record = {"file_name": name, **row.facts}
        lines.write(json.dumps(record, ensure_ascii=False) + "\n")
        yield record
