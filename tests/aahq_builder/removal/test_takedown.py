"""A takedown on a build that every real stage has worked on: nothing of the artist is left, also after kills."""

import random
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from PIL import Image

import blendgan
from aahq_builder.cli import COMMANDS
from aahq_builder.decisions import decide
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, Removal
from aahq_builder.testserver import config as testserver
from aahq_builder.testserver.gallery import open_gallery
from aahq_builder.testserver.server import serving
from aahq_builder.thumbnails import thumbnail_path
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from tests.aahq_builder.conftest import aahq_build, build_command, environment
from tests.aahq_builder.gallery_pictures import write_credits
from tests.drawn_faces import draw_portrait
from tests.traces import picture, traces, words

QUICK = ("--rate", "0", "--retry-pause-s", "0.01", "--timeout-s", "5")
ARTISTS = ("Jane Doe (British, born 1950)", "John Roe", "Doe, Jane; Mary Moe (Dutch, 1901–1980)", "Mary Moe")
HERS = (0, 2)
TAKEDOWN = ("takedown", "artist:Jane Doe", "--reason", "Jane Doe asked by mail")


@dataclass(frozen=True)
class BuiltFolder:
    """A finished build with everything that lies around it."""

    root: Path
    """Holds the work folder, a bucket, and releases elsewhere."""
    traces_of_hers: dict[str, bytes]

    @property
    def work(self) -> Path:
        return self.root / "work"

    def left(self) -> list[str]:
        return traces([self.root], self.traces_of_hers)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltFolder:
    root = tmp_path_factory.mktemp("built")
    gallery, work = root.parent / "gallery-of-takedown", root / "work"
    gallery.mkdir()
    files = [f"portrait-{number}.png" for number in range(len(ARTISTS))]
    for number, name in enumerate(files):
        Image.fromarray(draw_portrait(number)).save(gallery / name)
    titles = [f"Sitter number {number}" for number in range(len(ARTISTS))]
    rows = zip(files, titles, ARTISTS, strict=True)
    write_credits(gallery, [{"file": f, "title": t, "artist": a, "license": "CC0-1.0"} for f, t, a in rows])
    with serving(open_gallery(testserver.TestserverConfig(path=gallery, port=0)), 0) as server:
        stage("crawl", "html", "--url", server.url, "--work", work, *QUICK)
        shutil.copytree(work / "originals", root / "bucket" / "originals")
        stage("align", "--size", "64", "--workers", "1", "--files", root / "bucket", "--work", work)
        shutil.copytree(root / "bucket" / "faces", work / "faces")
        _later_stages(root)
        # a list rebuilt in the same folder, by the same people
        stage(
            "rebuild", root / "elsewhere" / "webdataset-list", "--work", work, "--size", "64", *QUICK, "--workers", "2"
        )
    return BuiltFolder(root, _traces(work))


def stage(*words: object) -> None:
    """Run a command in this process, which has loaded its libraries."""
    name, *others = map(str, words)
    assert run(f"aahq-build {name}", COMMANDS[name], others) == 0


def _later_stages(root: Path) -> None:
    work = root / "work"
    torch.manual_seed(0)
    encoder = StyleEncoder(StyleEncoderConfig(image_size=32, taps=("relu1_2", "relu2_2")))
    blendgan.save_network(encoder, root.parent / "encoder-of-takedown")
    stage("filter", "--report", "--min-sharpness", "0", "--workers", "1", "--work", work)
    with Journal(WorkDir(work).database) as journal:
        face_ids = [face.face_id for face in journal.select(Face, "path IS NOT NULL")]
        assert len(face_ids) >= len(ARTISTS)
        decide(journal, face_ids, "curator", "keep")
    stage("tsne", "--style-encoder", root.parent / "encoder-of-takedown", "--workers", "1", "--work", work)
    # the run notes its command line, in which she stands
    aahq_build("publish", "--content", "pixels", "--title", "Jane Doe and others", "--work", work)
    for form in ("parquet", "imagefolder", "webdataset", "stylegan-zip"):
        stage("publish", "--content", "pixels", "--format", form, "--to", root / "elsewhere" / form, "--work", work)
    stage("publish", "--to", root / "elsewhere" / "webdataset-list", "--work", work)


