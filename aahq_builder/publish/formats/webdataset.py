"""WebDataset: tar shards of `<face_id>.png` and `<face_id>.json`, read in one sweep."""

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aahq_builder.publish.formats import parquet
from aahq_builder.publish.formats.shards import shards
from aahq_builder.publish.rows import ReleaseRow

if TYPE_CHECKING:
    from datasets import Features


def features() -> "Features":
    """Column types as the `datasets` library reads the shards; it would guess them from the first five rows."""
    from datasets import Features, Image, Value

    kinds = dict(parquet.features(with_image=False))
    return Features({"__key__": Value("string"), "__url__": Value("string"), "json": kinds, "png": Image()})


def write(folder: Path, rows: Sequence[ReleaseRow]) -> None:
    """One tar per shard, in a folder per split."""
    for name, part in shards([row for row in rows if row.pixels]):
        target = folder / part[0].split
        target.mkdir(parents=True, exist_ok=True)
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
