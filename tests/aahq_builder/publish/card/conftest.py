"""One build with something of everything that a card tells of, published with pixels and as addresses."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from aahq_builder.cli import COMMANDS
from aahq_builder.decisions import KEEP, REJECT, decide
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, MapPoint, Run, Score
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from tests.drawn_build import Portrait, make_build, portraits

HOSTILE = "</details><script>alert(1)</script>|[x](javascript:alert(2))`\n\n# $a$ http://evil.example/ www.evil.example"
PORTRAITS = [
    *portraits(4),
    Portrait(4, license="CC-BY-SA-4.0", source="commons", title=HOSTILE, artist=HOSTILE),
    Portrait(5, license="CC-BY-4.0", source="commons"),
    Portrait(6, license=None, rights="research", source="artstation"),
    Portrait(7, license=None, rights="permitted", source="folder"),
    Portrait(8, rejected="blur"),
    Portrait(9, license="GPL-2.0-or-later", source="html"),
]
DATES = ("1665", "c. 1650-60", "17th century", "1890", None, "1720s", "1999", "2010", "1890", None)


@dataclass(frozen=True)
class Published:
    """A work folder and its two releases."""

    work: Path
    pixels: Path
    urls: Path


def publish(work: Path, to: Path, *flags: str) -> Path:
    words = ["--work", str(work), "--quiet", "--to", str(to), "--include-research", "--version", "1.2.0", *flags]
    assert run("aahq-build publish", COMMANDS["publish"], words) == 0
    return to


def fill(work: Path) -> list[Face]:
    """The build, as crawl, align, filter, review and tsne leave it."""
    faces = make_build(work, PORTRAITS)
    with Journal(WorkDir(work).database) as journal, journal.transaction():
        for face, date in zip(faces, DATES, strict=True):
            journal.update(Artwork, face.artwork_id, date=date)
        for number, face in enumerate(faces):
            scores = {"saturation": 0.02 * number, "contrast": 0.5, "readable": 1.0, "yaw": 0.1 * number - 0.5}
            journal.insert(Score(face_id=face.face_id, name=name, value=v, version="1") for name, v in scores.items())
            journal.insert([MapPoint(face_id=face.face_id, x=number % 3, y=number // 3, version="1")])
        config = {"min_sharpness": 0.42, "max_yaw": 0.75}
        began = "2026-11-01T13:00:00+00:00"
        journal.insert([Run(run_id="1", command="aahq-build filter", config=config, versions={}, started=began)])
    with Journal(WorkDir(work).database) as journal:
        decide(journal, [faces[0].face_id, faces[1].face_id], "ann", KEEP)
        decide(journal, [faces[1].face_id], "ben", REJECT, reason="no face")
        decide(journal, [faces[1].face_id], "ann", KEEP)
    return faces


@pytest.fixture(scope="package")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    root = tmp_path_factory.mktemp("card")
    fill(root / "work")
    pixels = publish(root / "work", root / "pixels", "--content", "pixels", "--contact", "art@example.org")
    return Published(root / "work", pixels, publish(root / "work", root / "urls"))
