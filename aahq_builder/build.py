"""An open build: the work folder, its journal, the console, and the row in `runs` that tells what was run."""

import dataclasses
import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import shlex
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from aahq_builder.config import BuildConfig
from aahq_builder.journal import Journal
from aahq_builder.lock import hold
from aahq_builder.records import Place, Run
from aahq_builder.workdir import WorkDir
from blendgan.console import Console

VERSIONED_PACKAGES = ("aahq-blendgan", "numpy", "scipy", "pillow", "opencv-python", "simplejpeg", "dlib-bin", "torch")


@dataclass
class Build:
    """What a stage works on."""

    workdir: WorkDir
    journal: Journal
    console: Console
    counts: Counter[str] = field(default_factory=Counter)
    run: Run | None = None
    """The note on what is being run; a dry run has none."""

    def note(self, **facts: object) -> None:
        """Add to the note on this run what its settings have come to."""
        assert self.run is not None, "a dry run is not noted"
        self.run = dataclasses.replace(self.run, config={**cast(Mapping[str, object], self.run.config), **facts})
        self.journal.update(Run, self.run.run_id, config=self.run.config)

    def remember_place(self, kind: str, address: str | Path) -> None:
        """Note a place outside of the work folder where files of this build lie, so that a removal reaches them."""
        absolute = address if "://" in str(address) else Path(address).absolute()
        self.journal.insert([Place(kind=kind, address=str(absolute))], "IGNORE")

    def places(self, kind: str) -> list[str]:
        """Addresses of all such places, in order."""
        return [place.address for place in self.journal.select(Place, "kind = ? ORDER BY address", [kind])]

    def finish(self, done: str, total: int, unit: str, **facts: object) -> None:
        """Print the last line of a stage; every item that came in must have exactly one outcome.

        `facts` are for machines: what was counted beside the items.
        """
        assert sum(self.counts.values()) == total, f"{total} {unit}s in, outcomes {dict(self.counts)}"
        outcomes = ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()))
        self.console.result(
            f"{done} {total} {unit}s: {outcomes or 'nothing to do'}", total=total, **self.counts, **facts
        )


@contextmanager
def open_build(config: BuildConfig, console: Console, *, create: bool = False) -> Iterator[Build]:
    """Open the build of `config.work` for a command and note the run; only a crawl may `create` one.

    Waits until no other command is in the way. A dry run changes nothing, waits for nobody, and is not noted.
    """
    workdir = WorkDir(config.work) if create else WorkDir(config.work).existing()
    if config.dry_run:
        with Journal(workdir.database, read_only=True) as journal:
            yield Build(workdir, journal, console)
        return
    command = f"aahq-build {type(config).__name__.removesuffix('Config').lower()}"
    with hold(workdir.root, config.claim, command, console.warn), Journal(workdir.database) as journal:
        run = _begin_run(config, command)
        build = Build(workdir, journal, console, run=run)
        with journal.transaction():
            journal.insert([run])
        try:
            yield build
        finally:
            journal.update(Run, run.run_id, counts=dict(build.counts), ended=now())


def now() -> str:
    """The time as rows store it: UTC, ISO 8601, seconds."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def config_hash(**settings: object) -> str:
    """Eight hex digits that change when a setting that shapes results changes."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:8]


def _begin_run(config: BuildConfig, command: str) -> Run:
    started = datetime.datetime.now(datetime.UTC)
    words = [Path(sys.argv[0]).name, *map(_without_machine_path, sys.argv[1:])]
    settings = dataclasses.asdict(config)
    return Run(
        run_id=f"{started:%Y%m%dT%H%M%S.%f}-{os.getpid()}",
        command=f"{command} [removed]" if config.unnoted else shlex.join(words),
        config={name: _plain(value) for name, value in settings.items() if name not in config.unnoted},
        versions=_versions(),
        started=started.isoformat(timespec="seconds"),
    )


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return _without_machine_path(str(value))
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _without_machine_path(word: str) -> str:
    """An absolute path tells about the machine, not about the build: only its last part is kept."""
    return Path(word).name if Path(word).is_absolute() else word


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in VERSIONED_PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "absent"
    return versions
