"""The test server answers as the sites do, for clients that are used to them."""

import csv
import io
from pathlib import Path

import pytest
import requests

from aahq_builder.errors import UserError
from aahq_builder.testserver.server import Server
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
