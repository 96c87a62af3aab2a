"""Image folder: PNG files and `metadata.jsonl`, as `load_dataset` and everybody's file manager read it."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from aahq_builder.publish.rows import ReleaseRow


def write(folder: Path, rows: Sequence[ReleaseRow]) -> None:
    """A folder per split: faces in sub-folders of at most some hundred files each, named by the artwork's hash."""
    for split in sorted({row.split for row in rows if row.pixels}):
        (folder / split).mkdir(parents=True, exist_ok=True)
        with (folder / split / "metadata.jsonl").open("w", encoding="utf-8") as lines:
            for row in rows:
                if row.pixels is not None and row.split == split:
                    name = f"{row.face_id.split('-')[-2][:2]}/{row.face_id}.png"
                    target = folder / split / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(row.pixels, target)
                    lines.write(json.dumps({"file_name": name, **row.facts}, ensure_ascii=False) + "\n")
