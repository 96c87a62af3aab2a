"""What a stranger makes of a release of addresses: the very same crops, or a word on why not."""

import csv
import dataclasses
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from aahq_builder.cli import COMMANDS
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face
from aahq_builder.testserver import config as testserver
from aahq_builder.testserver.faults import FAULTS
from aahq_builder.testserver.gallery import open_gallery
from aahq_builder.testserver.server import Server, serving
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from tests.aahq_builder.gallery_pictures import write_credits
from tests.aahq_builder.on_the_hub import STRANGER
from tests.drawn_faces import draw_portrait
from tests.fake_hub import Hub

QUICK = ("--rate", "0", "--retry-pause-s", "0.01", "--timeout-s", "10")
LARGE_PX = 4320
"""Found on a copy of half the size; its crop is cut from one of a half, too."""
pytestmark = pytest.mark.slow


def aahq(name: str, *words: object, expect: int = 0) -> None:
    assert run(f"aahq-build {name}", COMMANDS[name], [*map(str, words), "--quiet"]) == expect


@dataclass(frozen=True)
class Publisher:
    """Who has crawled, aligned and published, and the site with the pictures."""

    work: Path
    server: Server

    @property
    def release(self) -> Path:
        return self.work / "release"

    def faces(self) -> dict[str, bytes]:
        """The crops by their names."""
        return {path.name: path.read_bytes() for path in (self.work / "faces").rglob("*.png")}

    def rows(self) -> dict[int, dict[str, str]]:
        """The rows of the release by the number of their work."""
        rows = pq.read_table(self.release / "data" / "urls").to_pylist()
        found = {}
        for row in rows:
            number = next(w.number for w in self.server.gallery.works if row["image_url"].endswith(w.image_path))
            found[number] = row
        return found


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    root = tmp_path_factory.mktemp("publisher")
    gallery, work = root / "gallery", root / "work"
    gallery.mkdir()
    names = []
    for number in range(5):
        picture = Image.fromarray(draw_portrait(number))
        names.append(f"portrait-{number}.png")
        if number == 4:
            picture, names[-1] = picture.resize((LARGE_PX, LARGE_PX)), "portrait-4.jpg"
        picture.save(gallery / names[-1])
    write_credits(gallery, [{"file": n, "title": n, "artist": f"Artist {n}", "license": "CC0-1.0"} for n in names])
    with serving(open_gallery(testserver.TestserverConfig(path=gallery, port=0)), 0) as server:
        aahq("crawl", "html", "--url", server.url, "--work", work, *QUICK)
        aahq("align", "--size", "64", "--workers", "1", "--background", "#ffffff", "--work", work)
        aahq("publish", "--work", work)
        yield Publisher(work, server)


def rebuild(release: Path, work: Path, publisher: Publisher, *words: object) -> dict[str, object]:
    aahq("rebuild", release, "--endpoint", publisher.server.url, "--work", work, "--workers", "2", *QUICK, *words)
    report = json.loads((work / "rebuild-report.json").read_text())
    assert isinstance(report, dict)
    return report


def crops(work: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (work / "rebuilt").iterdir()}


