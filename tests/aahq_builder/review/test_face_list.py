"""Lists of faces as people and the map write them, and as nobody should."""

import csv
from pathlib import Path

import pytest

from aahq_builder.errors import UserError
from aahq_builder.review.face_list import read_face_list

FIRST, SECOND = "met-0123456789abcdef-0", "aic-fedcba9876543210-12"


def listed(tmp_path: Path, content: bytes) -> list[str]:
    path = tmp_path / "faces.txt"
    path.write_bytes(content)
    return read_face_list(path)


@pytest.mark.parametrize(
    "content",
    [
        f"{FIRST}\n{SECOND}\n",
        f"\ufeff{FIRST}\r\n\r\n  {SECOND}  \r\n{FIRST}",
        f"face_id\n{FIRST}\n{SECOND}\n",
        f"\ufefftitle,face_id\n,{FIRST}\nx,{SECOND}\n",
    ],
)
def test_each_id_once_in_its_order(tmp_path: Path, content: str):
    assert listed(tmp_path, content.encode()) == [FIRST, SECOND]


def test_titles_of_the_map_may_hold_anything(tmp_path: Path):
    titles = ['quote " comma , ', "two\r\nlines", "=cmd()", "face_id", FIRST]
    path = tmp_path / "faces.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["title", "face_id"])
        writer.writerows([title, SECOND] for title in titles)
        writer.writerow(["last", FIRST])
    assert read_face_list(path) == [SECOND, FIRST]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"{FIRST}\nnonsense\n".encode(), 2),
        (f"{FIRST}\n\n{FIRST};{SECOND}\n".encode(), 3),
        (f"{FIRST}\n../../etc/passwd\n".encode(), 2),
        (f"{FIRST}\n\x1b[2J\n".encode(), 2),
        (f"{FIRST}\n".encode() + b"\xff\xfe\x00\n", 2),
        (f"title,face_id\nx,{FIRST}\nonly a title\n".encode(), 3),
        (f"title,artist\nx,{FIRST}\n".encode(), 1),
        (f'title,face_id\n"a\nb",{FIRST}\n"x,{SECOND}\n'.encode(), 4),
        (b"x" * 200_000, 1),
        (b"\x89PNG\r\n\x1a\n", 1),
    ],
)
def test_a_line_that_is_no_face_is_named_in_one_sentence(tmp_path: Path, content: bytes, line: int):
    with pytest.raises(UserError, match=f"line {line}\\b") as refused:
        listed(tmp_path, content)
    assert "\n" not in str(refused.value)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("content", [b"", b"\n\n", b"face_id\n", b"title,face_id\n,\n"])
def test_a_list_of_nothing_is_one_sentence(tmp_path: Path, content: bytes):
    with pytest.raises(UserError, match="names no face"):
        listed(tmp_path, content)


def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path: Path):
    for path in (tmp_path, tmp_path / "none.txt"):
        with pytest.raises(UserError, match="is no file"):
            read_face_list(path)
