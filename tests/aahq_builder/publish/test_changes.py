"""Versions: what changed since the release before, in numbers and words; who is gone and why; and `aahq-build diff`."""

import csv
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from aahq_builder.build import Build
from aahq_builder.cli import COMMANDS
from aahq_builder.journal import Journal
from aahq_builder.publish.changes import Changes, compare
from aahq_builder.publish.forget import forget
from aahq_builder.publish.row_digests import COLUMNS, ROWS
from aahq_builder.records import Artwork, Face
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from blendgan.console import Console
from tests.drawn_build import make_build, portraits


def publish(work: Path, *flags: str) -> int:
    return run("aahq-build publish", COMMANDS["publish"], ["--work", str(work), "--quiet", *flags])


def stated(folder: Path) -> dict[str, object]:
    return json.loads((folder / "release.json").read_text())


def removed(work: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((work / "release" / "removed.csv").read_text().splitlines()))


def hashed(text: object) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()


@pytest.fixture
def faces(tmp_path: Path) -> list[Face]:
    """Of a build that was released as 1.0."""
    faces = make_build(tmp_path / "work", portraits(6))
    assert publish(tmp_path / "work", "--version", "1.0") == 0
    return faces


def change(work: Path, faces: list[Face]) -> dict[str, str]:
    """Four kinds of removal, a correction; gives the reasons by face."""
    with Journal(WorkDir(work).database) as journal, journal.transaction():
        journal.update(Face, faces[0].face_id, rejected="blur")
        journal.update(Artwork, faces[1].artwork_id, rights="unknown")
        for face, error in ((faces[2], "tombstone"), (faces[3], "http_410")):
            journal.update(Artwork, face.artwork_id, status="removed", error=error, error_detail="asked by Jane Doe")
        journal.update(Artwork, faces[4].artwork_id, title="Another title", license="CC-BY-4.0")
    reasons = ("blur", "rights_unknown", "taken_down", "gone_at_source")
    return {face.face_id: reason for face, reason in zip(faces, reasons, strict=False)}


def test_a_release_tells_what_changed_and_who_is_gone(tmp_path: Path, faces: list[Face]):
    work = tmp_path / "work"
    sha256 = {face: row.sha256 for face, row in zip(faces_ids(faces), artworks(work, faces), strict=True)}
    reasons = change(work, faces)
    publish(work, "--version", "1.1")
    (entry,) = stated(work / "release")["history"]
    assert (entry["version"], entry["since"], entry["rows"]) == ("1.1", "1.0", 2)
    assert (entry["added"], entry["removed"], entry["changed"]) == (0, 4, 1)
    assert entry["changed_parts"] == {"credit": 1, "license": 1}
    assert entry["removed_for"] == {"blur": 1, "gone_at_source": 1, "rights_unknown": 1, "taken_down": 1}
    assert entry["words"] == (
        "2 rows: 0 added, 4 removed (blur 1, gone at source 1, rights unknown 1, taken down 1), "
        "1 changed (credit 1, license 1)"
    )
    lines = removed(work)
    expected = [
        {"face": hashed(f), "picture": hashed(sha256[f]), "reason": r, "version": "1.1"} for f, r in reasons.items()
    ]
    assert lines == sorted(expected, key=lambda line: line["face"])
    assert "Jane" not in (work / "release" / "removed.csv").read_text() + json.dumps(stated(work / "release"))


def faces_ids(faces: list[Face]) -> list[str]:
    return [face.face_id for face in faces]


def artworks(work: Path, faces: list[Face]) -> Iterator[Artwork]:
    with Journal(WorkDir(work).database) as journal:
        for face in faces:
            yield from journal.select(Artwork, "artwork_id = ?", [face.artwork_id])


def test_the_list_of_the_removed_goes_on_and_drops_what_came_back(tmp_path: Path, faces: list[Face]):
    work = tmp_path / "work"
    change(work, faces)
    publish(work, "--version", "1.1")
    before = (work / "release" / "removed.csv").read_text()
    publish(work, "--version", "1.1")
    assert (work / "release" / "removed.csv").read_text() == before
    assert len(stated(work / "release")["history"]) == 1, "nothing has changed since"
    with Journal(WorkDir(work).database) as journal:
        journal.update(Face, faces[0].face_id, rejected="")
        journal.update(Face, faces[5].face_id, rejected="duplicate")
    publish(work, "--version", "1.2")
    lines = {line["face"]: line for line in removed(work)}
    assert hashed(faces[0].face_id) not in lines
    assert {line["version"] for line in lines.values()} == {"1.1", "1.2"}
    newest, older = stated(work / "release")["history"]
    assert (newest["since"], newest["added"], newest["removed"], older["version"]) == ("1.1", 1, 1, "1.1")


