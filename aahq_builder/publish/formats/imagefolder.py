"""Image folder: PNG files and `metadata.jsonl`, as `load_dataset` and everybody's file manager read it."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from aahq_builder.publish.rows import ReleaseRow


def write(folder: Path, rows: Sequence[ReleaseRow]) -> None:
    """Faces in sub-folders of at most some hundred files each, named by the artwork's hash."""
    lines = []
    for row in rows:
        if row.pixels is None:
            continue
        face_id = str(row.facts["face_id"])
        name = f"{face_id.split('-')[-2][:2]}/{face_id}.png"
        target = folder / "train" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(row.pixels, target)
        lines.append(json.dumps({"file_name": name, **row.facts}, ensure_ascii=False) + "\n")
    (folder / "train").mkdir(parents=True, exist_ok=True)
    (folder / "train" / "metadata.jsonl").write_text("".join(lines), encoding="utf-8")
