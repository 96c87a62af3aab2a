"""What each source makes of its site's answers; the answers come from the test server, or are written out here."""

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from aahq_builder.errors import ErrorKind, ItemError, UserError
from aahq_builder.rights.rules import Signal
from aahq_builder.sources.artstation import ArtStation, candidates
from aahq_builder.sources.base import Candidate, artwork_id
from aahq_builder.sources.cleveland import _found as cleveland_found
from aahq_builder.sources.commons import _found as commons_found
from aahq_builder.sources.folder import read_file
from aahq_builder.sources.html import Html, parse_selectors
from aahq_builder.sources.urls import Urls
from tests.aahq_builder.conftest import Serve, aahq_build, artworks, image_requests
from tests.aahq_builder.gallery_pictures import drawn, write_gallery

QUICK = ("--rate", "0", "--retry-pause-s", "0.01", "--timeout-s", "2")


def test_an_artwork_is_known_by_its_id_before_it_is_downloaded() -> None:
    assert artwork_id("met", "436535") == "met-dae61f2e6e41e58e"  # sha256sum of the digits


@pytest.mark.parametrize(
    ("width", "height", "best"),
    [
        (1000, 1000, "large"),  # all sizes are equal: the one that always exists
        (3000, 3000, "4k"),
        (6000, 6000, "8k"),
        (1920, 9000, "large"),  # 4k would be 819 x 3840: smaller, because it limits the height
        (None, None, "large"),
    ],
)
def test_the_largest_size_that_the_site_serves_comes_first(width: int | None, height: int | None, best: str) -> None:
    url = "https://cdna.artstation.com/p/assets/images/images/012/345/678/large/name.jpg?1550000000"
    sizes = candidates(url, width, height)
    assert f"/{best}/" in sizes[0].url
    assert {size.url.rpartition("?")[2] for size in sizes} == {"1550000000"}
    assert len(sizes) == 5


def test_a_size_that_is_refused_leaves_the_next_one(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 6)
    server = serve(tmp_path / "gallery")
    (tmp_path / "letter.txt").write_text("yes")
    (tmp_path / "p.csv").write_text("artist,page,scope,date,evidence\n,http*,training,2026-01-31,letter.txt\n")
    granted = ("--policy", "permitted", "--permissions", tmp_path / "p.csv")
    words = ("crawl", "artstation", "--endpoint", server.url, "--work", tmp_path / "work")
    aahq_build(*words, *granted, *QUICK)
    rows = artworks(tmp_path / "work").values()
    assert {row.status for row in rows} == {"fetched"}
    # 800 x 3000 px uploads: `large` is 800 x 3000, larger than `4k` would ever be
    assert all("/large/" in str(row.image_url) for row in rows)


def test_artstation_asks_nothing_without_permission_and_about_nothing_that_none_covers(
    tmp_path: Path, serve: Serve
) -> None:
    write_gallery(tmp_path / "gallery", 9)
    server = serve(tmp_path / "gallery")
    words = ("crawl", "artstation", "--endpoint", server.url, "--work", tmp_path / "work", *QUICK)
    assert "forbid scraping" in aahq_build(*words, expect=2).stderr
    assert server.log.entries == []
    (tmp_path / "letter.txt").write_text("yes")
    (tmp_path / "p.csv").write_text("artist,page,scope,date,evidence\nArtist 2,,training,2026-01-31,letter.txt\n")
    done = aahq_build(*words, "--policy", "permitted", "--permissions", tmp_path / "p.csv")
    assert "forbid scraping" in done.stderr
    hers = [work for work in server.gallery.works if work.credit.artist == "Artist 2"]
    details = [entry["path"] for entry in server.log.entries if str(entry["path"]).startswith("/projects/")]
    assert sorted(map(str, details)) == sorted(f"/projects/{work.hash_id}.json" for work in hers)
    assert len(image_requests(server)) == len(hers) == 2
    errors = sorted(row.error or "" for row in artworks(tmp_path / "work").values())
    assert errors == [""] * 2 + ["no_permission"] * 7


def test_a_noai_tag_of_the_artist_wins_over_a_written_permission(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 3)
    server = serve(tmp_path / "gallery", faults=("tag_noai",), fault_every=3)
    (tmp_path / "letter.txt").write_text("yes")
    (tmp_path / "p.csv").write_text("artist,page,scope,date,evidence\n,http*,training,2026-01-31,letter.txt\n")
    granted = ("--policy", "permitted", "--permissions", tmp_path / "p.csv")
    aahq_build("crawl", "artstation", "--endpoint", server.url, "--work", tmp_path / "work", *granted, *QUICK)
    assert sorted(row.error or "" for row in artworks(tmp_path / "work").values()) == ["", "", "opt_out"]
    assert len(image_requests(server)) == 2


def test_the_site_lists_no_more_than_a_hundred_pages() -> None:
    class Endless:
        def __init__(self) -> None:
            self.pages: list[int] = []

        def json(self, url: str, params: dict[str, int] | None = None, **_: object) -> object:
            if url.endswith("channels.json"):
                return {"data": [{"id": 113, "name": "Portraits", "uri": "portraits"}]}
            self.pages.append(int((params or {})["page"]))
            return {"data": [{"hash_id": "abc", "user": {}}], "total_count": 10_000}

    web = Endless()
    list(ArtStation(lambda artist, page: False).pages(web, None))  # type: ignore[arg-type]
    assert web.pages == list(range(1, 101))


