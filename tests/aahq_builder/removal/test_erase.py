"""Withdrawals and takedowns: nothing of a removed work may be left, and it must not come back."""

import json
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import requests
from PIL import Image

from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, Fingerprint, MapPoint, Resemblance, Review, Score
from aahq_builder.removal import erase, takedown
from aahq_builder.removal.config import TakedownConfig
from aahq_builder.testserver.server import Server
from aahq_builder.tsne import findings
from aahq_builder.tsne.cluster_table import describe_clusters
from aahq_builder.tsne.layout import Layout, Reduction, load_layout
from aahq_builder.tsne.outputs import read_numbers, write_table
from aahq_builder.tsne.project import nearest_neighbours
from aahq_builder.tsne.shown import MapFace
from aahq_builder.workdir import WorkDir
from tests.aahq_builder.conftest import Serve, aahq_build, artworks, kill_after
from tests.aahq_builder.gallery_pictures import write_gallery
from tests.drawn_build import make_build, portraits

QUICK = ("--rate", "0", "--retry-pause-s", "0.01", "--timeout-s", "2")


def crawl(server: Server, work: Path) -> None:
    aahq_build("crawl", "html", "--url", server.url, "--work", work, *QUICK)


def add_faces(work: Path) -> None:
    """Give every fetched artwork what the later stages would: a face, scores, a place on the map, files."""
    workdir = WorkDir(work)
    shown = []
    with Journal(workdir.database) as journal, journal.transaction():
        for index, row in enumerate(journal.select(Artwork, "status = 'fetched' ORDER BY artwork_id")):
            face_id = f"{row.artwork_id}-0"
            quad = [[4, 4], [4, 40], [40, 40], [40, 4]]
            face = Face(
                face_id=face_id, artwork_id=row.artwork_id, detector="drawn", landmark_model="drawn", confidence=1.0,
                landmarks=[[0.0, 0.0]] * 68, eye_left=[1, 1], eye_right=[2, 1], mouth_left=[1, 2], mouth_right=[2, 2],
                quad=quad, face_px=36.0, pad_fraction=0.0, path=workdir.face(face_id),
            )  # fmt: skip
            journal.insert([
                face,
                Score(face_id=face_id, name="sharpness", value=1.0, version="1"),
                Fingerprint(
                    face_id=face_id, pixel_sha256=f"{index:064x}", perceptual_hash="0" * 16, face_sketch=b"",
                    work_sketch=b"", version="1",
                ),
                Resemblance(
                    first=face_id, second=f"~{face_id}", face_share=1.0, work_share=1.0,
                    face_region_share=1.0, work_region_share=1.0, colours="same", colour_difference=0.0,
                    mirrored=False, shift=0.0, size_ratio=1.0,
                ),
                Review(face_id=face_id, reviewer="me", decision="keep", decided_at="2026-01-01"),
                MapPoint(face_id=face_id, x=index, y=0.0, version="1"),
            ])  # fmt: skip
            for folder in ("faces", "thumbnails", "map/features-gram"):
                (work / folder).mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (32, 32)).save(work / folder / f"{face_id}.png")
            group = 1 + index % 2
            shown.append(
                MapFace(face_id, row.artwork_id, index, 0.0, "t", str(row.artist), "l", "html", "", b"", group, 0.5)
            )
    points = np.arange(len(shown) * 2, dtype=float).reshape(-1, 2)
    near = nearest_neighbours(points, 10)
    write_table(workdir.map / "map.parquet", shown, near, ["drawn"], numbers_given=7)
    write_findings(workdir.map, shown, near)
    rule = Reduction(np.zeros(2), np.ones(2), np.eye(2))
    Layout("key", [face.face_id for face in shown], rule, points, points).save(workdir.map / "layout.npz")
    (workdir.map / "map.html").write_text("everything")
    aahq_build("publish", "--work", work)


def write_findings(folder: Path, shown: list[MapFace], near: tuple[np.ndarray, np.ndarray]) -> None:
    """Clusters of all faces, a pair of them, and one far from all."""
    clusters = describe_clusters(shown, {face.cluster: face.face_id for face in shown})
    found = findings.find(shown, clusters, near, {})
    findings.write(folder, replace(found, alike=[(0, 1, 0.1), (2, 3, 0.1)], far=shown[-1:]))


def traces(work: Path, words: set[str]) -> list[str]:
    """Files whose name, bytes, or unpacked Parquet rows hold one of the words."""
    import pyarrow.parquet as pq

    found = []
    for path in work.rglob("*"):
        if path.is_file():
            content = path.read_bytes() + path.name.encode()
            if path.suffix == ".parquet":
                content += json.dumps(pq.read_table(path).to_pylist(), default=str).encode()
            found += [f"{path.name}: {word}" for word in words if word.encode() in content]
    return found


