"""A host that is down: its rows wait, the run says so and ends with 1."""

import json
import socket
from pathlib import Path

from aahq_builder.crawl.live import LiveView
from aahq_builder.errors import ADVICE, ErrorKind
from blendgan.console import Console, Progress
from tests.aahq_builder.conftest import Serve, aahq_build, artworks
from tests.aahq_builder.gallery_pictures import write_gallery

QUICK = ("--rate", "0", "--retry-pause-s", "0.02", "--timeout-s", "1", "--breaker-pause-s", "0.05")


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def write_urls(path: Path, base: str, count: int) -> Path:
    rows = [f"{base}/images/{number}/p.png,CC0-1.0" for number in range(1, count + 1)]
    path.write_text("url,license\n" + "\n".join(rows))
    return path


def test_rows_of_a_dead_host_wait_and_are_fetched_once_it_is_back(tmp_path: Path, serve: Serve) -> None:
    port = closed_port()
    base = f"http://127.0.0.1:{port}"
    words = ("crawl", "urls", "--path", write_urls(tmp_path / "list.csv", base, 60), "--endpoint", base, *QUICK)
    done = aahq_build(*words, "--work", tmp_path / "work", expect=1)
    assert "times in a row (connect); pausing it" in done.stderr
    assert "left alone for this run" in done.stderr
    assert f"artworks wait for 127.0.0.1:{port}" in done.stderr
    statuses = [row.status for row in artworks(tmp_path / "work").values()]
    assert statuses.count("found") >= 40  # those few that had all their five tries have failed
    serve(write_gallery(tmp_path / "gallery", 60), port=port)
    aahq_build(*words, "--work", tmp_path / "work", "--retry-failed")
    assert {row.status for row in artworks(tmp_path / "work").values()} == {"fetched"}


def test_a_site_that_challenges_is_left_alone_after_twenty(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 60)
    server = serve(tmp_path / "gallery", faults=("challenge",), fault_every=1)
    list_ = write_urls(tmp_path / "list.csv", server.url.rstrip("/"), 60)
    words = ("crawl", "urls", "--path", list_, "--endpoint", server.url, "--work", tmp_path / "work", "--workers", "4")
    done = aahq_build(*words, *QUICK, expect=1)
    assert "proof of a human visitor" in done.stderr
    rows = list(artworks(tmp_path / "work").values())
    challenged = [row for row in rows if row.error == "http_403_challenge"]
    assert 20 <= len(challenged) <= 20 + 4 + 3
    assert {row.status for row in rows if row not in challenged} == {"found"}


def test_advice_comes_once_when_one_kind_dominates(capsys) -> None:  # type: ignore[no-untyped-def]
    live = LiveView(Console(json=True), Progress(None, "artwork", 0, quiet=True))
    for number in range(60):
        live.finished("example.org:80", ErrorKind.HTTP_404 if number % 4 else None, in_flight=3)
    live.observed(left=100, retries=0)
    said = capsys.readouterr().err
    assert said.count(ADVICE[ErrorKind.HTTP_404]) == 1
    facts = live.facts(in_flight=3)
    assert (facts["done"], facts["left"], facts["errors"]) == (60, 100, {"http_404": 45})
    json.dumps(facts)


def test_every_kind_has_advice_and_a_line_in_the_documentation() -> None:
    assert set(ADVICE) == set(ErrorKind)
    text = (Path(__file__).parents[3] / "docs" / "errors.md").read_text()
    assert [kind for kind in ErrorKind if f"`{kind}`" not in text] == []