def test_a_commons_file_page_becomes_plain_text_and_an_spdx_id() -> None:
    facts = {
        "LicenseShortName": {"value": "CC BY-SA 4.0"},
        "LicenseUrl": {"value": "https://creativecommons.org/licenses/by-sa/4.0"},
        "Artist": {"value": '<a href="//x">Jane <b>Doe</b></a>'},
        "ObjectName": {"value": "A &amp; B"},
    }
    info = {
        "mediatype": "BITMAP", "url": "https://u/o.jpg", "width": 9000, "height": 9000, "thumburl": "https://u/t.jpg",
        "thumbwidth": 2048, "thumbheight": 2048, "extmetadata": facts, "descriptionurl": "https://c/wiki/File:A.jpg",
    }  # fmt: skip
    found = commons_found({"title": "File:A.jpg", "imageinfo": [info]})
    assert found is not None
    assert (found.artist, found.title, found.license.spdx) == ("Jane Doe", "A & B", "CC-BY-SA-4.0")
    assert [candidate.url for candidate in found.candidates] == ["https://u/t.jpg", "https://u/o.jpg"]
    assert commons_found({"title": "File:A.ogg", "imageinfo": [{**info, "mediatype": "AUDIO"}]}) is None


def test_cleveland_takes_the_print_size_and_only_what_it_calls_cc0() -> None:
    images = {
        "web": {"url": "w", "width": "893", "height": "600"},
        "print": {"url": "p", "width": "3400", "height": "2000"},
    }
    record = {"id": 1, "share_license_status": "CC0", "images": {**images, "full": {"url": "f.tif"}}, "creators": None}
    found = cleveland_found(record)
    assert found.candidates == [Candidate("p", 3400, 2000), Candidate("w", 893, 600)]
    assert found.license.spdx == "CC0-1.0"
    assert cleveland_found({**record, "share_license_status": "Copyrighted"}).license.spdx == "LicenseRef-Copyrighted"


PAGE = """<html><head><meta property="og:image" content="/pics/1.jpg"></head><body><div class="t">Tom &amp; Lis</div>
<span class="by">Jane</span><a class="rights" href="https://creativecommons.org/licenses/by/4.0/">licence</a></body></html>"""


class OnePage:
    """A web of one page."""

    def html(self, url: str) -> tuple[BeautifulSoup, list[Signal]]:
        return BeautifulSoup(PAGE, "lxml"), [Signal("page", "silent")]


def test_selectors_from_the_command_line_read_any_page() -> None:
    selectors = ("title=.t", "artist=.by", "license=.rights", "image=meta[property='og:image']@content")
    source = Html("https://example.org/list", selectors)
    found = source._found(OnePage(), "https://example.org/art/1", [])  # type: ignore[arg-type]
    assert (found.title, found.artist, found.license.spdx) == ("Tom & Lis", "Jane", "CC-BY-4.0")
    assert [candidate.url for candidate in found.candidates] == ["https://example.org/pics/1.jpg"]


@pytest.mark.parametrize("word", ["titel=.t", "title", "title="])
def test_a_wrong_selector_stops_before_any_work(word: str) -> None:
    with pytest.raises(UserError, match="NAME=CSS"):
        parse_selectors((word,))


ROWS = [
    {"url": "http://a/1.png", "license": "CC0", "tags": "a|no ai"},
    {"image_url": "http://a/2.png", "title": "T"},
    {},
]


def write_rows(path: Path) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in ROWS))
    elif path.suffix == ".parquet":
        import pandas as pd

        pd.DataFrame(ROWS).to_parquet(path)
    else:
        mark = "\t" if path.suffix == ".tsv" else ","
        names = ["url", "image_url", "title", "license", "tags"]
        lines = [names] + [[row.get(name, "") for name in names] for row in ROWS]
        path.write_text("\n".join(mark.join(line) for line in lines))
    return path


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_lists_of_all_forms_give_the_same_artworks_and_resume_by_row(tmp_path: Path, suffix: str) -> None:
    source = Urls(write_rows(tmp_path / f"list{suffix}"))
    found = [one for page in source.pages(None, None) for one in page.found]  # type: ignore[arg-type]
    assert [one.source_id for one in found] == ["http://a/1.png", "http://a/2.png", "row 3"]
    assert found[0].license.spdx == "CC0-1.0"
    assert list(found[0].tags) == ["a", "no ai"]
    rest = [one.source_id for page in source.pages(None, {"row": 2}) for one in page.found]  # type: ignore[arg-type]
    assert rest == ["row 3"]


def test_a_changed_list_has_another_name_and_is_read_again(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "list.csv")
    before = Urls(path).listing()
    path.write_text(path.read_text() + "\nhttp://a/3.png,,,,")
    assert Urls(path).listing() != before


def test_a_list_of_another_form_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="urls reads"):
        Urls(tmp_path / "list.xlsx")


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "sub/../../secret.png", "link.png"])
def test_no_path_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine" / "sub").mkdir(parents=True)
    drawn(1).save(tmp_path / "secret.png")
    (tmp_path / "mine" / "link.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(ItemError) as caught:
        read_file(tmp_path / "mine", name, 1 << 20)
    assert caught.value.kind is ErrorKind.UNSAFE_URL