def assert_gone(work: Path, before: Artwork) -> None:
    with sqlite3.connect(WorkDir(work).database) as database:
        database.row_factory = sqlite3.Row
        (row,) = database.execute("SELECT * FROM artworks WHERE artwork_id = ?", (before.artwork_id,)).fetchall()
        for table in ("faces", "scores", "fingerprints", "reviews", "map_points"):
            sql = f"SELECT count(*) FROM {table} WHERE face_id LIKE ?"
            assert database.execute(sql, (before.artwork_id + "%",)).fetchone()[0] == 0
        sql = "SELECT count(*) FROM resemblances WHERE first LIKE ?1 OR second LIKE ?1"
        assert database.execute(sql, (f"%{before.artwork_id}%",)).fetchone()[0] == 0
    kept = {name: row[name] for name in row.keys() if row[name] is not None}  # noqa: SIM118 - sqlite3.Row is no mapping
    assert set(kept) == {"artwork_id", "status", "error", "error_detail", "removed_at"}
    assert kept["status"] == "removed"
    words = {str(before.title) + "<", str(before.sha256), str(before.image_url), f"{before.artwork_id}-0"}
    assert traces(work, words) == []


def test_a_takedown_leaves_no_trace_and_the_artist_never_comes_back(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 21)
    server = serve(tmp_path / "gallery")
    work = tmp_path / "work"
    crawl(server, work)
    add_faces(work)
    before = artworks(work)
    hers = [row for row in before.values() if row.artist == "Artist 3"]
    assert {"clusters.parquet", "map.parquet"} <= {found.split(":")[0] for found in traces(work, {"Artist 3"})}
    done = aahq_build("takedown", "artist:  ARTIST   3", "--work", work, "--json", "--reason", "by mail")
    assert json.loads(done.stdout)["artworks"] == len(hers) == 3
    for row in hers:
        assert_gone(work, row)
    assert traces(work, {"Artist 3", "ARTIST   3"}) == []
    assert len(list((work / "faces").iterdir())) == 18
    layout = load_layout(WorkDir(work).map / "layout.npz")
    assert layout is not None
    assert len(layout.face_ids) == len(layout.positions) == 18
    numbers, given = read_numbers(WorkDir(work).map / "map.parquet")
    assert len(numbers) == 18 and given == 7, "later clusters get numbers that none of before had"
    requests.post(f"{server.url}_control", json={}, timeout=5)
    asked = len(server.log.entries)
    aahq_build("crawl", "html", "--url", server.url, "--work", work, "--relist", *QUICK)
    new_work = work.parent / "again"
    new_work.mkdir()
    with Journal(WorkDir(work).database) as journal:
        assert journal.count(Artwork, "status = 'fetched'") == 18
        assert journal.count(Artwork, "artist = 'Artist 3'") == 0
    pictures = {work_.image_path for work_ in server.gallery.works if work_.credit.artist == "Artist 3"}
    assert not pictures & {str(entry["path"]) for entry in server.log.entries[asked:]}


def test_a_taken_down_artist_is_refused_under_new_addresses_too(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 8)
    work = tmp_path / "work"
    crawl(serve(tmp_path / "gallery"), work)
    aahq_build("takedown", "artist:Artist 3", "--work", work)
    elsewhere = serve(tmp_path / "gallery")  # another port: every page and picture has a new address
    crawl(elsewhere, work)
    row = artworks(work)[f"{elsewhere.url}artwork/3"]
    assert (row.status, row.error) == ("denied", "tombstone")


def test_a_taken_down_hash_is_refused_when_its_bytes_come_again(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 3)
    work = tmp_path / "work"
    crawl(serve(tmp_path / "gallery"), work)
    sha256 = next(iter(artworks(work).values())).sha256
    aahq_build("takedown", sha256, "--work", work)
    elsewhere = serve(tmp_path / "gallery")
    crawl(elsewhere, work)
    rows = [row for name, row in artworks(work).items() if name.startswith(elsewhere.url)]
    assert sorted(row.error or "" for row in rows) == ["", "", "tombstone"]


def test_a_takedown_that_matches_nothing_says_how_to_refuse_for_ever(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 2)
    crawl(serve(tmp_path / "gallery"), tmp_path / "work")
    done = aahq_build("takedown", "Nobody", "--work", tmp_path / "work", expect=1)
    assert "artist:NAME" in done.stderr
    aahq_build("takedown", "artist:Nobody", "--work", tmp_path / "work")


def test_noai_between_two_runs_removes_image_face_map_point_and_release_row(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 12)
    server = serve(tmp_path / "gallery")
    work = tmp_path / "work"
    crawl(server, work)
    add_faces(work)
    before = artworks(work)
    requests.post(f"{server.url}_control", json={"noai": [2, 7], "gone": [5]}, timeout=5)
    done = aahq_build("refresh", "--endpoint", server.url, "--work", work, "--json", *QUICK)
    assert json.loads(done.stdout) == {"total": 12, "confirmed": 9, "withdrawn": 3}
    for number in (2, 5, 7):
        assert_gone(work, before[f"{server.url}artwork/{number}"])
    assert len(artworks(work)) == 10  # the emptied rows share the empty source_id
    requests.post(f"{server.url}_control", json={"noai": [], "gone": []}, timeout=5)
    aahq_build("crawl", "html", "--url", server.url, "--work", work, "--relist", *QUICK)
    with Journal(WorkDir(work).database) as journal:
        assert journal.count(Artwork, "status = 'removed'") == 2  # whoever opted out; what was only gone is back


