import json
from pathlib import Path

import pytest

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
    ],
)
def test_a_bad_line_is_named(content: bytes, complaint: str):
    with pytest.raises(UserError, match=complaint):
        rows_of(content, Path("metadata.jsonl"))


def test_blank_lines_and_rows_without_a_name_or_rights_are_borne(tmp_path: Path):
    (tmp_path / "metadata.jsonl").write_text('{"image": "a.png"}\n\n{"file_name": 3, "rights": null}\n')
    assert rights_below(tmp_path, 2) == {"unknown no licence on record": 2}
    assert rights_of_picture(tmp_path / "a.png") == {"unknown no licence on record": 1}
