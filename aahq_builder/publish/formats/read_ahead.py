"""The pictures of rows in order, the next ones read by a thread while one is written."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from aahq_builder.publish.rows import ReleaseRow

AHEAD = 3


def with_pictures(rows: Iterable[ReleaseRow]) -> Iterator[tuple[ReleaseRow, bytes]]:
    """Rows that have pixels, each with its file's content."""
    begun: deque[tuple[ReleaseRow, Future[bytes]]] = deque()
    with ThreadPoolExecutor(1) as reader:
        for row in rows:
            assert row.pixels is not None
            begun.append((row, reader.submit(row.pixels.read_bytes)))
            if len(begun) > AHEAD:
                first, content = begun.popleft()
                yield first, content.result()
        for first, content in begun:
            yield first, content.result()
