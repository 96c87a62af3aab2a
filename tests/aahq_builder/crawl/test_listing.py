"""A crawl asks its listings for no more than it needs: known works and works beyond the limit are not read."""

import json
from pathlib import Path

import pytest

from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Cursor
from aahq_builder.sources.base import MAX_FRUITLESS_PAGES
from aahq_builder.testserver.server import Server
from aahq_builder.workdir import WorkDir
from tests.aahq_builder.conftest import Serve, artworks, crawl_here
from tests.aahq_builder.gallery_pictures import write_gallery
from tests.aahq_builder.small_site import SmallSite

WORK_PATHS = ("/artwork/", "/public/collection/v1/objects/", "/projects/")


def works_read(server: Server) -> list[str]:
    """The paths of the works' own pages and records that were asked for."""
    return [str(entry["path"]) for entry in server.log.entries if str(entry["path"]).startswith(WORK_PATHS)]


def permitted(folder: Path) -> dict[str, object]:
    """Settings with a written permission for everything."""
    (folder / "letter.txt").write_text("yes")
    (folder / "p.csv").write_text("artist,page,scope,date,evidence\n,http*,training,2026-01-31,letter.txt\n")
    return {"policy": "permitted", "permissions": folder / "p.csv"}


@pytest.mark.parametrize(("source", "pages_a_work"), [("html", 1), ("met", 1), ("artstation", 2)])
def test_a_limit_is_the_number_of_works_that_are_read(
    source: str, pages_a_work: int, tmp_path: Path, serve: Serve
) -> None:
    write_gallery(tmp_path / "gallery", 40)
    server = serve(tmp_path / "gallery")
    for limit in (2, 5):
        crawl_here(source, server.url, tmp_path / "work", limit=limit, **permitted(tmp_path))
        assert len(works_read(server)) == len(set(works_read(server))) == limit * pages_a_work
    assert len(artworks(tmp_path / "work")) == 5


@pytest.mark.parametrize("source", ["html", "met", "artstation"])
def test_a_listing_that_is_read_again_reads_no_known_work(source: str, tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 8)
    server = serve(tmp_path / "gallery")
    crawl_here(source, server.url, tmp_path / "work", **permitted(tmp_path))
    asked = len(works_read(server))
    crawl_here(source, server.url, tmp_path / "work", relist=True, **permitted(tmp_path))
    assert len(works_read(server)) == asked


def portfolio(num_pictures: int) -> SmallSite:
    """A portfolio site of one project of several pictures."""
    site = SmallSite()
    user = {"full_name": "Ann"}
    assets = [
        {"id": number, "has_image": True, "asset_type": "image", "image_url": f"{site.url}/img/{number}.png"}
        for number in range(num_pictures)
    ]
    site.answer("/api/v2/community/channels/channels.json", {"data": [{"id": 1, "uri": "portraits"}]})
    site.answer(
        "/api/v2/community/channels/projects.json",
        lambda query: {"data": [{"hash_id": "abc", "user": user}] if query["page"] == "1" else []},
    )
    site.answer("/projects/abc.json", {"title": "T", "user": user, "assets": assets, "tags": []})
    site.answer("/artwork/abc", "<title>T</title>")
    return site


def test_a_work_of_several_pictures_that_the_limit_has_cut_is_completed_later(tmp_path: Path) -> None:
    with portfolio(4) as site:
        for limit, expected in ((1, 1), (3, 3), (9, 4), (9, 4)):
            crawl_here("artstation", site.url, tmp_path / "work", limit=limit, **permitted(tmp_path))
            assert len(artworks(tmp_path / "work")) == expected
        assert site.asked.count("/projects/abc.json") == 3


def test_a_listing_that_leads_on_for_ever_is_left_with_a_sentence_and_can_be_taken_up_again(tmp_path: Path) -> None:
    with SmallSite() as site:
        site.answer("/", lambda query: f'<a rel="next" href="/?day={int(query.get("day", 0)) + 1}">tomorrow</a>')
        for run in (1, 2):
            with pytest.raises(UserError, match=f"{MAX_FRUITLESS_PAGES} pages in a row name nothing new"):
                crawl_here("html", site.url, tmp_path / "work")
            assert site.asked.count("/") == run * MAX_FRUITLESS_PAGES
    with Journal(WorkDir(tmp_path / "work").database) as journal:
        (cursor,) = journal.select(Cursor)
    assert cursor.cursor == {"url": f"{site.url}/?day={2 * MAX_FRUITLESS_PAGES}"}
    assert not cursor.finished


