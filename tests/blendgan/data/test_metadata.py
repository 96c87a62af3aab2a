import json
from pathlib import Path

import pytest

from blendgan.data.folder import picture_files
from blendgan.data.metadata import rights_below, rights_of_picture, rows_of
from blendgan.errors import UserError


def test_the_rights_of_one_picture_are_those_of_its_own_row(tmp_path: Path):
    rows = [
        {"file_name": "a.png", "rights": "open", "license": "CC0-1.0"},
        {"file_name": "b.png", "rights": "research"},
    ]
    (tmp_path / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    assert rights_of_picture(tmp_path / "b.png") == {"research no licence on record": 1}
    assert rights_of_picture(tmp_path / "c.png") == {"unknown no licence on record": 1}
    assert rights_of_picture(tmp_path / "bare" / "a.png") == {"unknown no licence on record": 1}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b'{"a": 1}\n\nnot json', "line 3 of .* is not JSON"),
        (b"[" * 100_000, "line 1 of .* is not JSON"),
        (b"\xff\xfe", "line 1 of .* is not JSON"),
        (b'{"a": 1}\n[2]\n', "line 2 of .* is not a JSON object"),
        (b'{"a": 1}\n{"rights": "denied", "path": "a.png"}\n', "line 2 of .* is marked denied but names no file_name"),
        (b'{"status": "removed", "file_name": 3}', "line 1 of .* is marked removed but names no file_name"),
    ],
)
def test_a_bad_line_is_named(content: bytes, complaint: str):
    with pytest.raises(UserError, match=complaint):
        rows_of(content, Path("metadata.jsonl"))


def test_blank_lines_and_rows_without_a_name_or_rights_are_borne(tmp_path: Path):
    (tmp_path / "metadata.jsonl").write_text('{"image": "a.png"}\n\n{"file_name": 3, "rights": null}\n')
    assert rights_below(tmp_path, 2) == {"unknown no licence on record": 2}
    assert rights_of_picture(tmp_path / "a.png") == {"unknown no licence on record": 1}


def test_withdrawn_pictures_are_no_part_of_a_folder(tmp_path: Path):
    for name in ("a.png", "b.png", "ab/c.png", "ab/d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    rows = [
        {"file_name": "./b.png", "rights": "denied"},
        {"file_name": "ab/c.png", "rights": "open", "status": "removed"},
        {"file_name": "a.png", "rights": "open", "status": "fetched"},
    ]
    (tmp_path / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    assert picture_files(tmp_path) == [tmp_path / "a.png", tmp_path / "ab" / "d.png"]
    assert rights_below(tmp_path, 2) == {"open no licence on record": 1}
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "set").symlink_to(tmp_path / "ab")
    (tmp_path / "ab" / "metadata.jsonl").write_text('{"file_name": "d.png", "rights": "denied"}')
    assert picture_files(tmp_path / "linked") == [tmp_path / "linked" / "set" / "c.png"]


def test_a_picture_in_a_subfolder_is_known_to_the_metadata_above_and_refused_where_it_is_withdrawn(tmp_path: Path):
    rows = [{"file_name": "ab/a.png", "rights": "research"}, {"file_name": "ab/b.png", "rights": "denied"}]
    (tmp_path / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (tmp_path / "ab").mkdir()
    assert rights_of_picture(tmp_path / "ab" / "a.png") == {"research no licence on record": 1}
    with pytest.raises(UserError, match=r"b.png is marked denied in .*metadata.jsonl; take another picture"):
        rights_of_picture(tmp_path / "ab" / "b.png")
