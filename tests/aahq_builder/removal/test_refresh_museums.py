"""A second look at the museums whose records are read anew: what they state today counts."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from aahq_builder.removal.config import RefreshConfig
from aahq_builder.removal.refresh import run as refresh
from aahq_builder.testserver.server import Server
from blendgan.console import Console
from tests.aahq_builder.conftest import FAST, Serve, artworks, crawl_here
from tests.aahq_builder.gallery_pictures import write_gallery

MUSEUMS = pytest.mark.parametrize("source", ["smk", "rijksmuseum", "nga"])
NUM_WORKS = 6


def crawled(source: str, tmp_path: Path, serve: Serve) -> Server:
    write_gallery(tmp_path / "gallery", NUM_WORKS)
    server = serve(tmp_path / "gallery")
    crawl_here(source, server.url, tmp_path / "work")
    assert {row.status for row in artworks(tmp_path / "work").values()} == {"fetched"}
    return server


def refreshed(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    capsys.readouterr()
    refresh(
        RefreshConfig(work=tmp_path / "work", endpoint=server.url, **FAST),  # type: ignore[arg-type]
        Console(json=True, verbosity=-1),
    )
    counts: dict[str, int] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return counts


@MUSEUMS
def test_works_that_stay_are_confirmed_and_one_that_is_gone_goes(
    source: str, tmp_path: Path, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    server = crawled(source, tmp_path, serve)
    assert refreshed(server, tmp_path, capsys) == {"total": NUM_WORKS, "confirmed": NUM_WORKS}
    server.gallery.gone = {2}
    assert refreshed(server, tmp_path, capsys) == {"total": NUM_WORKS, "confirmed": NUM_WORKS - 1, "withdrawn": 1}


@MUSEUMS
def test_a_work_whose_licence_is_closed_since_goes(
    source: str, tmp_path: Path, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    server = crawled(source, tmp_path, serve)
    work = server.gallery.works[3]
    server.gallery.works[3] = replace(work, credit=replace(work.credit, license="LicenseRef-museum"))
    assert refreshed(server, tmp_path, capsys) == {"total": NUM_WORKS, "confirmed": NUM_WORKS - 1, "withdrawn": 1}


def test_a_museum_in_trouble_loses_no_work(tmp_path: Path, serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    for source in ("smk", "nga"):
        server = crawled(source, tmp_path / source, serve)
        server.gallery.api_error = "readonly"
        assert refreshed(server, tmp_path / source, capsys) == {"total": NUM_WORKS, "not_reached": NUM_WORKS}


def test_the_files_of_open_data_are_read_once_a_command(
    tmp_path: Path, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    server = crawled("nga", tmp_path, serve)
    refreshed(server, tmp_path, capsys)
    assert [str(entry["path"]).endswith(".csv") for entry in server.log.entries].count(True) == 2 * 3
