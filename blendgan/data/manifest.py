"""The manifest of a data set: its files' relative names, sizes and hashes, by which the set is known again anywhere.

Contents are hashed once, several files at a time. Size and times of a file only decide whether its content is hashed
again: the time of the last change of its entry in the file system is among them, which no copying tool sets back.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from blendgan.errors import UserError

FORMAT = 1
AT_ONCE = min(16, (os.cpu_count() or 1) + 4)
"""Files that are hashed side by side; disks answer several requests faster than one after the other."""
PORTION = 32
"""Files that a thread takes at once: most need no more than a look at their times."""


@dataclass(frozen=True)
class Entry:
    """One file: its name relative to the set's folder, and what tells whether it is still the same."""

    name: str
    size: int
    modified_ns: int
    changed_ns: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The files of a data set, by name."""

    entries: tuple[Entry, ...] = ()

    def facts(self) -> dict[str, int | str]:
        """Number of files, bytes, and one hash over names, sizes and contents; two sets with the same are the same."""
        digest = hashlib.sha256()
        for entry in self.entries:
            digest.update(f"{entry.name}\0{entry.size}\0{entry.sha256}\n".encode(errors="surrogateescape"))
        size = sum(entry.size for entry in self.entries)
        return {"files": len(self.entries), "bytes": size, "sha256": digest.hexdigest()}


def take(
    source: Path, files: Sequence[Path], known: Manifest, progress: Callable[[], object] = lambda: None
) -> Manifest:
    """The manifest of `files` below the folder `source`, or of the one file `source`, whose name does not count.

    What `known` holds of a file is taken over while size and times are the same. `progress` is called for every file.
    """
    before = {entry.name: entry for entry in known.entries}
    top = len(str(source / "x")) - 1  # cut off as text: to take a hundred thousand paths apart would take seconds
    names = ["" if path == source else str(path)[top:] for path in files]
    entries = []
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            portions = batched(zip(files, names, strict=True))
            for some in pool.map(lambda few: [_entry(path, name, before.get(name)) for path, name in few], portions):
                entries += some
                for _ in some:
                    progress()
    except OSError as error:
        raise UserError(
            f"{error.filename or source} cannot be read ({error.strerror}); mend or remove it, and run this again"
        ) from error
    return Manifest(tuple(sorted(entries, key=lambda entry: entry.name)))


def batched(files: Iterable[tuple[Path, str]]) -> Iterator[list[tuple[Path, str]]]:
    """Paths and names in portions."""
    rest = iter(files)
    while some := list(islice(rest, PORTION)):
        yield some


def load(path: Path) -> Manifest:
    """The manifest stored at `path`; an empty one where there is none that can be read, so all is hashed again."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["format"] != FORMAT:
            return Manifest()
        return Manifest(
            tuple(
                Entry(str(name), int(size), int(modified), int(changed), str(sha256))
                for name, size, modified, changed, sha256 in stored["files"]
            )
        )
    except (OSError, ValueError, TypeError, KeyError):
        return Manifest()


def save(manifest: Manifest, path: Path) -> None:
    """Store `manifest` at `path`, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    rows = [[some.name, some.size, some.modified_ns, some.changed_ns, some.sha256] for some in manifest.entries]
    temporary.write_text(json.dumps({"format": FORMAT, "files": rows}), encoding="utf-8")
    temporary.replace(path)


def _entry(path: Path, name: str, known: Entry | None) -> Entry:
    found = path.stat()
    seen = (found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    if known is not None and seen == (known.size, known.modified_ns, known.changed_ns):
        return known
    with path.open("rb") as file:
        return Entry(name, *seen, hashlib.file_digest(file, "sha256").hexdigest())
