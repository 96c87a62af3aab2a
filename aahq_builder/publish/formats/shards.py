"""Cut a release into files of a size that uploads and downloads well."""

from collections.abc import Iterator, Sequence

from aahq_builder.publish.rows import ReleaseRow

SHARD_BYTES = 500_000_000


def shards(rows: Sequence[ReleaseRow], limit: int = SHARD_BYTES) -> Iterator[tuple[str, Sequence[ReleaseRow]]]:
    """Name stems (`train-00000-of-00002`) and the rows that belong there, in order, split by split."""
    for split in sorted({row.split for row in rows}):
        yield from _shards_of(split, [row for row in rows if row.split == split], limit)


def _shards_of(split: str, rows: Sequence[ReleaseRow], limit: int) -> Iterator[tuple[str, Sequence[ReleaseRow]]]:
    parts: list[list[ReleaseRow]] = [[]]
    size = 0
    for row in rows:
        row_bytes = row.pixels.stat().st_size if row.pixels else 0
        if parts[-1] and size + row_bytes > limit:
            parts.append([])
            size = 0
        parts[-1].append(row)
        size += row_bytes
    for index, part in enumerate(parts):
        yield f"{split}-{index:05}-of-{len(parts):05}", part