def _traces(work: Path) -> dict[str, bytes]:
    """Everything by which her works could be recognised."""
    workdir, wanted = WorkDir(work), words("Jane", "jane", "Doe,")
    with Journal(workdir.database) as journal:
        hers = [row for row in journal.select(Artwork) if "Jane" in str(row.artist)]
        assert {row.source for row in hers} == {"html", "rebuild"}
        for row in hers:
            wanted |= words(str(row.page_url) + '"', str(row.image_url), str(row.sha256), f"{row.artwork_id}-0")
            wanted |= picture(f"original of {row.artwork_id}", (work / str(row.path)).read_bytes())
            for face in journal.select(Face, "artwork_id = ? AND path IS NOT NULL", [row.artwork_id]):
                wanted |= picture(f"face {face.face_id}", (work / str(face.path)).read_bytes())
                if (small := thumbnail_path(workdir, face.face_id)).exists():
                    wanted |= picture(f"thumbnail {face.face_id}", small.read_bytes())
    wanted |= words(*(f"Sitter number {number}" for number in HERS))
    return wanted


@pytest.fixture
def copy(built: BuiltFolder, tmp_path: Path) -> BuiltFolder:
    """The build once more, to be spoiled; places elsewhere are those of the copy."""
    return copied(built, tmp_path / "copy")


def copied(built: BuiltFolder, root: Path) -> BuiltFolder:
    shutil.copytree(built.root, root)
    with Journal(WorkDir(root / "work").database) as journal:
        journal.execute("UPDATE places SET address = replace(address, ?, ?)", [str(built.root), str(root)])
    return BuiltFolder(root, built.traces_of_hers)


@pytest.mark.slow
def test_the_traces_are_found_where_they_are(built: BuiltFolder) -> None:
    found = "\n".join(built.left())
    for place in ("aahq.sqlite", "filter.html", "map.html", "map.parquet", "layout.npz", "metadata.jsonl", "faces.zip"):
        assert place in found
    for folder in ("originals", "faces", "rebuilt", "thumbnails", "features", "bucket", "elsewhere", "train-00000"):
        assert folder in found


@pytest.mark.slow
def test_nothing_of_the_artist_is_left_and_the_others_stay(copy: BuiltFolder) -> None:
    (copy.work / "faces" / ".tmp-left.png").write_bytes(b"Jane Doe")
    (copy.work / "originals" / "ab").mkdir(exist_ok=True)
    (copy.work / "originals" / "ab" / "uncommitted.png").write_bytes(b"Jane Doe")
    (copy.work / ".tmp-release-release-abcdefgh" / "old").mkdir(parents=True)
    (copy.work / ".tmp-release-release-abcdefgh" / "old" / "README.md").write_text("Jane Doe")
    aahq_build(*TAKEDOWN, "--work", copy.work)
    assert copy.left() == []
    with Journal(WorkDir(copy.work).database) as journal:
        stay = {row.artist for row in journal.select(Artwork, "status = 'fetched'")}
        assert stay == {"John Roe", "Mary Moe"}
        assert journal.count(Removal) == 0
    for form in ("parquet", "imagefolder", "webdataset", "stylegan-zip"):
        assert (copy.root / "elsewhere" / form / "release.json").exists()
    stage("filter", "--report", "--min-sharpness", "0", "--workers", "1", "--work", copy.work)
    stage("publish", "--content", "pixels", "--work", copy.work)
    assert copy.left() == []


@pytest.mark.slow
def test_a_place_that_cannot_be_reached_is_named_and_cleaned_by_the_next_run(copy: BuiltFolder) -> None:
    (copy.root / "bucket").rename(copy.root / "away")
    done = aahq_build(*TAKEDOWN, "--work", copy.work, expect=1)
    assert str(copy.root / "bucket") in done.stderr
    assert "--gone" in done.stderr
    (copy.root / "away").rename(copy.root / "bucket")
    aahq_build(*TAKEDOWN, "--work", copy.work)
    assert copy.left() == []


@pytest.mark.campaign
def test_a_takedown_killed_at_any_moment_is_finished_by_the_same_command(built: BuiltFolder, tmp_path: Path) -> None:
    rng = random.Random(0)
    whole = copied(built, tmp_path / "whole")
    began = time.monotonic()
    aahq_build(*TAKEDOWN, "--work", whole.work)
    longest = time.monotonic() - began
    for number in range(20):
        copy = copied(built, tmp_path / f"copy-{number}")
        process = subprocess.Popen(
            build_command(*TAKEDOWN, "--work", copy.work),
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(rng.uniform(0.2, longest))
        process.kill()
        process.wait()
        aahq_build(*TAKEDOWN, "--work", copy.work)
        assert copy.left() == [], number
        shutil.rmtree(copy.root)
