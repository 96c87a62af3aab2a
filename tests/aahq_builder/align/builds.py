"""Small builds without a crawl, `align` over them, and what it leaves."""

import functools
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import aahq_builder
from aahq_builder.align import aligner, stage
from aahq_builder.align.aligner import AlignedFaces, AlignTask
from aahq_builder.align.config import AlignConfig
from aahq_builder.align.ensemble import make_finder
from aahq_builder.align.find import FaceFinder
from aahq_builder.cli import ABOUT, COMMANDS
from aahq_builder.engine import Assignment, attempt
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork
from aahq_builder.workdir import WorkDir
from blendgan.command import main as run_program

Setup = Callable[[], Callable[[AlignTask], AlignedFaces]]


def encoded(pixels: np.ndarray, form: str = "PNG", **options: object) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, form, **options)
    return content.getvalue()


def make_build(work: Path, originals: Sequence[bytes]) -> None:
    """A build whose artworks were fetched, without a crawl."""
    workdir = WorkDir(work)
    with Journal(workdir.database) as journal, journal.transaction():
        for number, content in enumerate(originals):
            digest = hashlib.sha256(content).hexdigest()
            path = workdir.original(digest, "png")
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_bytes(content)
            row = Artwork(artwork_id=f"folder-{number:016x}", source="folder", status="fetched", path=path)
            journal.insert([row])


def align(work: Path, *words: str) -> int:
    """In one process, which has to load the models, unless `words` want more."""
    workers = () if "--workers" in words else ("--workers", "1")
    return run_program("aahq-build", COMMANDS, ABOUT, ["align", "--work", str(work), "--size", "64", *workers, *words])


def align_here(work: Path, *words: str) -> int:
    """Without a worker, whose start is most of the time, where no worker is the subject."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "run_local", run_here)
        patch.setattr(aligner, "make_finder", lambda config: finder())
        return align(work, *words)


@functools.cache
def finder() -> FaceFinder:
    """Models of the default choice, loaded once."""
    return make_finder(AlignConfig(work=Path()))


def run_here(setup: Setup, tasks: Iterable[AlignTask], workers: int, timeout_s: float) -> Iterator[object]:
    """`run_local` in this process."""
    work = setup()
    for task in tasks:
        yield Assignment(task).answered(*attempt(work, task))


def snapshot(work: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, bytes]]:
    tables = aahq_builder.open(work)
    files = {path.name: path.read_bytes() for path in (work / "faces").iterdir()}
    faces = tables.faces.sort_values("face_id", ignore_index=True)
    scores = tables.scores.sort_values(["face_id", "name"], ignore_index=True)
    return tables.artworks, faces, scores, files


def snapshot_artworks(work: Path) -> pd.DataFrame:
    return aahq_builder.open(work).artworks.sort_values("artwork_id", ignore_index=True)


def assert_same(first: Path, second: Path) -> None:
    for one, other in zip(snapshot(first)[:3], snapshot(second)[:3], strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert snapshot(first)[3] == snapshot(second)[3]
