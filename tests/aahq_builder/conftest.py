"""A running test server, the crawl as a command, and what a build holds afterwards."""

import hashlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from aahq_builder.cli import ABOUT, COMMANDS
from aahq_builder.crawl.config import CrawlConfig
from aahq_builder.crawl.stage import run as crawl
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork
from aahq_builder.testserver.config import TestserverConfig
from aahq_builder.testserver.gallery import open_gallery
from aahq_builder.testserver.server import Server, serving
from aahq_builder.workdir import WorkDir
from blendgan.command import main
from blendgan.console import Console
from tests.aahq_builder.on_the_hub import hub_here

__all__ = ["hub_here"]
Serve = Callable[..., Server]
TIMES = ("when", "fetched_at", "read_at", "updated_at")


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(folder, faults=("404",), …)` gives a running server."""
    with ExitStack() as stack:

        def start(path: Path, port: int = 0, **settings: object) -> Server:
            config = TestserverConfig(path=path, port=port, **settings)  # type: ignore[arg-type]
            return stack.enter_context(serving(open_gallery(config), port))

        yield start


def build_command(*words: object) -> list[str]:
    return [sys.executable, "-m", "aahq_builder", *map(str, words)]


def aahq_build(*words: object, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in this process, which spares the start of a program."""
    argv = ["aahq-build", *map(str, words)]
    said, complained = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(complained):
        patch.setattr(sys, "argv", argv)  # noted in the journal
        code = main("aahq-build", COMMANDS, ABOUT)
    assert code == expect, complained.getvalue()
    return subprocess.CompletedProcess(argv, code, said.getvalue(), complained.getvalue())


def kill_after(amount: float, progress: Callable[[], int], *words: object) -> None:
    """Start the command as a program and kill it once its `progress` has grown by an amount."""
    begun = progress()
    with subprocess.Popen(
        build_command(*words), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None and progress() - begun < amount:
            time.sleep(0.005)
        process.kill()


def crawl_here(source: str, url: str, work: Path, **settings: object) -> None:
    """Crawl in this process, which spares the start of a program; `url` is html's listing, else the endpoint."""
    where = {"url": url} if source == "html" else {"endpoint": url}
    config = CrawlConfig(sources=(source,), work=work, **{**where, **FAST, **settings})  # type: ignore[arg-type]
    crawl(config, Console(verbosity=-1))


FAST: dict[str, object] = {"workers": 2, "rate": 0, "retry_pause_s": 0.01, "timeout_s": 5}
"""Settings for a server on this machine."""


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def artworks(work: Path) -> dict[str, Artwork]:
    """The rows of a build by `source_id`."""
    with Journal(WorkDir(work).database) as journal:
        return {row.source_id or "": row for row in journal.select(Artwork)}


def contents(work: Path) -> tuple[list[object], dict[str, str]]:
    """All rows without the times in them, and all originals with their hashes: what two equal crawls share."""
    rows = [_without_times(vars(row)) for row in artworks(work).values()]
    rows.sort(key=lambda row: str(row["artwork_id"]))  # type: ignore[index]
    originals = work / "originals"
    files = {
        path.relative_to(work).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(originals.rglob("*"))
        if path.is_file() and not path.name.startswith(".tmp-")
    }
    return rows, files


def _without_times(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_times(inner) for name, inner in value.items() if name not in TIMES}
    if isinstance(value, (list, tuple)):
        return [_without_times(inner) for inner in value]
    return value


def image_requests(server: Server) -> list[str]:
    """The paths of all pictures asked for, in order."""
    paths = [str(entry["path"]) for entry in server.log.entries]
    return [path for path in paths if "/images/" in path or path.startswith("/iiif/")]


def last_line(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    assert isinstance(answer, dict)
    return answer