def test_records_of_a_wrong_form_cost_one_row_each(tmp_path: Path) -> None:
    odd: list[object] = [None, [], "Not a valid object", 7, {"isPublicDomain": True, "primaryImage": {"url": 1}}]
    with SmallSite() as site:
        api = "/public/collection/v1"
        site.answer(f"{api}/search", {"objectIDs": list(range(len(odd) + 2))})
        for number, record in enumerate(odd):
            site.answer(f"{api}/objects/{number}", json.dumps(record))
        for number in (len(odd), len(odd) + 1):
            site.answer(
                f"{api}/objects/{number}", {"isPublicDomain": True, "primaryImage": f"{site.url}/img/{number}.png"}
            )
        crawl_here("met", site.url, tmp_path / "work")
    rows = artworks(tmp_path / "work")
    errors = {name: row.error for name, row in rows.items()}
    assert errors == {**dict.fromkeys("0123", "decode"), "5": None, "6": None}


def test_a_picture_that_leads_to_a_placeholder_is_a_dead_link(tmp_path: Path) -> None:
    cc0 = '<a rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">CC0</a>'
    with SmallSite() as site:
        site.answer("/", "".join(f'<a class="artwork" href="/work/{number}">w</a>' for number in (1, 2)))
        for number in (1, 2):
            site.answer(f"/work/{number}", f'{cc0}<figure><img src="/img/{number}.png"></figure>')
        site.answer("/img/1.png", (302, "/img/no-image.png"))
        site.answer("/img/2.png", (302, "/img/moved/2.png"))
        crawl_here("html", site.url, tmp_path / "work")
    errors = {name[-1]: row.error for name, row in artworks(tmp_path / "work").items()}
    assert errors == {"1": "http_404", "2": None}


def test_a_long_page_is_stored_in_portions(tmp_path: Path) -> None:
    with SmallSite() as site:
        links = "".join(f'<a class="artwork" href="/work/{number}">w</a>' for number in range(100))
        site.answer("/", links)
        cc0 = '<a rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">CC0</a>'
        for number in range(100):
            site.answer(f"/work/{number}", f'{cc0}<figure><img src="/img/{number}.png"></figure>')
        crawl_here("html", site.url, tmp_path / "work")
        first_picture = next(index for index, path in enumerate(site.asked) if path.startswith("/img/"))
        last_page = max(index for index, path in enumerate(site.asked) if path.startswith("/work/"))
    assert first_picture < last_page
    assert {row.status for row in artworks(tmp_path / "work").values()} == {"fetched"}


def test_a_wall_in_the_middle_of_a_page_keeps_what_was_read_before(tmp_path: Path) -> None:
    api = "/public/collection/v1"
    with SmallSite() as site:
        record = {"isPublicDomain": True, "primaryImage": f"{site.url}/img/1.png"}
        site.answer(f"{api}/search", {"objectIDs": list(range(12))})
        for number in range(12):
            site.answer(f"{api}/objects/{number}", record if number < 5 else 403)
        site.answer(f"{api}/objects/4", lambda _: record if site.asked.count(f"{api}/objects/4") == 1 else 403)
        with pytest.raises(UserError, match=r"met: portrait .* stopped: http_403"):
            crawl_here("met", site.url, tmp_path / "work", breaker_pause_s=0.01)
        assert sorted(artworks(tmp_path / "work")) == ["0", "1", "2", "3", "4"]
        for number in range(12):
            site.answer(f"{api}/objects/{number}", record)
        site.asked.clear()
        crawl_here("met", site.url, tmp_path / "work")
        assert {row.status for row in artworks(tmp_path / "work").values()} == {"fetched"}
        assert sorted(path for path in site.asked if "/objects/" in path) == sorted(
            f"{api}/objects/{number}" for number in range(5, 12)
        )
