"""Each pair of commands at once on a build that the stages have made: both do their work, or one says why not.

The commands run in processes that are forked from one in which the libraries are loaded, so that a pair costs little.
"""

import itertools
import json
import multiprocessing
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Barrier

import pandas as pd
import pytest
import torch
from PIL import Image

import blendgan
from aahq_builder.cli import COMMANDS
from aahq_builder.testserver import config as testserver
from aahq_builder.testserver.gallery import open_gallery
from aahq_builder.testserver.server import serving
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from tests.aahq_builder.gallery_pictures import write_credits
from tests.drawn_faces import draw_portrait
from tests.traces import traces, words

QUICK = ("--rate", "0", "--retry-pause-s", "0.01", "--timeout-s", "20", "--workers", "2")
ARTISTS = ("Jane Doe", "John Roe", "Mary Moe", "John Roe", "Mary Moe")
CRAWLED, MEASURED, ALIGNED = 4, 2, 3
"""Works, of five, that each stage has seen when a pair begins: all of them have something left to do."""
LOADED_LATE = ("openTSNE", "sklearn.decomposition", "sklearn.neighbors")
STAGES = ("crawl", "rebuild", "align", "filter", "review", "tsne", "publish", "refresh", "takedown")
READERS = ("status", "table", "audit")
PAIRS = [*itertools.combinations_with_replacement(STAGES, 2), *itertools.product(STAGES, READERS)]
CHEAP = {"crawl", "filter", "review", "publish", "refresh", "takedown", *READERS}
"""Commands that take less than a second; the pairs of the others are for the campaigns, but for some."""
ALWAYS = {
    ("crawl", "align"),
    ("rebuild", "filter"),
    ("align", "filter"),
    ("align", "takedown"),
    ("rebuild", "takedown"),
    ("review", "tsne"),
    ("tsne", "takedown"),
}
PATIENCE_S = 300
FORKED = multiprocessing.get_context("forkserver")
WITHOUT_OWNER = """
SELECT count(*) FROM faces WHERE artwork_id NOT IN (SELECT artwork_id FROM artworks WHERE status = 'fetched')
UNION ALL SELECT count(*) FROM scores WHERE face_id NOT IN (SELECT face_id FROM faces)
UNION ALL SELECT count(*) FROM fingerprints WHERE face_id NOT IN (SELECT face_id FROM faces)
UNION ALL SELECT count(*) FROM map_points WHERE face_id NOT IN (SELECT face_id FROM faces)
UNION ALL SELECT count(*) FROM removals
UNION ALL SELECT count(*) FROM runs WHERE ended IS NULL
"""


@dataclass(frozen=True)
class Base:
    """A build in which every stage has done a part of its work, and what its commands are given."""

    root: Path
    """Holds the work folder, and a release elsewhere."""
    url: str
    encoder: Path

    @property
    def work(self) -> Path:
        return self.root / "work"

    def command(self, name: str) -> list[str]:
        own: dict[str, tuple[object, ...]] = {
            "crawl": ("html", "--url", self.url, *QUICK),
            "rebuild": (self.root / "list", "--size", "64", "--endpoint", self.url, *QUICK),
            "align": ("--size", "64", "--workers", "1"),
            "filter": ("--min-sharpness", "0", "--report", "--workers", "1"),
            "review": ("--port", "0"),
            "tsne": ("--style-encoder", self.encoder, "--workers", "1"),
            "publish": ("--content", "pixels"),
            "refresh": QUICK,
            "takedown": ("artist:Jane Doe",),
            "table": ("faces", "--format", "jsonl"),
        }
        return [name, *map(str, own.get(name, ())), "--work", str(self.work)]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(WorkDir(self.work).database)) as database:
            return list(database.execute(sql))


def call(*words: str) -> int:
    return run(f"aahq-build {words[0]}", COMMANDS[words[0]], words[1:])


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    folder = tmp_path_factory.mktemp("pairs")
    gallery, base_root = folder / "gallery", folder / "base"
    gallery.mkdir()
    base_root.mkdir()
    files = [f"portrait-{number}.png" for number in range(len(ARTISTS))]
    for number, name in enumerate(files):
        Image.fromarray(draw_portrait(number)).save(gallery / name)
    credits_ = zip(files, ARTISTS, strict=True)
    write_credits(gallery, [{"file": f, "title": f, "artist": a, "license": "CC0-1.0"} for f, a in credits_])
    torch.manual_seed(0)
    encoder = folder / "encoder"
    blendgan.save_network(StyleEncoder(StyleEncoderConfig(image_size=32, taps=("relu1_2",))), encoder)
    with serving(open_gallery(testserver.TestserverConfig(path=gallery, port=0)), 0) as server:
        built = Base(base_root, server.url, encoder)
        assert call(*built.command("crawl"), "--limit", str(CRAWLED)) == 0
        assert call(*built.command("align"), "--limit", str(MEASURED)) == 0
        for name in ("filter", "tsne", "publish"):
            assert call(*built.command(name)) == 0
        assert call(*built.command("align"), "--limit", str(ALIGNED - MEASURED)) == 0
        assert call("publish", "--to", str(base_root / "list"), "--work", str(built.work)) == 0
        FORKED.set_forkserver_preload(
            [__name__, *LOADED_LATE, *(place.stage.split(":")[0] for place in COMMANDS.values())]
        )
        yield built


