"""The user's own pictures are found whatever their names are and wherever links lead, and nothing is lost unsaid."""

import os
from pathlib import Path

from aahq_builder.sources.folder_files import FolderWalk, located, printable
from tests.aahq_builder.gallery_pictures import drawn

NOT_UTF8 = b"caf\xe9.png"


def test_pictures_are_known_by_their_first_bytes_where_the_ending_says_nothing(tmp_path: Path) -> None:
    drawn(1).save(tmp_path / "a.JPG", "JPEG")
    drawn(2).save(tmp_path / "scan", "PNG")
    drawn(3).save(tmp_path / "page.img", "WEBP")
    (tmp_path / "notes.txt").write_text("no picture")
    files = FolderWalk(tmp_path)
    assert files.names() == ["a.JPG", "page.img", "scan"]
    assert files.skipped == {"files that are no pictures": 1}
    assert files.words() == f"{tmp_path.name}: passed over 1 files that are no pictures"


def test_a_name_that_is_no_utf8_has_a_text_that_leads_back_to_its_file(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xff")
    folder.mkdir()
    (folder / os.fsdecode(NOT_UTF8)).write_bytes(b"\x89PNG")
    (name,) = FolderWalk(tmp_path).names()
    assert name == "\\xff/caf\\xe9.png"
    assert located(tmp_path, name).read_bytes() == b"\x89PNG"
    assert printable("plain é.png") == "plain é.png"


def test_links_are_followed_and_those_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    drawn(1).save(tmp_path / "store" / "a.png")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "a.png").symlink_to(tmp_path / "store" / "a.png")
    (mine / "more").symlink_to(tmp_path / "store")
    (mine / "back").symlink_to(mine)
    (mine / "itself").symlink_to(mine / "itself")
    files = FolderWalk(mine)
    assert files.names() == ["a.png", "more/a.png"]
    assert files.skipped["links to a folder that was read already"] == 1
    assert sum(files.skipped.values()) == 2


def test_a_build_within_the_folder_is_passed_over(tmp_path: Path) -> None:
    drawn(1).save(tmp_path / "1.png")
    (tmp_path / "aahq-work" / "originals").mkdir(parents=True)
    (tmp_path / "aahq-work" / "aahq.sqlite").touch()
    drawn(2).save(tmp_path / "aahq-work" / "originals" / "2.png")
    files = FolderWalk(tmp_path)
    assert files.names() == ["1.png"]
    assert files.skipped == {"work folders of builds": 1}


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    files = FolderWalk(tmp_path)
    assert files.names() == []
    assert files.skipped == {"pipes, sockets and devices": 1}


def test_a_folder_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    files = FolderWalk(tmp_path / "gone")
    assert files.names() == []
    assert files.skipped == {"folders that cannot be read (No such file or directory)": 1}


def test_the_card_of_a_release_holds_no_works(tmp_path: Path) -> None:
    for name in ("release/card/sheet.png", "release/train/ab/face.png", "card/mine.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        drawn(1).save(tmp_path / name)
    (tmp_path / "release" / "release.json").write_text("{}")
    files = FolderWalk(tmp_path)
    assert files.names() == ["card/mine.png", "release/train/ab/face.png"]
    assert files.skipped == {"cards of releases": 1, "files that are no pictures": 1}
