"""The test server answers as the sites do, for clients that are used to them."""

import csv
import io
import time
from pathlib import Path

import pytest
import requests

from aahq_builder.errors import UserError
from aahq_builder.testserver.server import Server
from aahq_builder.testserver.walls import RateWall
from tests.aahq_builder.conftest import Serve, artworks, crawl_here
from tests.aahq_builder.gallery_pictures import write_gallery


def get(server: Server, path: str) -> dict[str, object]:
    answer = requests.get(server.url + path, timeout=5)
    assert answer.status_code == 200
    document = answer.json()
    assert isinstance(document, dict)
    return document


def test_a_client_that_fetches_the_token_first_may_search(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path, 4)
    server = serve(tmp_path)
    search = f"{server.url}api/v2/search/projects.json?page=1&per_page=50"
    with requests.Session() as client:
        assert client.post(search, timeout=5).status_code == 403
        token = client.get(f"{server.url}api/v2/csrf_protection/token.json", timeout=5).json()["public_csrf_token"]
        found = client.post(search, headers={"PUBLIC-CSRF-TOKEN": token}, timeout=5)
    assert len(found.json()["data"]) == 4


def test_makers_carry_their_nationality_and_years_as_in_the_museum(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path, 1)
    record = get(serve(tmp_path), "api/artworks/1")["data"]
    assert isinstance(record, dict)
    assert [maker["description"] for maker in record["creators"]] == ["Artist 1 (Dutch, 1853-1890)"]


@pytest.mark.parametrize("source", ["met", "aic", "cleveland", "commons", "smk", "rijksmuseum", "nga"])
def test_an_interface_in_trouble_answers_with_status_200_and_is_read_again_later(
    source: str, tmp_path: Path, serve: Serve
) -> None:
    write_gallery(tmp_path / "gallery", 4)
    server = serve(tmp_path / "gallery")
    server.gallery.api_error = "internal_api_error_DBQueryError"
    with pytest.raises(UserError, match=f"{source}: .* stopped"):
        crawl_here(source, server.url, tmp_path / "work")
    server.gallery.api_error = ""
    crawl_here(source, server.url, tmp_path / "work")
    assert [row.status for row in artworks(tmp_path / "work").values()] == ["fetched"] * 4


@pytest.mark.parametrize("source", ["met", "aic", "cleveland", "commons", "smk", "rijksmuseum", "artstation"])
def test_values_of_odd_types_cost_no_work(source: str, tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path / "gallery", 4)
    server = serve(tmp_path / "gallery", faults=("page_odd_types",), fault_every=2)
    (tmp_path / "letter.txt").write_text("yes")
    (tmp_path / "p.csv").write_text("artist,page,scope,date,evidence\n,http*,training,2026-01-31,letter.txt\n")
    crawl_here(source, server.url, tmp_path / "work", policy="permitted", permissions=tmp_path / "p.csv")
    rows = list(artworks(tmp_path / "work").values())
    assert [row.status for row in rows] == ["fetched"] * 4
    for row in rows:
        assert all(value is None or isinstance(value, str) for value in (row.title, row.artist, row.date))


def test_the_newer_interfaces_refuse_what_the_sites_refuse(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path, 5)
    url = serve(tmp_path).url.rstrip("/")
    refused = {
        "/search/collection?title=portret&q=portret": 400,
        "/search/collection?title=portret&type=painting": 200,
        "/api/v1/art/search/?keys=portret&rows=2001": 400,
        "/api/v1/art/search/?keys=portret&rows=2000": 200,
        "/iiif/nga/5/full/!2048,2048/0/default.jpg": 400,
        "/iiif/nga/5/full/!640,640/0/default.jpg": 200,
        "/iiif/nga/4/full/!2048,2048/0/default.jpg": 200,
    }
    assert {path: requests.get(url + path, timeout=5).status_code for path in refused} == refused


def test_smk_narrows_by_its_filters(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path, 3)
    server = serve(tmp_path)
    for name, found in (("maleri", 3), ("tegning", 0)):
        assert (
            get(server, f"api/v1/art/search/?keys=*&filters=[has_image:true],[object_names:{name}]")["found"] == found
        )


def test_the_files_of_washington_are_csv_with_fields_over_several_lines(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path, 3)
    folder = f"{serve(tmp_path).url}NationalGalleryOfArt/opendata/main/data"
    text = requests.get(f"{folder}/objects.csv", timeout=5).text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["title"] for row in rows] == ["Portrait 1", "Portrait 2", "Portrait 3"]
    assert {row["creditline"] for row in rows} == {'Gift of "A, B & Co.",\nNew York'}
    assert len(text.splitlines()) > 2 * (1 + len(rows))


