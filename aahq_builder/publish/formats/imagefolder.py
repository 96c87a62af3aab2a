"""Image folder: PNG files and `metadata.jsonl`, as `load_dataset` and everybody's file manager read it."""

import json
from collections.abc import Sequence

from aahq_builder.publish.release_files import ReleaseFiles
from aahq_builder.publish.rows import ReleaseRow


def write(files: ReleaseFiles, rows: Sequence[ReleaseRow]) -> None:
    """A folder per split: faces in sub-folders of at most some hundred files each, named by the artwork's hash."""
    for split in sorted({row.split for row in rows if row.pixels}):
        with files.create_text(f"{split}/metadata.jsonl") as lines:
            for row in rows:
                if row.pixels and row.split == split:
                    name = f"{row.face_id.split('-')[-2][:2]}/{row.face_id}.png"
                    files.write(f"{split}/{name}", row.pixels.read_bytes())
                    lines.write(json.dumps({"file_name": name, **row.facts}, ensure_ascii=False) + "\n")
