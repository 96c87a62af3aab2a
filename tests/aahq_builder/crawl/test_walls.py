"""Crawls of sites that have walls: no row fails by one, hosts are asked no more than they allow, the rest goes on.

Time is scaled, not patience: with 400 requests in place of one a second, a wall stands for 0.075 s in place of 30.
"""

import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from aahq_builder.crawl.config import CrawlConfig
from aahq_builder.crawl.stage import run as crawl
from aahq_builder.errors import UserError
from aahq_builder.records import Artwork
from aahq_builder.sources.met import Met
from aahq_builder.sources.table import RATE_POLICIES
from aahq_builder.testserver.faults import FAULTS
from aahq_builder.testserver.server import Server
from aahq_builder.testserver.walls import RateWall
from aahq_builder.web.breaker import PROBES
from aahq_builder.web.rate import RatePolicy
from aahq_builder.web.url_safety import host_key
from blendgan.console import Console
from tests.aahq_builder.conftest import (
    FAST,
    Serve,
    aahq_build,
    artworks,
    contents,
    crawl_here,
    image_requests,
    kill_after,
)
from tests.aahq_builder.crawl.test_download import png
from tests.aahq_builder.gallery_pictures import write_gallery
from tests.aahq_builder.written_site import Answer, NewSite, Site

SPEED = 400
"""How many times as fast as on the web time goes here."""
SKIPPED = 10
"""Of so many works the server has one photograph, which is not asked for."""


def statuses(work: Path) -> Counter[tuple[str, str | None]]:
    return Counter((row.status, row.error) for row in artworks(work).values())


def rate_of(entries: list[dict[str, object]]) -> float:
    times = [float(str(entry["time"])) for entry in entries]
    return (len(times) - 1) / (times[-1] - times[0])


