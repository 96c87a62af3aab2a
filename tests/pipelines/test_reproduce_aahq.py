"""The authors' list, served locally with a dead link, becomes faces, a table of link rot, and a list with hashes."""

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from aahq_builder.testserver import config as testserver
from aahq_builder.testserver.gallery import open_gallery
from aahq_builder.testserver.server import serving
from blendgan.command import run
from pipelines.reproduce_aahq import COMMAND
from tests.aahq_builder.gallery_pictures import write_gallery

LANDMARKS = {"eye_left": [18, 18], "eye_right": [30, 19], "mouth_left": [20, 30], "mouth_right": [29, 31]}


def reproduce(*words: object) -> int:
    return run("reproduce", COMMAND, list(map(str, words)))


@pytest.mark.slow
def test_what_is_left_of_a_list_is_cut_out_counted_and_listed_with_hashes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_gallery(tmp_path / "gallery", 4)
    config = testserver.TestserverConfig(path=tmp_path / "gallery", port=0, faults=("404",), fault_every=4)
    with serving(open_gallery(config)) as server:
        entries = {
            f"{work.number:05d}.png": {
                "image_url": work.image_url(server.url.rstrip("/")), "raw_name": "raw", "landmarks": LANDMARKS,
            }
            for work in server.gallery.works
        }  # fmt: skip
        entries["00001-b.png"] = entries["00001.png"]  # two faces of one picture
        (tmp_path / "AAHQ-dataset.json").write_text(json.dumps(entries))
        words = (tmp_path / "AAHQ-dataset.json", "--out", tmp_path / "out", "--size", "64", "--endpoint", server.url)
        assert reproduce(*words, "--i-have-a-legal-basis", "--rate", "0") == 0
    said = capsys.readouterr()
    assert "5 faces in 4 pictures; 4 requests to 1 hosts" in said.err + said.out
    faces = sorted(path.name for path in (tmp_path / "out" / "work" / "rebuilt").iterdir())
    assert faces == ["00001-b.png", "00001.png", "00002.png", "00003.png"]
    table = (tmp_path / "out" / "link-rot.md").read_text()
    assert "| rebuilt | 4 | 80.0% |" in table and "| http_404 | 1 | 20.0% | dead links" in table
    rows = pq.read_table(tmp_path / "out" / "list" / "data" / "urls").to_pylist()
    served = {hashlib.sha256(work.file.read_bytes()).hexdigest() for work in server.gallery.works[:3]}
    assert {row["sha256"] for row in rows} == served
    assert {row["rights"] for row in rows} == {"research"}
    pictures = [*(tmp_path / "out" / "list").rglob("*.png"), *(tmp_path / "out" / "list").rglob("*.jp*g")]
    assert {path.name for path in pictures} <= {"shares.png", "scores.png"}, "charts of the card, and no face"


def test_a_dry_run_says_what_it_takes_and_asks_for_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = {
        f"{number}.png": {"image_url": f"https://cdn.example/{number}.png", "landmarks": LANDMARKS}
        for number in range(7200)
    }
    (tmp_path / "list.json").write_text(json.dumps(entries))
    assert reproduce(tmp_path / "list.json", "--out", tmp_path / "out", "--dry-run") == 0
    said = capsys.readouterr()
    # 7,200 requests at one a second are two hours; 0.76 + 0.96 MB for each are 12.4 GB
    assert "7,200 requests to 1 hosts, 2.0 hours at 1 a second, up to 12.4 GB" in said.err + said.out
    assert "aahq-build rebuild" in said.out and "--include-research" in said.out
    assert not (tmp_path / "out").exists()


def test_a_missing_list_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reproduce(tmp_path / "AAHQ-dataset.json") == 1
    assert "get AAHQ-dataset.json from the page of its authors" in capsys.readouterr().err
