"""A folder of the user's own: files are told apart by their folder, and a changed file is another picture."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.sources.base import Web
from aahq_builder.sources.folder import Folder, read_file
from aahq_builder.sources.found import FoundArtwork, artwork_id
from tests.aahq_builder.gallery_pictures import drawn


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "sub/../../secret.png"])
def test_no_path_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine" / "sub").mkdir(parents=True)
    drawn(1).save(tmp_path / "secret.png")
    with pytest.raises(ItemError) as caught:
        read_file(tmp_path / "mine", name, 1 << 20)
    assert caught.value.kind is ErrorKind.UNSAFE_URL


def found(folder: Path) -> Sequence[FoundArtwork]:
    pages = list(Folder(folder).ids(cast(Web, None), None))
    return [listed.work for page in pages for listed in page.works]


def with_picture(folder: Path, name: str = "001.png", number: int = 1) -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    drawn(number).save(folder / name)
    return folder


def test_files_of_one_name_in_two_folders_of_one_name_are_two_works(tmp_path: Path) -> None:
    first, second = (found(with_picture(tmp_path / parent / "set"))[0] for parent in ("a", "b"))
    assert first.source_id == second.source_id == "001.png"
    assert first.artwork_id("folder") != second.artwork_id("folder")


def test_the_id_is_that_of_the_listing_and_the_relative_path(tmp_path: Path) -> None:
    folder = with_picture(tmp_path / "set", "sub/1.png")
    (work,) = found(folder)
    assert work.artwork_id("folder") == artwork_id("folder", "sub/1.png", Folder(folder).listing())


def test_a_listing_tells_no_path(tmp_path: Path) -> None:
    folder = with_picture(tmp_path / "set")
    assert Folder(folder).listing().startswith("folder: set (")
    assert str(tmp_path) not in Folder(folder).listing()


def test_a_changed_file_has_another_version_and_an_untouched_one_has_not(tmp_path: Path) -> None:
    folder = with_picture(tmp_path / "set")
    before = found(folder)[0].file_version
    assert found(folder)[0].file_version == before
    os.utime(folder / "001.png", ns=(1, 1))
    assert found(folder)[0].file_version != before


def test_a_pipe_is_no_picture_and_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ItemError) as caught:
        read_file(tmp_path, "pipe.png", 1 << 20)
    assert caught.value.kind is ErrorKind.NOT_AN_IMAGE


def test_a_link_that_the_user_has_laid_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    drawn(1).save(tmp_path / "elsewhere.png")
    (tmp_path / "mine" / "link.png").symlink_to(tmp_path / "elsewhere.png")
    assert read_file(tmp_path / "mine", "link.png", 1 << 20) == (tmp_path / "elsewhere.png").read_bytes()
