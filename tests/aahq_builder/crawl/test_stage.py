"""Crawls of a real server by the real command."""

import dataclasses
import random
from collections import Counter
from pathlib import Path

import pytest

from aahq_builder.testserver.faults import FAULTS
from aahq_builder.testserver.server import Server
from tests.aahq_builder.conftest import (
    Serve,
    aahq_build,
    artworks,
    contents,
    image_requests,
    kill_after,
    last_line,
)
from tests.aahq_builder.gallery_pictures import drawn, write_gallery, write_hostile

QUICK = ("--rate", "0", "--retry-pause-s", "0.01", "--timeout-s", "2", "--contact", "tests@example.org")


def test_every_hostile_file_leaves_its_reason_and_good_ones_are_fetched(tmp_path: Path, serve: Serve) -> None:
    expected = write_hostile(tmp_path / "gallery")
    server = serve(tmp_path / "gallery")
    aahq_build("crawl", "html", "--url", server.url, "--work", tmp_path / "work", *QUICK)
    rows = artworks(tmp_path / "work")
    found = {work.file.name: rows[f"{server.url}artwork/{work.number}"] for work in server.gallery.works}
    assert {name: row.error for name, row in found.items()} == expected
    assert (found["rotated.jpg"].width, found["rotated.jpg"].height) == (40, 60)
    script = found["'quotes\" & <script>.png"]
    assert script.title == "\"Portrait\" of 'O'Hara' <script>alert(1)</script> & friends"
    assert script.path == f"originals/{script.sha256[:2]}/{script.sha256}.png"  # type: ignore[index]


def test_a_folder_is_the_users_own_statement(tmp_path: Path) -> None:
    expected = write_hostile(tmp_path / "mine")
    done = aahq_build("crawl", "folder", "--path", tmp_path / "mine", "--work", tmp_path / "work", "--json")
    rows = artworks(tmp_path / "work")
    assert {name: row.error for name, row in rows.items()} == expected
    assert {row.rights for row in rows.values() if row.status == "fetched"} == {"permitted"}
    assert last_line(done) == {"total": 8, "fetched": 4, "failed": 4}


def test_the_museum_gives_only_what_it_calls_public_domain(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 5)
    write_gallery(tmp_path / "closed", 5, license="LicenseRef-museum")
    for name, status in (("gallery", "fetched"), ("closed", "denied")):
        server = serve(tmp_path / name)
        aahq_build("crawl", "met", "--endpoint", server.url, "--work", tmp_path / f"work-{name}", *QUICK)
        assert {row.status for row in artworks(tmp_path / f"work-{name}").values()} == {status}
    assert not image_requests(server)


