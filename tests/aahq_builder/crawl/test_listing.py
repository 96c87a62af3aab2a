"""A crawl asks its listings for no more than it needs: known works and works beyond the limit are not read."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from aahq_builder.journal import Journal
from aahq_builder.records import Cursor
from aahq_builder.sources.base import MAX_FRUITLESS_PAGES
from aahq_builder.testserver.server import Server
from aahq_builder.workdir import WorkDir
from tests.aahq_builder.conftest import Serve, aahq_build, artworks
from tests.aahq_builder.gallery_pictures import write_gallery
from tests.aahq_builder.small_site import SmallSite, small_site

QUICK = ("--rate", "0", "--retry-pause-s", "0.01", "--timeout-s", "2")
SHAPES: dict[str, Callable[[Server], tuple[str, ...]]] = {
    "html": lambda server: ("html", "--url", server.url),
    "met": lambda server: ("met", "--endpoint", server.url),
    "artstation": lambda server: ("artstation", "--endpoint", server.url),
}
WORK_PATHS = ("/artwork/", "/public/collection/v1/objects/", "/projects/")


def works_read(server: Server) -> list[str]:
    """The paths of the works' own pages and records that were asked for."""
    return [str(entry["path"]) for entry in server.log.entries if str(entry["path"]).startswith(WORK_PATHS)]


def words_for(shape: str, server: Server, folder: Path) -> tuple[object, ...]:
    (folder / "letter.txt").write_text("yes")
    (folder / "p.csv").write_text("artist,page,scope,date,evidence\n,http*,training,2026-01-31,letter.txt\n")
    granted = ("--policy", "permitted", "--permissions", folder / "p.csv")
    return ("crawl", *SHAPES[shape](server), "--work", folder / "work", *granted, *QUICK)


@pytest.mark.parametrize(("shape", "pages_a_work"), [("html", 1), ("met", 1), ("artstation", 2)])
def test_a_limit_is_the_number_of_works_that_are_read(
    shape: str, pages_a_work: int, tmp_path: Path, serve: Serve
) -> None:
    write_gallery(tmp_path / "gallery", 40)
    server = serve(tmp_path / "gallery")
    words = words_for(shape, server, tmp_path)
    aahq_build(*words, "--limit", 2)
    assert len(works_read(server)) == 2 * pages_a_work
    aahq_build(*words, "--limit", 5)
    assert len(works_read(server)) == len(set(works_read(server))) == 5 * pages_a_work
    assert len(artworks(tmp_path / "work")) == 5


@pytest.mark.parametrize("shape", ["html", "met", "artstation"])
def test_a_listing_that_is_read_again_reads_no_known_work(shape: str, tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 8)
    server = serve(tmp_path / "gallery")
    words = words_for(shape, server, tmp_path)
    aahq_build(*words)
    asked = len(works_read(server))
    aahq_build(*words, "--relist")
    assert len(works_read(server)) == asked


def portfolio(num_pictures: int) -> SmallSite:
    """A portfolio site of one project of several pictures."""
    site = small_site()
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
    (tmp_path / "letter.txt").write_text("yes")
    (tmp_path / "p.csv").write_text("artist,page,scope,date,evidence\nAnn,,training,2026-01-31,letter.txt\n")
    with portfolio(4) as site:
        words = ("crawl", "artstation", "--endpoint", site.url, "--work", tmp_path / "work", *QUICK)
        granted = ("--policy", "permitted", "--permissions", tmp_path / "p.csv")
        for limit, expected in ((1, 1), (3, 3), (9, 4), (9, 4)):
            aahq_build(*words, *granted, "--limit", limit)
            assert len(artworks(tmp_path / "work")) == expected
        assert site.asked.count("/projects/abc.json") == 3


def test_a_listing_that_leads_on_for_ever_is_left_with_a_sentence_and_can_be_taken_up_again(tmp_path: Path) -> None:
    with small_site() as site:
        site.answer("/", lambda query: f'<a rel="next" href="/?day={int(query.get("day", 0)) + 1}">tomorrow</a>')
        words = ("crawl", "html", "--url", site.url, "--work", tmp_path / "work", *QUICK)
        done = aahq_build(*words, expect=1)
        assert f"{MAX_FRUITLESS_PAGES} pages in a row name nothing new" in done.stderr
        assert site.asked.count("/") == MAX_FRUITLESS_PAGES
        aahq_build(*words, expect=1)
        assert site.asked.count("/") == 2 * MAX_FRUITLESS_PAGES
    with Journal(WorkDir(tmp_path / "work").database) as journal:
        (cursor,) = journal.select(Cursor)
    assert cursor.cursor == {"url": f"{site.url}/?day={2 * MAX_FRUITLESS_PAGES}"}
    assert not cursor.finished


def test_records_of_a_wrong_form_cost_one_row_each(tmp_path: Path) -> None:
    odd: list[object] = [None, [], "Not a valid object", 7, {"isPublicDomain": True, "primaryImage": {"url": 1}}]
    with small_site() as site:
        api = "/public/collection/v1"
        site.answer(f"{api}/search", {"objectIDs": list(range(len(odd) + 2))})
        for number, record in enumerate(odd):
            site.answer(f"{api}/objects/{number}", json.dumps(record))
        for number in (len(odd), len(odd) + 1):
            site.answer(
                f"{api}/objects/{number}", {"isPublicDomain": True, "primaryImage": f"{site.url}/img/{number}.png"}
            )
        aahq_build("crawl", "met", "--endpoint", site.url, "--work", tmp_path / "work", *QUICK)
    rows = artworks(tmp_path / "work")
    errors = {name: row.error for name, row in rows.items()}
    assert errors == {**dict.fromkeys("0123", "decode"), "5": None, "6": None}


def test_a_long_page_is_stored_in_portions(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 2)
    with small_site() as site:
        links = "".join(f'<a class="artwork" href="/work/{number}">w</a>' for number in range(100))
        site.answer("/", links)
        cc0 = '<a rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">CC0</a>'
        for number in range(100):
            site.answer(f"/work/{number}", f'{cc0}<figure><img src="/img/{number}.png"></figure>')
        aahq_build("crawl", "html", "--url", site.url, "--work", tmp_path / "work", *QUICK)
        first_picture = next(index for index, path in enumerate(site.asked) if path.startswith("/img/"))
        last_page = max(index for index, path in enumerate(site.asked) if path.startswith("/work/"))
    assert first_picture < last_page
    assert {row.status for row in artworks(tmp_path / "work").values()} == {"fetched"}