def test_a_refresh_asks_for_no_body_that_it_has(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 4)
    server = serve(tmp_path / "gallery")
    crawl(server, tmp_path / "work")
    asked = len(server.log.entries)
    aahq_build("refresh", "--endpoint", server.url, "--work", tmp_path / "work", *QUICK)
    again = [entry for entry in server.log.entries[asked:] if str(entry["path"]).startswith("/images/")]
    assert [entry["status"] for entry in again] == [304] * 4


def test_a_dead_host_is_no_withdrawal(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 3)
    server = serve(tmp_path / "gallery")
    crawl(server, tmp_path / "work")
    url = server.url
    server.shutdown()
    server.server_close()
    words = ("refresh", "--endpoint", url, "--work", tmp_path / "work", "--json", *QUICK)
    assert json.loads(aahq_build(*words).stdout) == {"total": 3, "not_reached": 3}
    assert {row.status for row in artworks(tmp_path / "work").values()} == {"fetched"}


def test_an_audit_prints_the_evidence_and_finds_gaps(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 3)
    crawl(serve(tmp_path / "gallery"), tmp_path / "work")
    done = aahq_build("audit", "Artist 1", "--work", tmp_path / "work", "--json")
    read = {signal["signal"] for signal in json.loads(done.stdout)["rights_evidence"]}
    assert read == {"license", "tags", "page", "robots", "tdmrep", "ai_txt", "image_headers", "picture_metadata"}
    aahq_build("audit", "--work", tmp_path / "work")
    with Journal(WorkDir(tmp_path / "work").database) as journal:
        row = next(journal.select(Artwork))
        journal.update(Artwork, row.artwork_id, rights_evidence=[])
    done = aahq_build("audit", "--work", tmp_path / "work", expect=1)
    assert "robots was never read" in done.stderr


def test_earlier_runs_forget_the_name_too(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 3)
    crawl(serve(tmp_path / "gallery"), tmp_path / "work")
    for spelling in ("Artist 1", "ARTIST  1", "artist-1"):
        aahq_build("publish", "--title", f"Works of {spelling}", "--work", tmp_path / "work")
    aahq_build("takedown", "Artist 1", "--work", tmp_path / "work", "--reason", "Artist 1 asked by mail")
    assert traces(tmp_path / "work", {"rtist 1", "RTIST  1", "rtist-1"}) == []
    with Journal(WorkDir(tmp_path / "work").database) as journal:
        assert [row.error_detail for row in journal.select(Artwork, "status = 'removed'")] == [
            "[removed] asked by mail"
        ]


@pytest.mark.slow
def test_a_takedown_that_was_killed_is_finished_by_the_same_command(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 14)
    work = tmp_path / "work"
    crawl(serve(tmp_path / "gallery"), work)
    add_faces(work)
    hers = [row for row in artworks(work).values() if row.artist == "Artist 3"]
    words = ("takedown", "artist:Artist 3", "--work", work)
    kill_after(1, lambda: num_hidden(work), *words)
    assert num_hidden(work) == len(hers)
    aahq_build(*words)
    for row in hers:
        assert_gone(work, row)
    assert not list(work.rglob(".tmp-*/**/*.parquet"))


def num_hidden(work: Path) -> int:
    """Rows that a removal has begun with."""
    with Journal(WorkDir(work).database, read_only=True) as journal:
        return journal.count(Artwork, "status = 'removed'")


@pytest.mark.parametrize("broken", range(len(erase.STAGES) + 2))
def test_a_removal_broken_off_between_any_two_steps_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    work = tmp_path / "work"
    make_build(work, [replace(portrait, artist=f"Artist {portrait.number % 2}") for portrait in portraits(4)])
    config = TakedownConfig(work=work, pattern="artist:Artist 1", quiet=True)
    hers = [row for row in artworks(work).values() if row.artist == "Artist 1"]
    with monkeypatch.context() as broken_off:
        if broken < len(erase.STAGES):
            stages = list(erase.STAGES)
            stages[broken] = interrupt
            broken_off.setattr(erase, "STAGES", tuple(stages))
        else:
            broken_off.setattr(erase, ("_empty_rows", "_wipe_database")[broken - len(erase.STAGES)], interrupt)
        with pytest.raises(KeyboardInterrupt):
            takedown.run(config, config.console())
    with Journal(WorkDir(work).database) as journal:
        assert journal.count(Artwork, "status = 'fetched'") == 2
    other = TakedownConfig(work=work, pattern="artist:Somebody else", quiet=True)
    takedown.run(other, other.console())
    for row in hers:
        assert_gone(work, row)


def interrupt(*anything: object) -> Counter[str]:
    raise KeyboardInterrupt
