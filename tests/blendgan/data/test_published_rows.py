"""Sets as people have them are read, or refused in one sentence; one bad row costs one row."""

import json
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from blendgan.data.published_rows import metadata_rows, parquet_pictures, zip_pictures
from blendgan.errors import UserError

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def zipped(path: Path, members: Mapping[str, bytes | str], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def parquet(path: Path, **columns: pa.Array | list[object]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_a_line_separator_inside_a_title_ends_no_row(tmp_path: Path) -> None:
    row = {"file_name": "0.png", "rights": "open", "title": "two\u2028lines\u0085and\x0bmore"}
    content = json.dumps(row, ensure_ascii=False) + "\n\n" + json.dumps({"file_name": "1.png"}) + "\r\n"
    assert list(metadata_rows(content.encode(), "here")) == [row, {"file_name": "1.png"}]
    path = zipped(tmp_path / "faces.zip", {"0.png": b"a", "1.png": b"b", "metadata.jsonl": content})
    assert [facts.get("rights") for _, _, facts in zip_pictures(path)] == ["open", None]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"a": 1}\n{"b": ', "line 2 of here is not JSON"),
        (b"[1]\n", "line 1 of here is not a JSON object"),
        (b'{"a": "\xff"}', "line 1 of here is not JSON"),
        (b"[" * 100_000, "line 1 of here is not JSON"),
    ],
)
def test_a_line_that_is_no_object_is_named(content: bytes, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        list(metadata_rows(content, "here"))


def test_rights_that_belong_to_no_picture_stop(tmp_path: Path) -> None:
    path = zipped(tmp_path / "faces.zip", {"0.png": b"a", "metadata.jsonl": '{"image": "0.png", "rights": "denied"}'})
    with pytest.raises(UserError, match="has no file_name, so its rights belong to no picture"):
        list(zip_pictures(path))


def test_what_macos_keeps_beside_pictures_is_none(tmp_path: Path) -> None:
    members = {"set/0.png": b"a", "__MACOSX/set/._0.png": b"rubbish", "set/1.PNG": b"b", "dataset.json": "{}"}
    assert [name for name, _, _ in zip_pictures(zipped(tmp_path / "x.zip", members))] == ["set/0.png", "set/1.PNG"]


def test_damaged_encrypted_and_unknown_zips_are_one_sentence(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "whole.zip", {"0.png": b"abc" * 2000}, zipfile.ZIP_DEFLATED).read_bytes()
    central = whole.rindex(b"PK\x01\x02")
    cut = bytearray(whole)
    cut[45:55] = bytes(10)
    encrypted = bytearray(whole)
    encrypted[6] |= 1
    encrypted[central + 8] |= 1
    unknown = bytearray(whole)
    unknown[8:10] = unknown[central + 10 : central + 12] = struct.pack("<H", 9)
    for name, content in {"cut": cut, "encrypted": encrypted, "unknown": unknown, "none": b"not a zip"}.items():
        (tmp_path / f"{name}.zip").write_bytes(content)
        with pytest.raises(UserError, match=rf"{name}.zip is not a readable zip \(.+\); copy or download it again"):
            list(zip_pictures(tmp_path / f"{name}.zip"))


def test_plain_bytes_and_the_struct_of_the_datasets_library_are_read(tmp_path: Path) -> None:
    plain = parquet(tmp_path / "plain.parquet", image=pa.array([b"a", b"b"], pa.binary()), label=[0, 1])
    assert list(parquet_pictures([plain])) == [("", b"a", {}), ("", b"b", {})]
    cells = [{"bytes": b"a", "path": "a.png"}, None, {"bytes": None, "path": "c.png"}]
    rows = parquet(tmp_path / "rows.parquet", image=pa.array(cells, IMAGE), rights=["open", None, "open"])
    assert [(name, content) for name, content, _ in parquet_pictures([rows])] == [
        ("a.png", b"a"),
        ("", b""),  # refused later, under its number
        ("c.png", b""),
    ]


def test_columns_that_hold_no_pictures_and_damaged_files_are_one_sentence(tmp_path: Path) -> None:
    urls = parquet(tmp_path / "urls.parquet", image=["http://127.0.0.1/y.png"])
    with pytest.raises(UserError, match=r"the column 'image' of .*urls.parquet holds string, not pictures"):
        list(parquet_pictures([urls]))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(UserError, match=r"bad.parquet is not a readable Parquet file"):
        list(parquet_pictures([tmp_path / "bad.parquet"]))
