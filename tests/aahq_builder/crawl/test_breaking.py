"""A host that is down: its rows wait, the run says so and ends with 1."""

import signal
import socket
import subprocess
from pathlib import Path

import pytest

from aahq_builder.web.url_safety import host_key
from tests.aahq_builder.conftest import Serve, aahq_build, artworks, build_command, environment, image_requests
from tests.aahq_builder.gallery_pictures import write_gallery
from tests.aahq_builder.written_site import Answer, NewSite

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


def test_a_site_that_challenges_from_the_first_picture_on_is_left_alone_at_once(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 60)
    server = serve(tmp_path / "gallery", faults=("challenge",), fault_every=1)
    list_ = write_urls(tmp_path / "list.csv", server.url.rstrip("/"), 60)
    words = ("crawl", "urls", "--path", list_, "--endpoint", server.url, "--work", tmp_path / "work", "--workers", "4")
    done = aahq_build(*words, *QUICK, expect=1)
    assert "refuses its pictures (http_403_challenge) and is left alone for this run" in done.stderr
    assert f"60 artworks wait for {host_key(server.url)}, which refuses programs for now" in done.stderr
    assert {(row.status, row.error) for row in artworks(tmp_path / "work").values()} == {("found", None)}
    assert len(image_requests(server)) <= 4  # what was in flight when the first answer came


@pytest.mark.parametrize("place", ["/", "/robots.txt", "/one.png"], ids=["listing", "robots", "picture"])
def test_a_wait_is_said_and_an_interrupt_ends_it_at_once(place: str, new_site: NewSite, tmp_path: Path) -> None:
    site = new_site()
    site.put("/", Answer(body=b'<a class="artwork" href="/one">One</a>'))
    licence = b'<a rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">CC0</a>'
    site.put("/one", Answer(body=b'<figure><img src="/one.png"></figure>' + licence))
    site.put(place, Answer(503, headers={"Retry-After": "300"}))
    words = (
        "crawl",
        "html",
        "--url",
        f"{site.url}/",
        "--work",
        tmp_path / "work",
        *QUICK,
        "--contact",
        "me@example.org",
    )
    process = subprocess.Popen(build_command(*words), env=environment(), stderr=subprocess.PIPE, text=True)
    assert process.stderr
    assert "asks to be left alone for 5 min" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    process.stderr.close()


def test_a_host_that_asks_for_a_day_of_silence_ends_the_run_with_its_rows_waiting(
    new_site: NewSite, tmp_path: Path
) -> None:
    site = new_site()
    site.put("/1.png", Answer(429, headers={"Retry-After": "86400"}))
    (tmp_path / "list.csv").write_text("url,license\n" + "".join(f"{site.url}/{n}.png,CC0-1.0\n" for n in (1, 1, 2)))
    words = ("crawl", "urls", "--path", tmp_path / "list.csv", "--endpoint", site.url, "--work", tmp_path / "work")
    done = aahq_build(*words, *QUICK, "--workers", "1", expect=1)
    assert "asks to be left alone for 24 h and is left alone for this run" in done.stderr
    assert {row.status for row in artworks(tmp_path / "work").values()} == {"found"}
    site.put("/1.png", Answer(404))
    aahq_build(*words, *QUICK)
    assert {row.error for row in artworks(tmp_path / "work").values()} == {"http_404"}


def test_a_line_that_is_no_json_costs_its_own_row(tmp_path: Path) -> None:
    (tmp_path / "list.jsonl").write_text('\ufeff{"url": "http://127.0.0.1:9/1.png"}\n{oops\n')
    words = ("crawl", "urls", "--path", tmp_path / "list.jsonl", "--work", tmp_path / "work")
    done = aahq_build(*words, *QUICK, "--contact", "me@example.org")
    rows = artworks(tmp_path / "work")
    assert (rows["row 2"].status, rows["row 2"].error) == ("denied", "decode")
    assert len(rows) == 2
    assert "Traceback" not in done.stderr
