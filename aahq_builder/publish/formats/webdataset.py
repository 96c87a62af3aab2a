"""WebDataset: tar shards of `<face_id>.png` and `<face_id>.json`, read in one sweep."""

import io
import json
import tarfile
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from aahq_builder.publish.formats import parquet
from aahq_builder.publish.formats.read_ahead import with_pictures
from aahq_builder.publish.formats.shards import SHARD_BYTES, sharded
from aahq_builder.publish.release_files import ReleaseFiles
from aahq_builder.publish.rows import ReleaseRow

if TYPE_CHECKING:
    from datasets import Features

BLOCK, RECORD = tarfile.BLOCKSIZE, tarfile.RECORDSIZE


def features() -> "Features":
    """Column types as the `datasets` library reads the shards; it would guess them from the first five rows."""
    from datasets import Features, Image, Value

    kinds = dict(parquet.features(with_image=False))
    return Features({"__key__": Value("string"), "__url__": Value("string"), "json": kinds, "png": Image()})


def write(files: ReleaseFiles, rows: Sequence[ReleaseRow], limit: int = SHARD_BYTES) -> None:
    """Tars in a folder per split."""
    # a member is written at once: in its usual pieces of 16 kB it would be copied twice
    begin = partial(tarfile.TarFile, mode="w", format=tarfile.PAX_FORMAT, copybufsize=SHARD_BYTES)
    for split in sorted({row.split for row in rows if row.pixels}):
        with sharded(files, f"{split}/{split}", "tar", lambda file: begin(fileobj=file), limit - RECORD) as shards:
            for row, picture in with_pictures(row for row in rows if row.pixels and row.split == split):
                facts = json.dumps(dict(row.facts), ensure_ascii=False, sort_keys=True).encode()
                members = {f"{row.face_id}.json": facts, f"{row.face_id}.png": picture}
                archive = shards.writer_for(sum(map(_size, members.values())))
                for name, content in members.items():
                    _add(archive, name, content)


def _size(content: bytes) -> int:
    """What a member takes: its header and its content in whole blocks."""
    return BLOCK + -(-len(content) // BLOCK) * BLOCK


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)  # time, owner and group stay zero
    member.size = len(content)
    member.mode = 0o644
    archive.addfile(member, io.BytesIO(content))
