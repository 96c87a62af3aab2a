"""Opening a folder of pictures for training: a file is decoded once in the life of a run, and by one process only.

What was found is kept in `RUN/data` by content: verdicts, and for sets of at most 256 px the pictures themselves at the
size of training. So the source may be read-only, a killed opening goes on where it was, and one with nothing new reads
the times of the files and a list.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from blendgan.console import Console
from blendgan.data.folder import ImageFolder, judged
from blendgan.data.manifest import Entry, Manifest
from blendgan.data.pixels import area_averaged
from blendgan.data.processes import default_workers, in_processes
from blendgan.data.scaled import MAX_SIZE, Row, Scaled, ScaledFile, bytes_of, stored_rows
from blendgan.data.verdicts import FileVerdict, VerdictFile, Verdicts, load, look
from blendgan.errors import UserError
from blendgan.training.parallel.distributed import World

MANY, MANY_BYTES = 1000, 1 << 25
"""Sets of more files or bytes are decoded by several processes and kept scaled: smaller ones are read in a second."""
PORTION = 16
"""Files that a process decodes at once."""
PORTIONS_BETWEEN_WRITES = 16
Look = tuple[str, FileVerdict, np.ndarray | None]
"""SHA-256 of a file, what is to be said of it, and its pixels at the size of training."""


@dataclass(frozen=True)
class KeptSet:
    """Where a run keeps what it finds in one of its sets of pictures; `writes` is false in a dry run."""

    folder: Path
    name: str
    writes: bool = True

    def verdicts(self) -> list[Path]:
        """The files of all processes."""
        return sorted(self.folder.glob(f"{self.name}.verdicts-*.jsonl"))

    def verdicts_of(self, rank: int) -> Path:
        """The file of one process."""
        return self.folder / f"{self.name}.verdicts-{rank}.jsonl"

    def scaled(self, size: int) -> Path:
        """The folder of the pictures at `size` px."""
        return self.folder / f"{self.name}-{size}px"


@dataclass(frozen=True)
class Known:
    """What is kept of a set: verdicts, and where its pictures lie scaled; no rows where they are not to be scaled."""

    verdicts: Verdicts
    rows: dict[str, Row]
    scale: bool

    def lacks(self, sha256: str, size: int) -> bool:
        """Whether a file has to be decoded."""
        verdict = self.verdicts.get(sha256)
        if verdict is None:
            return True
        return self.scale and sha256 not in self.rows and not verdict.against(size)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One folder, opened by all processes together."""

    root: Path
    size: int
    kept: KeptSet
    world: World
    console: Console

    def pictures(self, files: Manifest) -> ImageFolder:
        """The pictures of the folder; `files` are those that it has."""
        if not self.root.is_dir():
            raise UserError(f"{self.root} is not a folder of pictures; name one that exists")
        known = self.world.from_first(lambda: self.known(files))
        # in the order of `picture_files`, which a run's order of pictures rests on
        entries = sorted(files.entries, key=lambda entry: entry.name.split("/"))
        lacking = {entry.sha256: entry for entry in entries if known.lacks(entry.sha256, self.size)}
        if lacking:
            for verdicts, rows in self.world.from_all(self.decoded(list(lacking.values()), known.scale)):
                known.verdicts.update(verdicts)
                known.rows.update(rows)
        contents = {self.root / entry.name: entry.sha256 for entry in entries}
        reasons = {path: known.verdicts[sha256].against(self.size) for path, sha256 in contents.items()}
        folder = judged(self.root, self.size, reasons)
        if not known.scale:
            return folder
        return replace(folder, scaled=Scaled(self.size, {path: known.rows[contents[path]] for path in folder.paths}))

    def known(self, files: Manifest) -> Known:
        """What earlier openings have left, and whether the pictures are to be kept scaled."""
        rows = stored_rows(self.kept.scaled(self.size), self.size)
        scale = self.kept.writes and self.size <= MAX_SIZE and are_many(files.entries)
        missing = sum(entry.sha256 not in rows for entry in files.entries) * bytes_of(self.size)
        if scale and missing > (free := shutil.disk_usage(existing(self.kept.folder)).free * 9 // 10):
            self.console.warn(
                f"{self.kept.name} would take {missing / 2**30:.1f} GiB at {self.size} px, and there are "
                f"{free / 2**30:.1f} below {self.kept.folder}: pictures are decoded whenever they are seen"
            )
            scale = False
        return Known(load(self.kept.verdicts()), rows if scale else {}, scale)

    def decoded(self, lacking: Sequence[Entry], scale: bool) -> tuple[Verdicts, dict[str, Row]]:
        """Decode this process's share of files; what is found is kept as it comes."""
        portions = [lacking[start : start + PORTION] for start in range(0, len(lacking), PORTION)]
        workers = default_workers() if are_many(lacking) else 0
        looks = in_processes(partial(look_at, self.root, self.size, scale), self.world.mine(portions), workers)
        verdicts: Verdicts = {}
        rows: dict[str, Row] = {}
        with self.keeping(scale) as keep, self.console.progress(len(lacking), "picture") as progress:
            for some in together(looks):
                rows |= keep(some)
                verdicts |= {sha256: verdict for sha256, verdict, _ in some}
                progress.advance(len(some) * self.world.ranks)
        return verdicts, rows

    @contextmanager
    def keeping(self, scale: bool) -> Iterator[Callable[[list[Look]], dict[str, Row]]]:
        """A function that keeps what was found, and tells where the scaled pictures lie."""
        if not self.kept.writes:
            yield lambda looks: {}
            return
        with ExitStack() as opened:
            rank = self.world.rank
            verdicts = opened.enter_context(closing(VerdictFile(self.kept.verdicts_of(rank))))
            scaled = (
                opened.enter_context(closing(ScaledFile(self.kept.scaled(self.size), rank, self.size)))
                if scale
                else None
            )

            def keep(looks: list[Look]) -> dict[str, Row]:
                pictures = {sha256: pixels for sha256, _, pixels in looks if pixels is not None}
                rows = scaled.add(pictures) if scaled else {}
                verdicts.add({sha256: verdict for sha256, verdict, _ in looks})
                return rows

            yield keep


def are_many(entries: Sequence[Entry]) -> bool:
    """Whether it is worth to begin processes, and to keep pictures scaled."""
    return len(entries) > MANY or sum(entry.size for entry in entries) > MANY_BYTES


def existing(folder: Path) -> Path:
    """The folder, or the one that it will be made in."""
    return next(some for some in (folder, *folder.absolute().parents) if some.exists())


def look_at(root: Path, size: int, scale: bool, entries: Sequence[Entry]) -> list[Look]:
    """Decode some files."""
    looks: list[Look] = []
    for entry in entries:
        verdict, pixels = look(root / entry.name)
        keeps = scale and pixels is not None and not verdict.against(size)
        looks.append(
            (entry.sha256, verdict, area_averaged(pixels, size, size) if keeps and pixels is not None else None)
        )
    return looks


def together(looks: Iterator[list[Look]]) -> Iterator[list[Look]]:
    """Several portions as one, since every write waits for the disk."""
    gathered: list[Look] = []
    for number, some in enumerate(looks, 1):
        gathered += some
        if number % PORTIONS_BETWEEN_WRITES == 0:
            yield gathered
            gathered = []
    if gathered:
        yield gathered
