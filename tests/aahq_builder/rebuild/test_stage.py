"""A published list, served locally, becomes the faces that the reference formulation cuts out."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aahq_builder.align.geometry import FourPoints, crop_quad
from aahq_builder.align.warp import warp_reference
from aahq_builder.images import decode
from aahq_builder.testserver.server import Server
from tests.aahq_builder.conftest import Serve, aahq_build, artworks
from tests.aahq_builder.gallery_pictures import drawn, write_gallery

SIZE = 64
GRANTED = ("--i-have-a-legal-basis", "--rate", "0", "--retry-pause-s", "0.01", "--timeout-s", "2", "--size", SIZE)


def landmarks(number: int) -> dict[str, list[float]]:
    """Points of a face in a picture of 48 px; some crops leave it."""
    shift = np.random.default_rng(number).uniform(-4, 4, 2)
    points = {"eye_left": (18, 18), "eye_right": (30, 19), "mouth_left": (20, 30), "mouth_right": (29, 31)}
    return {name: (np.array(point) + shift).tolist() for name, point in points.items()}


def write_list(path: Path, server: Server) -> dict[str, dict[str, object]]:
    """The published schema, with a key that we do not know."""
    entries: dict[str, dict[str, object]] = {}
    for work in server.gallery.works:
        url = work.image_url(server.url.rstrip("/"))
        entries[f"aligned_{work.number:05d}.png"] = {
            "image_url": url, "raw_name": url.replace("/", "_"), "landmarks": landmarks(work.number), "future": [1],
        }  # fmt: skip
    path.write_text(json.dumps(entries))
    return entries


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    error = np.mean((first.astype(float) - second.astype(float)) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


@pytest.mark.slow
def test_three_hundred_entries_become_the_reference_faces_and_a_report_of_the_missing(
    tmp_path: Path, serve: Serve
) -> None:
    write_gallery(tmp_path / "gallery", 300)
    server = serve(tmp_path / "gallery", faults=("404", "410", "html", "x_robots", "503"), fault_every=10)
    entries = write_list(tmp_path / "AAHQ-dataset.json", server)
    work = tmp_path / "work"
    aahq_build("rebuild", tmp_path / "AAHQ-dataset.json", "--endpoint", server.url, "--work", work, *GRANTED)
    faulty = {
        f"aligned_{each.number:05d}.png": str(each.fault.error)
        for each in server.gallery.works
        if each.fault and each.fault.error
    }
    report = json.loads((work / "rebuild-report.json").read_text())
    assert {entry["name"]: entry["cause"] for entry in report["missing"]} == faulty
    assert report["entries"] == 300
    assert len(faulty) == 24
    for number, (name, entry) in enumerate(entries.items(), start=1):
        if name not in faulty:
            points = FourPoints(*(np.array(point) for point in entry["landmarks"].values()))  # type: ignore[attr-defined]
            expected = warp_reference(np.asarray(drawn(number)), crop_quad(points), SIZE)
            assert psnr(decode(work / "rebuilt" / name).pixels, expected) >= 48.0


def test_without_a_legal_basis_nothing_of_the_list_is_asked_for(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 2)
    server = serve(tmp_path / "gallery")
    write_list(tmp_path / "list.json", server)
    done = aahq_build("rebuild", tmp_path / "list.json", "--endpoint", server.url, "--work", tmp_path / "w", expect=1)
    assert "--i-have-a-legal-basis" in done.stderr
    assert server.log.entries == []


def test_rows_of_the_list_are_research_and_a_rerun_asks_for_nothing(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 3)
    server = serve(tmp_path / "gallery")
    write_list(tmp_path / "list.json", server)
    words = ("rebuild", tmp_path / "list.json", "--endpoint", server.url, "--work", tmp_path / "work", *GRANTED)
    aahq_build(*words)
    asked = len(server.log.entries)
    (tmp_path / "work" / "rebuilt" / "aligned_00001.png").touch()
    aahq_build(*words)
    assert {row.rights for row in artworks(tmp_path / "work").values()} == {"research"}
    assert len(server.log.entries) == asked


def test_hostile_entries_are_named_in_the_report_and_write_nothing_outside(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 2)
    server = serve(tmp_path / "gallery")
    entries = write_list(tmp_path / "list.json", server)
    good = next(iter(entries.values()))
    hostile = {
        "../../escape.png": good,
        "/tmp/escape.png": good,
        ".hidden.png": good,
        "no-points.png": {"image_url": good["image_url"]},
        "not-numbers.png": {**good, "landmarks": {**landmarks(1), "eye_left": ["a", None]}},
        "giant.png": {**good, "landmarks": {name: [1e6 * x, 1e6 * y] for name, (x, y) in landmarks(1).items()}},
        "coincide.png": {**good, "landmarks": {name: [1, 1] for name in landmarks(1)}},
        "no-url.png": {"landmarks": landmarks(1)},
        "text.png": "not an object",
        "private.png": {**good, "image_url": "http://169.254.169.254/latest/meta-data"},
        "file.png": {**good, "image_url": "file:///etc/passwd"},
    }
    (tmp_path / "list.json").write_text(json.dumps({**entries, **hostile}))
    aahq_build("rebuild", tmp_path / "list.json", "--endpoint", server.url, "--work", tmp_path / "work", *GRANTED)
    report = json.loads((tmp_path / "work" / "rebuild-report.json").read_text())
    causes = {entry["name"]: entry["cause"] for entry in report["missing"]}
    assert {name: cause for name, cause in causes.items() if cause == "unsafe_url"}.keys() == {
        "private.png",
        "file.png",
    }
    assert causes.keys() == hostile.keys()
    assert not list(tmp_path.rglob("*escape*"))
    assert sorted(path.name for path in (tmp_path / "work" / "rebuilt").iterdir()) == sorted(entries)


def write_release(folder: Path, server: Server, sha256: dict[int, str]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = []
    for work in server.gallery.works:
        points = landmarks(work.number)
        quad = crop_quad(FourPoints(*(np.array(point) for point in points.values())))
        url = work.image_url(server.url.rstrip("/"))
        rows.append({
            "face_id": f"met-{work.number:016x}-0", "image_url": url, "license": "CC0-1.0", "quad": quad.tolist(),
            "sha256": sha256[work.number], "pixel_sha256": "0" * 64, "title": "t", **points,
        })  # fmt: skip
    (folder / "data" / "urls").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "data" / "urls" / "train-00000-of-00001.parquet")
    return folder


def test_our_own_release_is_rebuilt_and_changed_bytes_are_refused(tmp_path: Path, serve: Serve) -> None:
    import hashlib

    write_gallery(tmp_path / "gallery", 4)
    server = serve(tmp_path / "gallery")
    hashes = {work.number: hashlib.sha256(work.file.read_bytes()).hexdigest() for work in server.gallery.works}
    release = write_release(tmp_path / "release", server, {**hashes, 3: "f" * 64})
    work = tmp_path / "work"
    aahq_build("rebuild", release, "--endpoint", server.url, "--work", work, *GRANTED[1:])
    report = json.loads((work / "rebuild-report.json").read_text())
    assert report["causes"] == {"rebuilt": 3, "hash_mismatch": 1}
    assert [entry["name"] for entry in report["missing"]] == [f"met-{3:016x}-0.png"]
    assert {row.rights for row in artworks(work).values() if row.status == "fetched"} == {"open"}
    with Image.open(work / "rebuilt" / f"met-{1:016x}-0.png") as face:
        assert face.size == (SIZE, SIZE)


def test_another_list_with_other_hashes_never_takes_the_bytes_of_the_first(tmp_path: Path, serve: Serve) -> None:
    import hashlib

    write_gallery(tmp_path / "gallery", 3)
    server = serve(tmp_path / "gallery")
    hashes = {work.number: hashlib.sha256(work.file.read_bytes()).hexdigest() for work in server.gallery.works}
    work = tmp_path / "work"
    words = ("--endpoint", server.url, "--work", work, *GRANTED[1:])
    aahq_build("rebuild", write_release(tmp_path / "first", server, hashes), *words)
    names = [f"met-{number:016x}-0.png" for number in (1, 2, 3)]
    assert sorted(path.name for path in (work / "rebuilt").iterdir()) == names
    drawn(99).save(server.gallery.works[0].file)  # the first picture is replaced on the site, the second in the list
    replaced = hashlib.sha256(server.gallery.works[0].file.read_bytes()).hexdigest()
    asked = len(server.log.entries)
    aahq_build("rebuild", write_release(tmp_path / "second", server, {**hashes, 1: replaced, 2: "f" * 64}), *words)
    report = json.loads((work / "rebuild-report.json").read_text())
    assert report["causes"] == {"rebuilt": 2, "hash_mismatch": 1}
    assert sorted(path.name for path in (work / "rebuilt").iterdir()) == [names[0], names[2]]
    assert {row.sha256 for row in artworks(work).values() if row.status == "fetched"} == {replaced, hashes[3]}
    pictures = [str(entry["path"]) for entry in server.log.entries[asked:] if "/images/" in str(entry["path"])]
    assert sorted(path.split("/")[2] for path in pictures) == ["1", "2"]
