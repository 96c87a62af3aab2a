"""WebDataset: tar shards of `<face_id>.png` and `<face_id>.json`, read in one sweep."""

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

from aahq_builder.publish.formats.shards import shards
from aahq_builder.publish.rows import ReleaseRow


def write(folder: Path, rows: Sequence[ReleaseRow]) -> None:
    """One tar per shard."""
    target = folder / "train"
    target.mkdir(parents=True, exist_ok=True)
    for name, part in shards([row for row in rows if row.pixels]):
        with tarfile.open(target / f"{name}.tar", "w", format=tarfile.PAX_FORMAT) as archive:
            for row in part:
                assert row.pixels is not None
                face_id = row.face_id
                facts = json.dumps(dict(row.facts), ensure_ascii=False, sort_keys=True).encode()
                _add(archive, f"{face_id}.json", facts)
                _add(archive, f"{face_id}.png", row.pixels.read_bytes())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)  # time, owner and group stay zero
    member.size = len(content)
    member.mode = 0o644
    archive.addfile(member, io.BytesIO(content))