MET = "public/collection/v1"


def test_with_walls_the_met_refuses_quick_visitors_as_imperva_does(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path, 3)
    server = serve(tmp_path, walls=True, wall_after=4, wall_s=60.0)
    answers = [requests.get(f"{server.url}{MET}/objects/1", timeout=5) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [403] * 2
    refusal = answers[-1]
    assert refusal.headers["Content-Type"].startswith("text/html")
    assert refusal.headers["X-Iinfo"]
    assert {name.partition("_")[0] for name in refusal.cookies.keys()} == {"visid", "incap"}  # noqa: SIM118
    assert requests.get(f"{server.url}images/1/portrait-0001.png", timeout=5).status_code == 200


def test_a_wall_goes_after_its_time_and_slow_visitors_never_meet_it() -> None:
    wall = RateWall(after=3, lasts_s=0.3)
    assert [wall.refuses() for _ in range(5)] == [False] * 3 + [True] * 2
    time.sleep(0.35)
    for _ in range(6):
        assert not wall.refuses()
        time.sleep(0.06)  # at most two within 0.1 s


def ids(server: Server, query: str) -> list[int]:
    listed = get(server, f"{MET}/search?{query}")["objectIDs"]
    assert isinstance(listed, list)
    return listed


def test_with_walls_filters_before_q_count_for_nothing_and_has_images_never_does(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path, 24)
    server = serve(tmp_path, walls=True)
    everything = list(range(1, 25))
    assert ids(server, "medium=Paintings&q=portrait") == everything
    assert ids(server, "q=portrait") == everything
    narrowed = ids(server, "q=portrait&hasImages=true&medium=Paintings")
    assert narrowed == [number for number in everything if number not in (3, 13, 23)]
    records = [get(server, f"{MET}/objects/{number}") for number in narrowed]
    assert [record["objectID"] for record in records if not record["primaryImage"]] == [12, 24]
    assert {(record["classification"], record["objectName"]) for record in records} == {
        ("Paintings", "Painting"),
        ("", "Painting"),
    }


def test_with_walls_chicago_gives_its_listing_and_challenges_whoever_asks_for_a_picture(
    tmp_path: Path, serve: Serve
) -> None:
    write_gallery(tmp_path, 3)
    server = serve(tmp_path, walls=True)
    (hit, *_) = get(server, "api/v1/artworks/search?limit=3")["data"]  # type: ignore[misc]
    answer = requests.get(f"{server.url}iiif/2/{hit['image_id']}/full/843,/0/default.jpg", timeout=5)
    assert (answer.status_code, answer.headers["Cf-Mitigated"]) == (403, "challenge")


@pytest.mark.parametrize(("asked", "step"), [(1920, 1920), (2048, 3840), (100, 120)])
def test_with_walls_thumbnails_of_commons_have_standard_widths_only(
    asked: int, step: int, tmp_path: Path, serve: Serve
) -> None:
    write_gallery(tmp_path, 3)
    server = serve(tmp_path, walls=True)
    answer = get(server, f"w/api.php?action=query&titles=File:3 x&iiurlwidth={asked}")
    info = answer["query"]["pages"]["-1"]["imageinfo"][0]  # type: ignore[index]
    assert info["thumbwidth"] == asked
    assert f"/{step}px-" in info["thumburl"]
    assert "utm_source" in info["thumburl"]
    assert requests.get(info["thumburl"], timeout=5).status_code == 200
    refused = {requests.get(info["thumburl"].replace(f"/{step}px", f"/{px}px"), timeout=5).status_code for px in (7, 8)}
    assert refused == {400, 429}
    too_many = get(server, "w/api.php?action=query&generator=search&gsrlimit=51&iiurlwidth=120")
    assert too_many["error"]["code"] == "toomanyvalues"  # type: ignore[index]


def test_with_walls_cleveland_has_anonymous_works_and_works_of_two(tmp_path: Path, serve: Serve) -> None:
    write_gallery(tmp_path, 12)
    server = serve(tmp_path, walls=True)
    records = [get(server, f"api/artworks/{number}")["data"] for number in (1, 2, 3, 12)]
    names = [[maker["description"] for maker in record["creators"]] for record in records[:2]]  # type: ignore[index,call-overload]
    assert names == [[""], ["Artist 2 (Dutch, 1853-1890)", "Jane Doe (Dutch, 1853-1890)"]]
    assert records[2]["alternate_images"]  # type: ignore[index,call-overload]
    assert set(records[3]["images"]) == {"web", "full"}  # type: ignore[index,call-overload]
    assert isinstance(records[3]["images"]["web"]["width"], str)  # type: ignore[index,call-overload]