@pytest.fixture(scope="module")
def consumer(publisher: Publisher, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder in which the release was rebuilt."""
    work = tmp_path_factory.mktemp("consumer")
    report = rebuild(publisher.release, work, publisher)
    assert report["crops"] == {"same": len(publisher.faces())}
    assert report["other_libraries"] == {} and report["missing"] == [] and report["moved"] == []
    return work


def test_every_crop_is_equal_to_the_byte(publisher: Publisher, consumer: Path) -> None:
    assert len(publisher.faces()) >= 5
    assert crops(consumer) == publisher.faces()
    with Journal(WorkDir(publisher.work).database) as journal:
        large = next(journal.select(Artwork, "width = ?", [LARGE_PX]))
        assert large.faces_found


def test_the_official_schema_is_enough_for_equal_crops(publisher: Publisher, tmp_path: Path) -> None:
    shutil.copytree(publisher.work, tmp_path / "publisher")
    aahq("publish", "--format", "aahq", "--work", tmp_path / "publisher")
    report = rebuild(tmp_path / "publisher" / "release", tmp_path / "work", publisher)
    assert report["crops"] == {"same": len(publisher.faces())}
    assert crops(tmp_path / "work") == publisher.faces()


def test_another_mode_is_said_to_differ(publisher: Publisher, consumer: Path, tmp_path: Path) -> None:
    shutil.copytree(consumer, tmp_path / "work")
    report = rebuild(publisher.release, tmp_path / "work", publisher, "--mode", "reference")
    assert report["crops"] == {"different": len(publisher.faces())}
    assert sorted(report["different"]) == sorted(publisher.faces())  # type: ignore[call-overload]


def test_what_is_changed_gone_moved_or_taken_down_is_reported_as_that(
    publisher: Publisher, consumer: Path, tmp_path: Path
) -> None:
    rows = publisher.rows()
    changed, gone, moved, removed = (rows[number] for number in (1, 2, 3, 4))
    release = with_removed(publisher.release, tmp_path / "release", removed)
    works = publisher.server.gallery.works
    before = [works[0].file.read_bytes(), *works[1:3]]
    Image.fromarray(draw_portrait(99)).save(works[0].file)
    works[1] = dataclasses.replace(works[1], fault=FAULTS["404"])
    works[2] = dataclasses.replace(works[2], fault=FAULTS["redirect"])
    try:
        report = rebuild(release, tmp_path / "stranger", publisher)
    finally:
        works[0].file.write_bytes(before[0])  # type: ignore[arg-type]
        works[1:3] = before[1:]  # type: ignore[assignment]
    causes = {entry["name"]: entry["cause"] for entry in report["missing"]}  # type: ignore[attr-defined]
    assert causes == {
        f"{changed['face_id']}.png": "hash_mismatch",
        f"{gone['face_id']}.png": "http_404",
        f"{removed['face_id']}.png": "tombstone",
    }
    (found,) = report["moved"]  # type: ignore[misc]
    assert found["name"] == f"{moved['face_id']}.png" and found["now_at"] not in ("", moved["image_url"])
    left = {name: content for name, content in publisher.faces().items() if name not in causes}
    assert crops(tmp_path / "stranger") == left
    assert report["crops"] == {"same": len(left)}


def test_a_copy_lets_go_of_what_the_release_has_removed_since(
    publisher: Publisher, consumer: Path, tmp_path: Path
) -> None:
    removed = publisher.rows()[4]
    shutil.copytree(consumer, tmp_path / "work")
    release = with_removed(publisher.release, tmp_path / "release", removed)
    for _ in range(2):  # and it does not come back
        report = rebuild(release, tmp_path / "work", publisher)
        assert report["causes"] == {"rebuilt": 4, "tombstone": 1}
        assert f"{removed['face_id']}.png" not in crops(tmp_path / "work")
        originals = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "work").rglob("*.png")]
        assert removed["sha256"] not in originals
    with Journal(WorkDir(tmp_path / "work").database) as journal:
        assert journal.count(Face) == 4


def with_removed(release: Path, copy: Path, row: dict[str, str]) -> Path:
    """A copy of a release that says of one of its rows that it was taken down."""
    shutil.copytree(release, copy)
    with (copy / "removed.csv").open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["face", "picture", "reason", "version"])
        writer.writerow([hashlib.sha256(row["face_id"].encode()).hexdigest(), "", "taken_down", ""])
        writer.writerow([hashlib.sha256(b"another-face").hexdigest(), "", "blur", ""])
    stated = json.loads((copy / "release.json").read_text())
    stated["files"]["removed.csv"] = hashlib.sha256((copy / "removed.csv").read_bytes()).hexdigest()
    (copy / "release.json").write_text(json.dumps(stated))
    return copy


def test_a_release_on_the_hub_is_rebuilt_by_its_name(
    publisher: Publisher, hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [path for path in publisher.release.rglob("*") if path.is_file()]
    first = hub.commit({path.relative_to(publisher.release).as_posix(): path.read_bytes() for path in files})
    hub.commit({"README.md": b"withdrawn"})
    hub.gated = "auto"
    words = ("--endpoint", publisher.server.url, "--work", tmp_path / "work", *QUICK)
    aahq("rebuild", "org/faces", *words, expect=1)
    assert "lacks a file that a release of ours has" in capsys.readouterr().err
    aahq("rebuild", "org/faces@v9", *words, expect=1)
    assert "org/faces has no revision v9" in capsys.readouterr().err
    monkeypatch.setenv("HF_TOKEN", STRANGER)
    aahq("rebuild", f"org/faces@{first.oid}", *words, expect=1)
    assert "org/faces is gated: ask for access on its page" in capsys.readouterr().err
    assert not (tmp_path / "work" / "aahq.sqlite").exists()
    hub.readers.add(STRANGER)
    aahq("rebuild", f"org/faces@{first.oid}", *words)
    report = json.loads((tmp_path / "work" / "rebuild-report.json").read_text())
    assert report["list"] == f"org/faces@{first.oid}"
    assert report["crops"] == {"same": len(publisher.faces())}
    assert crops(tmp_path / "work") == publisher.faces()


def test_a_list_that_is_not_the_one_that_was_published_is_refused(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(publisher.release, tmp_path / "release")
    (file,) = (tmp_path / "release" / "data" / "urls").iterdir()
    table = pq.read_table(file)
    pq.write_table(table.slice(1), file)
    words = ("--endpoint", publisher.server.url, "--work", tmp_path / "work", *QUICK)
    aahq("rebuild", tmp_path / "release", *words, expect=1)
    assert "is not the file that release.json names" in capsys.readouterr().err
