"""Cut a release into files of a size that uploads and downloads well, in one pass over its rows."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO, Generic, Protocol, TypeVar

from aahq_builder.publish.release_files import ReleaseFiles

SHARD_BYTES = 500_000_000


class Closes(Protocol):
    """What writes into a shard and ends it."""

    def close(self) -> None:
        """Write what stands at the end."""


WriterT = TypeVar("WriterT", bound=Closes)


@dataclass(kw_only=True)
class Shards(Generic[WriterT]):
    """Files `PREFIX-00000-of-00002.SUFFIX`; how many there are is only known at the end, when they get their names."""

    files: ReleaseFiles
    prefix: str
    suffix: str
    begin: Callable[[BinaryIO], WriterT]
    limit: int
    stack: ExitStack
    """Holds the open file."""
    names: list[str] = field(default_factory=list)
    file: BinaryIO | None = None
    writer: WriterT | None = None
    at_end: int = 0
    """Bytes that the writer will still write when the file ends."""

    def writer_for(self, size: int, at_end: int = 0) -> WriterT:
        """The writer of the shard in which as many bytes have room, now and at its end; else that of a new one."""
        self.at_end += at_end
        if self.writer is None or self.file is None or self.file.tell() + size + self.at_end > self.limit:
            self.end_shard()
            self.at_end = at_end
            self.names.append(f"{self.prefix}-{len(self.names):05}.part")
            self.file = self.stack.enter_context(self.files.create(self.names[-1]))
            self.writer = self.begin(self.file)
        return self.writer

    def end_shard(self) -> None:
        """Complete the file that is being written."""
        if self.writer is not None:
            self.writer.close()
        self.writer = None
        self.stack.close()

    def finish(self) -> None:
        """Complete the last one and name all."""
        self.end_shard()
        for index, name in enumerate(self.names):
            self.files.rename(name, f"{self.prefix}-{index:05}-of-{len(self.names):05}.{self.suffix}")


@contextmanager
def sharded(
    files: ReleaseFiles,
    prefix: str,
    suffix: str,
    begin: Callable[[BinaryIO], WriterT],
    limit: int = SHARD_BYTES,
) -> Iterator[Shards[WriterT]]:
    """Shards of at most `limit` bytes, named when the block ends well; `begin` starts the writer of one."""
    with ExitStack() as stack:
        shards = Shards(files=files, prefix=prefix, suffix=suffix, begin=begin, limit=limit, stack=stack)
        try:
            yield shards
            shards.finish()
        except BaseException:
            with suppress(Exception):  # the writer must not try again when the file is closed
                shards.end_shard()
            raise