def test_a_takedown_is_told_without_telling_what_it_was(tmp_path: Path, faces: list[Face]):
    work = tmp_path / "work"
    (artwork,) = artworks(work, faces[2:3])
    with Journal(WorkDir(work).database) as journal:
        journal.update(Artwork, artwork.artwork_id, status="removed", error="tombstone", error_detail="Jane Doe asked")
        forget(Build(WorkDir(work), journal, Console(verbosity=-1)), [artwork.artwork_id])
    newest, *_ = stated(work / "release")["history"]
    assert (newest["version"], newest["since"], newest["removed_for"]) == ("1.0", "1.0", {"taken_down": 1})
    (line,) = removed(work)
    assert line["face"] == hashed(faces[2].face_id) and line["picture"] == hashed(artwork.sha256)
    said = b"".join(path.read_bytes() for path in (work / "release").rglob("*") if path.is_file())
    for word in (faces[2].face_id, artwork.artwork_id, artwork.sha256, artwork.pixel_sha256, "Jane"):
        assert str(word).encode() not in said


def test_diff_says_how_folders_differ(tmp_path: Path, faces: list[Face], capsys: pytest.CaptureFixture[str]):
    work = tmp_path / "work"
    publish(work, "--version", "1.0", "--to", str(tmp_path / "first"))
    reasons = change(work, faces)
    publish(work, "--version", "1.1", "--to", str(tmp_path / "second"), "--since", str(tmp_path / "first"))
    (entry,) = stated(tmp_path / "second")["history"]
    assert (entry["since"], entry["removed"]) == ("1.0", 4)
    capsys.readouterr()
    command = ["--rows", "--json", str(tmp_path / "first"), str(tmp_path / "second")]
    assert run("aahq-build diff", COMMANDS["diff"], command) == 0
    *rows, whole = map(json.loads, capsys.readouterr().out.splitlines())
    expected = dict.fromkeys(reasons, "removed") | {faces[4].face_id: "changed: license, credit"}
    assert {row["face_id"]: row["difference"] for row in rows} == expected
    assert (whole["added"], whole["removed"], whole["changed"], whole["since"]) == (0, 4, 1, "1.0")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "publish it again"),
        ("face_id,split\na,train\n", "lacks the column"),
        (",".join(COLUMNS) + "\n" + "a,,,,,,,,,,\n" * 2, "twice"),
        ("", "cannot be read"),
        ('\x00\xff,\n"', "cannot be read"),
    ],
)
def test_diff_refuses_what_is_no_release_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: str
):
    if content is not None:
        (tmp_path / ROWS).write_text(content, encoding="latin-1")
    assert run("aahq-build diff", COMMANDS["diff"], [str(tmp_path), str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert run("aahq-build diff", COMMANDS["diff"], ["no/where/at/all", str(tmp_path)]) == 1
    assert "is no folder" in capsys.readouterr().err


def test_rows_that_move_between_splits_are_counted():
    def table(splits: dict[str, str]) -> pd.DataFrame:
        lines = [{**dict.fromkeys(COLUMNS, ""), "face_id": name, "split": split} for name, split in splits.items()]
        return pd.DataFrame(lines, columns=list(COLUMNS)).set_index("face_id")

    numbers = compare(
        table({"a": "train", "b": "train", "c": "validation"}), table({"a": "validation", "b": "train", "d": "train"})
    )
    assert numbers["moved"] == {"train to validation": 1}
    assert Changes(version=None, since=None, **numbers).words == (  # type: ignore[arg-type]
        "3 rows: 1 added, 1 removed, 1 changed (split 1), 1 moved from train to validation"
    )


@pytest.mark.parametrize("form", ["parquet", "imagefolder", "webdataset", "stylegan-zip", "aahq"])
def test_other_paths_days_and_time_zones_give_the_same_bytes(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
):
    make_build(tmp_path / "one", portraits(4))
    shutil.copytree(tmp_path / "one", tmp_path / "far" / "away" / "other name")
    flags = [
        "--format",
        form,
        "--version",
        "1.0",
        "--split-share",
        "0.5",
        *(["--content", "pixels"] if form != "aahq" else []),
    ]
    publish(tmp_path / "one", "--to", str(tmp_path / "first"), *flags)
    for path in (tmp_path / "far").rglob("*.png"):
        os.utime(path, (1e9, 1e9))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 40 * 86400.0)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.chdir(tmp_path)
    time.tzset()
    try:
        publish(tmp_path / "far" / "away" / "other name", "--to", "second", *flags)
    finally:
        monkeypatch.undo()
        time.tzset()
    first, second = (
        {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
        for root in (tmp_path / "first", tmp_path / "second")
    )
    assert first == second