@pytest.fixture
def copy(base: Base, tmp_path: Path) -> Base:
    shutil.copytree(base.root, tmp_path / "root")
    found = Base(tmp_path / "root", base.url, base.encoder)
    with closing(sqlite3.connect(WorkDir(found.work).database)) as database, database:
        database.execute("UPDATE places SET address = replace(address, ?, ?)", [str(base.root), str(found.root)])
    return found


def work_on(words: list[str], start: Barrier, said: Path) -> None:
    """Run a command as the forked process that this is, when the other one is ready too."""
    with said.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    start.wait(PATIENCE_S)
    os._exit(call(*words))


@contextmanager
def running(base: Base, names: tuple[str, str]) -> Iterator[list[tuple[BaseProcess, Path]]]:
    """Both commands at once, each with the file that it writes to."""
    start = FORKED.Barrier(2)
    started = []
    for number, name in enumerate(names):
        said = base.root.parent / f"said-{number}"
        said.touch()
        process = FORKED.Process(target=work_on, args=(base.command(name), start, said))
        process.start()
        started.append((process, said))
    try:
        yield started
    finally:
        for process, _ in started:
            process.kill()
            process.join()


def wait_for(names: tuple[str, str], started: list[tuple[BaseProcess, Path]]) -> None:
    """Until both have ended; the review page is left when the other one is done or waits for it."""
    end = time.monotonic() + PATIENCE_S
    pages = [
        (process, said, others)
        for (process, said), others in zip(started, started[::-1], strict=True)
        if names[started.index((process, said))] == "review"
    ]
    while any(process.is_alive() for process, _ in started):
        assert time.monotonic() < end, [said.read_text() for _, said in started]
        for process, said, (other, other_said) in pages:
            is_open = "Ctrl-C ends" in said.read_text() and process.is_alive()
            if is_open and (not other.is_alive() or "waits for" in other_said.read_text() or names == ("review",) * 2):
                process.terminate()
        time.sleep(0.02)


def done_by(base: Base, before: "Before") -> dict[str, Callable[[], None]]:
    """What must hold after each command, whatever was removed meanwhile."""

    def crawl() -> None:
        listed = base.rows("SELECT status FROM artworks WHERE source = 'html' OR source IS NULL AND status = 'removed'")
        assert sorted({str(status) for (status,) in listed} - {"removed"}) == ["fetched"]
        assert len(listed) >= len(ARTISTS)

    def rebuild() -> None:
        own = base.rows("SELECT status, error_detail FROM artworks WHERE artwork_id GLOB 'rebuild-*'")
        assert len(own) in (ALIGNED - 1, ALIGNED)  # the list loses her work, too
        assert {status for status, _ in own} <= {"fetched", "removed"}, own

    def align() -> None:
        unseen = base.rows("SELECT artwork_id FROM artworks WHERE status = 'fetched' AND align_version IS NULL")
        assert not {name for (name,) in unseen} & before.artworks

    def filter_() -> None:
        measured = {name for (name,) in base.rows("SELECT face_id FROM scores")}
        still = {name for (name,) in base.rows("SELECT face_id FROM faces")}
        assert before.faces & still <= measured

    def tsne() -> None:
        table = base.work / "map" / "map.parquet"
        on_page = set(pd.read_parquet(table).face_id) if table.exists() else set()
        assert on_page == {name for (name,) in base.rows("SELECT face_id FROM map_points")}
        assert on_page

    def publish() -> None:
        release = base.work / "release"
        published = set(pd.read_parquet(release / "data" / "urls").face_id)
        assert len(published) == json.loads((release / "release.json").read_text())["rows"]
        assert published

    def refresh() -> None:
        sql = "SELECT artwork_id FROM artworks WHERE status = 'fetched' AND refreshed_at IS NULL"
        assert not {name for (name,) in base.rows(sql)} & before.artworks

    def takedown() -> None:
        assert traces([base.root], words("Jane Doe")) == []
        assert base.rows("SELECT count(*) FROM artworks WHERE status = 'removed'")[0][0] in (1, 2)

    return {
        "crawl": crawl, "rebuild": rebuild, "align": align, "filter": filter_, "tsne": tsne, "publish": publish,
        "refresh": refresh, "takedown": takedown,
    }  # fmt: skip


@dataclass(frozen=True)
class Before:
    """The ids that were there when both began."""

    artworks: set[object]
    faces: set[object]


def marked(pair: tuple[str, str]) -> object:
    is_cheap = set(pair) <= CHEAP or pair in ALWAYS
    return pytest.param(pair, id="-".join(pair), marks=() if is_cheap else pytest.mark.campaign)


@pytest.mark.parametrize("pair", [marked(pair) for pair in PAIRS])
def test_two_commands_at_once_both_do_their_work(pair: tuple[str, str], copy: Base) -> None:
    ids = [{name for (name,) in copy.rows(f"SELECT {key} FROM {table}")} for key, table in KEYS]
    done = done_by(copy, Before(*ids))
    with running(copy, pair) as started:
        wait_for(pair, started)
        said = [file.read_text() for _, file in started]
        codes = [process.exitcode for process, _ in started]
    for name, code, text in zip(pair, codes, said, strict=True):
        assert code in ((0, 130) if name == "review" else (0,)), (name, text)
        assert "Traceback" not in text
    for name in set(pair) & set(done):
        done[name]()
    assert copy.rows("PRAGMA integrity_check") == [("ok",)]
    assert {count for (count,) in copy.rows(WITHOUT_OWNER)} == {0}
    assert not list(copy.root.rglob(".tmp-*"))


KEYS = (("artwork_id", "artworks"), ("face_id", "faces"))