@pytest.mark.slow
def test_every_fault_ends_in_its_own_kind_and_none_stops_the_run(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", len(FAULTS) + 3)
    server = serve(tmp_path / "gallery", faults=("all",), fault_every=1)
    aahq_build(
        "crawl",
        "html",
        "--url",
        server.url,
        "--work",
        tmp_path / "work",
        "--max-mb",
        "1",
        "--timeout-s",
        "0.5",
        *QUICK[:4],
        expect=1,  # one row waits
    )
    rows = artworks(tmp_path / "work")
    found = {
        work.fault.name: rows[f"{server.url}artwork/{work.number}"].error
        for work in server.gallery.works[: len(FAULTS)]
        if work.fault
    }
    assert found == {name: fault.error for name, fault in FAULTS.items()}
    waiting = [
        work.fault for work in server.gallery.works if rows[f"{server.url}artwork/{work.number}"].status == "found"
    ]
    assert waiting == [fault for fault in FAULTS.values() if fault.waits]
    assert not [path for path in image_requests(server) if path.startswith("/private")]
    page_says_no = [work for work in server.gallery.works if work.fault and (work.fault.page_head or work.fault.tag)]
    assert not {work.image_path for work in page_says_no} & set(image_requests(server))


def num_done(server: Server, work: Path) -> int:
    """How far a crawl has come: its requests, and pictures where it asks nobody."""
    return len(server.log.entries) or sum(path.is_file() for path in (work / "originals").rglob("*.png"))


def crawl_words(source: str, server: Server, folder: Path) -> list[object]:
    """The command for each source; the lists and permissions that some need are written beside the gallery."""
    if source == "html":
        return ["crawl", source, "--url", server.url, *QUICK]
    if source == "folder":
        return ["crawl", source, "--path", folder]
    if source == "urls":
        rows = [f"{work.image_url(server.url.rstrip('/'))},CC0-1.0" for work in server.gallery.works]
        (folder / "list.csv").write_text("url,license\n" + "\n".join(rows))
        return ["crawl", source, "--path", folder / "list.csv", "--endpoint", server.url, *QUICK]
    if source == "artstation":
        (folder / "letter.txt").write_text("You may use all of it.")
        names = {work.credit.artist for work in server.gallery.works}
        rows = [f"{name},,training,2026-01-31,letter.txt" for name in sorted(names)]
        (folder / "permissions.csv").write_text("artist,page,scope,date,evidence\n" + "\n".join(rows))
        granted = ["--policy", "permitted", "--permissions", folder / "permissions.csv"]
        return ["crawl", source, "--endpoint", server.url, *granted, *QUICK]
    return ["crawl", source, "--endpoint", server.url, *QUICK]


SOURCES = [
    "html", "met", "aic", "cleveland", "commons", "smk", "rijksmuseum", "nga", "artstation", "urls", "folder"
]  # fmt: skip


def check_kills(source: str, tmp_path: Path, serve: Serve, kills: int, seed: int, num_works: int = 100) -> None:
    write_gallery(tmp_path / "gallery", num_works)
    server = serve(tmp_path / "gallery", faults=("503", "404", "html", "x_robots"), fault_every=20)
    words = crawl_words(source, server, tmp_path / "gallery")
    aahq_build(*words, "--work", tmp_path / "whole")
    whole = num_done(server, tmp_path / "whole")
    requested = Counter(image_requests(server))
    transient = {str(work.number) for work in server.gallery.works if work.fault and work.fault.transient_failures}
    assert {path: count for path, count in requested.items() if count > 1 and number_in(path) not in transient} == {}
    server.gallery.hits.clear()
    rng, killed = random.Random(seed), ["--work", tmp_path / "killed"]
    for _ in range(kills):
        kill_after(rng.uniform(0, 0.8) * whole, lambda: num_done(server, tmp_path / "killed"), *words, *killed)
    aahq_build(*words, *killed)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
    statuses = Counter(row.status for row in artworks(tmp_path / "whole").values())
    assert statuses.total() >= num_works
    assert statuses["fetched"] >= 0.95 * num_works


def number_in(path: str) -> str:
    """The number of the work that an image path of any shape belongs to."""
    words = path.split("/")
    digits = {"images": words[-2], "iiif": words[3].rpartition("-")[2], "p": "".join(words[5:8])}[words[1]]
    return digits.lstrip("0")


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_kills_leave_the_rows_and_files_of_an_undisturbed_crawl(source: str, tmp_path: Path, serve: Serve) -> None:
    kills, num_works = (3, 100) if source == "html" else (1, 50)
    check_kills(source, tmp_path, serve, kills, seed=1, num_works=num_works)


@pytest.mark.campaign
@pytest.mark.parametrize("source", SOURCES)
def test_many_kills_leave_the_rows_and_files_of_an_undisturbed_crawl(source: str, tmp_path: Path, serve: Serve) -> None:
    check_kills(source, tmp_path, serve, kills=50 if source == "html" else 20, seed=2, num_works=500)


def test_the_second_run_asks_for_nothing(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 10)
    server = serve(tmp_path / "gallery")
    words = ["crawl", "html", "--url", server.url, "--work", tmp_path / "work", *QUICK]
    aahq_build(*words)
    asked = len(server.log.entries)
    aahq_build(*words)
    assert len(server.log.entries) == asked


def test_a_limit_can_be_raised_later(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 60)
    server = serve(tmp_path / "gallery")
    words = ["crawl", "html", "--url", server.url, "--work", tmp_path / "work", *QUICK]
    for limit in (10, 30, 30):
        aahq_build(*words, "--limit", limit)
        assert len(artworks(tmp_path / "work")) == limit
    aahq_build(*words)
    assert len(artworks(tmp_path / "work")) == 60
    assert Counter(image_requests(server)).most_common(1)[0][1] == 1


def test_every_request_carries_an_honest_name_and_stays_below_the_rate(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 12)
    server = serve(tmp_path / "gallery")
    aahq_build(
        "crawl", "html", "--url", server.url, "--work", tmp_path / "work", "--rate", "20", "--contact", "me@example.org"
    )
    assert all(
        str(e["agent"]).startswith("aahq-build/") and "+me@example.org" in str(e["agent"]) for e in server.log.entries
    )
    times = [float(str(entry["time"])) for entry in server.log.entries]
    assert len(times) > 24
    assert (len(times) - 1) / (times[-1] - times[0]) <= 20 * 1.02


def test_an_unreadable_record_costs_one_row_and_can_be_read_later(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 40)
    server = serve(tmp_path / "gallery")
    words = ("crawl", "met", "--endpoint", server.url, "--work", tmp_path / "work", *QUICK)
    broken = server.gallery.works[4]
    server.gallery.works[4] = dataclasses.replace(broken, fault=FAULTS["page_503_always"])
    aahq_build(*words)
    rows = artworks(tmp_path / "work")
    assert (rows["5"].status, rows["5"].error) == ("denied", "http_5xx")
    assert sum(row.status == "fetched" for row in rows.values()) == 39
    server.gallery.works[4] = broken
    aahq_build(*words, "--relist")
    assert {row.status for row in artworks(tmp_path / "work").values()} == {"fetched"}


def test_another_policy_or_a_new_permission_takes_denied_rows_up_again(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 6, license="")
    server = serve(tmp_path / "gallery")
    words = ("crawl", "html", "--url", server.url, "--work", tmp_path / "work", *QUICK)
    (tmp_path / "letter.txt").write_text("yes")
    (tmp_path / "p.csv").write_text("artist,page,scope,date,evidence\nArtist 2,,training,2026-01-31,letter.txt\n")
    permitted = ("--policy", "permitted", "--permissions", tmp_path / "p.csv")
    for more, fetched in (((), 0), (permitted, 1), (("--policy", "research", "--i-have-a-legal-basis"), 6)):
        aahq_build(*words, *more)
        rows = artworks(tmp_path / "work").values()
        assert sum(row.status == "fetched" for row in rows) == fetched
    assert sorted(str(row.rights) for row in rows) == ["permitted"] + ["research"] * 5
    assert Counter(image_requests(server)).most_common(1)[0][1] == 1


def test_a_changed_file_is_read_again_and_an_untouched_one_is_not(tmp_path: Path) -> None:
    write_gallery(tmp_path / "mine", 2)
    words = ("crawl", "folder", "--path", tmp_path / "mine", "--work", tmp_path / "work", "--json")
    aahq_build(*words)
    before = artworks(tmp_path / "work")
    drawn(99).save(tmp_path / "mine" / "portrait-0001.png")
    assert last_line(aahq_build(*words)) == {"total": 1, "fetched": 1}
    after = artworks(tmp_path / "work")
    assert after["portrait-0001.png"].sha256 != before["portrait-0001.png"].sha256
    assert after["portrait-0002.png"] == before["portrait-0002.png"]
    assert last_line(aahq_build(*words)) == {"total": 0}


def test_a_full_disk_stops_the_crawl_in_one_sentence_and_fails_no_picture(tmp_path: Path) -> None:
    write_gallery(tmp_path / "mine", 3)
    words = ("crawl", "folder", "--path", tmp_path / "mine", "--work", tmp_path / "work")
    aahq_build(*words, "--limit", "1")
    (tmp_path / "work" / "originals").rename(tmp_path / "originals")
    (tmp_path / "work" / "originals").write_text("no folder")  # nothing can be written below it
    done = aahq_build(*words, expect=1)
    assert "the work folder's disk fails" in done.stderr
    assert "Traceback" not in done.stderr
    assert {row.status for row in artworks(tmp_path / "work").values()} == {"fetched", "found"}
    (tmp_path / "work" / "originals").unlink()
    (tmp_path / "originals").rename(tmp_path / "work" / "originals")
    aahq_build(*words)
    assert {row.status for row in artworks(tmp_path / "work").values()} == {"fetched"}
