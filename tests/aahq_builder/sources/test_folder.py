"""The user's own folder."""

import os
from pathlib import Path

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.sources.folder import read_file
from tests.aahq_builder.gallery_pictures import drawn


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "sub/../../secret.png"])
def test_no_path_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine" / "sub").mkdir(parents=True)
    drawn(1).save(tmp_path / "secret.png")
    with pytest.raises(ItemError) as caught:
        read_file(tmp_path / "mine", name, 1 << 20)
    assert caught.value.kind is ErrorKind.UNSAFE_URL


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
