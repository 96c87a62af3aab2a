"""A second look before a wall: whatever it is that refuses, no work is removed by it."""

from pathlib import Path

import pytest

from aahq_builder.testserver.walls import RateWall
from tests.aahq_builder.conftest import Serve, crawl_here
from tests.aahq_builder.gallery_pictures import write_gallery
from tests.aahq_builder.removal.test_refresh import crawled, portrait_site, refreshed, statuses

QUICK: dict[str, object] = {"breaker_pause_s": 0.01, "workers": 1}
CHALLENGE = {"Cf-Mitigated": "challenge"}


@pytest.mark.parametrize("headers", [{}, CHALLENGE], ids=["plain", "challenge"])
@pytest.mark.parametrize("place", ["/public/collection/v1/objects", "/img"], ids=["records", "pictures"])
def test_a_wall_in_the_middle_of_a_refresh_loses_no_work(
    place: str, headers: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with portrait_site(6) as site:
        crawled("met", site, tmp_path)
        ending = ".png" if place == "/img" else ""
        for number in range(6):
            site.answer(f"{place}/{number}{ending}", 403, headers)
        counts = refreshed(site, tmp_path, capsys, **QUICK)
        assert counts == {"total": 6, "not_reached": 6}
        assert statuses(tmp_path) == {"fetched": 6}


def test_a_refresh_that_is_too_quick_for_the_met_loses_no_work(
    tmp_path: Path, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    write_gallery(tmp_path / "gallery", 8)
    server = serve(tmp_path / "gallery")
    crawl_here("met", server.url, tmp_path / "work")
    server.gallery.wall = RateWall(after=3, lasts_s=60.0)
    counts = refreshed(server, tmp_path / "work", capsys, **QUICK)  # type: ignore[arg-type]
    assert counts == {"total": 8, "confirmed": 3, "not_reached": 5}
    assert statuses(tmp_path / "work") == {"fetched": 8}
