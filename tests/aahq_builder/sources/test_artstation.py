"""ArtStation: what it is asked, and in which size a picture is taken."""

from pathlib import Path

import pytest

from aahq_builder.sources.artstation import ArtStation, candidates
from tests.aahq_builder.conftest import Serve, aahq_build, artworks, crawl_here, image_requests
from tests.aahq_builder.gallery_pictures import write_gallery

QUICK = ("--rate", "0", "--retry-pause-s", "0.01", "--timeout-s", "2")


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
    assert "forbid scraping" in aahq_build(*words, expect=1).stderr
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


def test_a_new_permission_has_works_read_that_nothing_covered_before(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 9)
    server = serve(tmp_path / "gallery")
    (tmp_path / "letter.txt").write_text("yes")
    rows = ""
    for artist, fetched in (("Artist 2", 2), ("Artist 3", 3)):
        rows += f"{artist},,training,2026-01-31,letter.txt\n"
        (tmp_path / "p.csv").write_text(f"artist,page,scope,date,evidence\n{rows}")
        settings = {"policy": "permitted", "permissions": tmp_path / "p.csv", "relist": True}
        crawl_here("artstation", server.url, tmp_path / "work", **settings)
        assert sum(row.status == "fetched" for row in artworks(tmp_path / "work").values()) == fetched


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
    list(ArtStation(lambda artist, page: False).ids(web, None))  # type: ignore[arg-type]
    assert web.pages == list(range(1, 101))