def check_kills(source: str, num_works: int, kills: int, tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", num_works)
    server = serve(tmp_path / "gallery", walls=True, wall_s=30 / SPEED)
    rate = RATE_POLICIES[source].rate * SPEED
    quick = ("--rate", rate, "--retry-pause-s", "0.01", "--contact", "tests@example.org", "--endpoint", server.url)
    is_walled = source == "aic"
    with suppress(UserError):
        crawl_here(source, server.url, tmp_path / "whole", rate=rate, workers=16)
    requests = list(server.log.entries)
    assert rate_of(requests) <= 1.02 * rate
    assert sum(entry["status"] == 403 for entry in requests) == is_walled  # at its pace nobody meets a wall
    rng, words = random.Random(1), ("crawl", source, *quick, "--work", tmp_path / "killed")
    for _ in range(kills):
        kill_after(rng.uniform(0.1, 0.9) * len(requests), lambda: len(server.log.entries), *words)
    aahq_build(*words, expect=int(is_walled))
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
    (((status, error), count),) = statuses(tmp_path / "whole").items()
    assert (status, error) == ("found" if is_walled else "fetched", None)
    assert count == sum(is_listed(source, number) for number in range(1, num_works + 1))


def is_listed(source: str, number: int) -> bool:
    """Whether the server's work becomes a row: no photograph, and with a picture where the museum may lack one."""
    return number % SKIPPED != 3 and (source in ("cleveland", "commons") or number % 12 != 0)


SOURCES = ("met", "aic", "cleveland", "commons")


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_behind_walls_a_killed_crawl_ends_with_the_rows_of_an_undisturbed_one(
    source: str, tmp_path: Path, serve: Serve
) -> None:
    check_kills(source, 200, 1, tmp_path, serve)


@pytest.mark.campaign
@pytest.mark.parametrize("source", SOURCES)
def test_behind_walls_many_kills_change_no_row(source: str, tmp_path: Path, serve: Serve) -> None:
    check_kills(source, 500, 3, tmp_path, serve)


def test_the_met_is_asked_once_a_second_one_at_a_time() -> None:
    assert Met.rate_policy == RatePolicy(rate=1.0, in_flight=1)


def patient(server: Server, work: Path, **settings: object) -> None:
    crawl_here("met", server.url, work, **{"breaker_pause_s": 0.05, **settings})


class SomeRefused(RateWall):
    """Refuses the 8th to the 10th request."""

    num_asked = 0

    def refuses(self) -> bool:
        self.num_asked += 1
        return 8 <= self.num_asked <= 10


def num_refused(server: Server) -> int:
    return sum(entry["status"] == 403 for entry in server.log.entries)


def test_a_wall_that_goes_within_patience_costs_time_only(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 12)
    server = serve(tmp_path / "gallery", walls=True)
    server.gallery.wall = SomeRefused()
    patient(server, tmp_path / "work")
    assert num_refused(server) == 3
    assert statuses(tmp_path / "work") == {("fetched", None): sum(is_listed("met", n) for n in range(1, 13))}


def test_a_wall_that_outlasts_patience_leaves_the_rest_to_a_later_run(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 24)
    server = serve(tmp_path / "gallery", walls=True, wall_after=10, wall_s=3600.0)
    with pytest.raises(UserError, match=r"met: portrait .* stopped: http_403_challenge"):
        patient(server, tmp_path / "work", breaker_pause_s=0.01)
    assert num_refused(server) == 1 + 1 + PROBES  # a record, what was known before, and its probes
    rows = statuses(tmp_path / "work")
    assert set(rows) <= {("fetched", None), ("found", None)}
    assert rows.total() >= 7  # what was read before the wall is kept
    server.gallery.wall = RateWall(after=1000)
    patient(server, tmp_path / "work")
    assert statuses(tmp_path / "work") == {("fetched", None): sum(is_listed("met", n) for n in range(1, 25))}
    read = [str(e["path"]) for e in server.log.entries if "/objects/" in str(e["path"]) and e["status"] == 200]
    assert [path for path, count in Counter(read).items() if count > 1] == []


WALL, HERE = Answer(403), Answer(body=png(3))


def closing_site(new_site: NewSite, num_pictures: int, num_given: int) -> Site:
    """A site that gives some of its pictures once, and refuses them all from then on."""
    site = new_site()
    for number in range(num_pictures):
        site.put(f"/{number}.png", *((HERE, WALL) if number < num_given else (WALL,)))
    return site


def test_a_host_is_slowed_and_paused_in_a_sentence_while_others_go_on(
    new_site: NewSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walled, other = closing_site(new_site, 20, 5), new_site()
    for number in range(20):
        other.put(f"/{number}.png", Answer(body=png(number)))
    lines = [f"{site.url}/{number}.png,CC0-1.0" for number in range(20) for site in (walled, other)]
    (tmp_path / "list.csv").write_text("\n".join(["url,license", *lines]))
    settings: dict[str, object] = {**FAST, "breaker_pause_s": 0.02, "endpoint": walled.url, "url": other.url}
    config = CrawlConfig(sources=("urls",), path=tmp_path / "list.csv", work=tmp_path / "work", **settings)  # type: ignore[arg-type]
    for _ in range(2):  # in the second run the host refuses from the first on, and still has answered before
        with pytest.raises(UserError, match=rf"^15 artworks wait for {host_key(walled.url)}, which refuses programs"):
            crawl(config, Console())
        said = capsys.readouterr().err
        assert "refuses its pictures (http_403), which it did not before; pausing it" in said
        assert "is left alone for this run; its artworks wait" in said
        rows = artworks(tmp_path / "work")
        assert {(row.status, row.error) for row in rows_of(walled, rows)} == {("fetched", None), ("found", None)}
        assert {(row.status, row.error) for row in rows_of(other, rows)} == {("fetched", None)}
    for number in range(20):
        walled.put(f"/{number}.png", HERE)
    crawl(config, Console(verbosity=-1))
    assert set(statuses(tmp_path / "work")) == {("fetched", None)}


def rows_of(site: Site, rows: dict[str, Artwork]) -> list[Artwork]:
    return [row for url, row in rows.items() if url.startswith(site.url)]


def test_one_refused_picture_among_others_is_a_verdict_as_ever(new_site: NewSite, tmp_path: Path) -> None:
    site = new_site()
    for number in range(6):
        site.put(f"/{number}.png", WALL if number == 3 else Answer(body=png(number)))
    (tmp_path / "list.csv").write_text("\n".join(["url,license", *(f"{site.url}/{n}.png,CC0-1.0" for n in range(6))]))
    crawl_here("urls", site.url, tmp_path / "work", path=tmp_path / "list.csv", workers=1)
    assert statuses(tmp_path / "work") == {("fetched", None): 5, ("failed", "http_403"): 1}
    site.put("/3.png", HERE)
    crawl_here("urls", site.url, tmp_path / "work", path=tmp_path / "list.csv", retry_failed=True)
    assert set(statuses(tmp_path / "work")) == {("fetched", None)}


def test_a_record_that_alone_is_challenged_is_read_by_a_later_look(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 6)
    server = serve(tmp_path / "gallery")
    whole = server.gallery.works[3]
    server.gallery.works[3] = replace(whole, fault=FAULTS["page_challenge"])
    patient(server, tmp_path / "work")
    assert statuses(tmp_path / "work") == {("fetched", None): 5, ("denied", "http_403_challenge"): 1}
    server.gallery.works[3] = whole
    patient(server, tmp_path / "work", relist=True)
    assert set(statuses(tmp_path / "work")) == {("fetched", None)}


def test_chicago_is_asked_for_nothing_unless_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The fixture that keeps tests off the network would fail at the first request."""
    with pytest.raises(UserError, match=r"^aic \(as of .*\): its pictures are behind a challenge.*--even-so"):
        crawl(CrawlConfig(sources=("aic",), work=tmp_path / "work"), Console())
    write_gallery(tmp_path / "mine", 1)
    config = CrawlConfig(sources=("aic", "folder"), path=tmp_path / "mine", work=tmp_path / "work")
    crawl(config, Console())
    assert "--even-so lists it, and its artworks wait" in capsys.readouterr().err
    assert [row.source for row in artworks(tmp_path / "work").values()] == ["folder"]


def test_chicago_even_so_is_listed_and_its_works_wait(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 30)
    server = serve(tmp_path / "gallery", walls=True)
    for _ in range(2):
        with pytest.raises(UserError, match=r"^\d+ artworks wait for .*, which refuses programs for now"):
            crawl_here("aic", server.url, tmp_path / "work", even_so=True, workers=1)
    assert set(statuses(tmp_path / "work")) == {("found", None)}
    assert len(image_requests(server)) == 2  # one a run


def test_pictures_of_commons_come_at_a_standard_width_under_one_address(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 30)
    server = serve(tmp_path / "gallery", walls=True)
    crawl_here("commons", server.url, tmp_path / "work")
    rows = artworks(tmp_path / "work").values()
    assert {row.status for row in rows} == {"fetched"}
    assert not [row for row in rows if "utm_" in str((row.image_url, row.page_url, row.candidates))]
    thumbnails = [row for row in rows if "/thumb/" in (row.image_url or "")]
    assert thumbnails
    for row in thumbnails:
        assert row.candidates[0]["width"] == 1920  # type: ignore[index]
        assert row.width == 48  # what came, which is smaller here than its address says
