import io
import json
import re
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from blendgan.data.folder import open_folder
from blendgan.data.metadata import rows_of
from blendgan.data.published import as_folder, rights_of, survey
from blendgan.errors import UserError


def png(value: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 16), (value, value, value)).save(file, format="PNG")
    return file.getvalue()


def parquet(folder: Path, **columns: list[object]) -> Path:
    from datasets import Dataset, Features, Value
    from datasets import Image as ImageColumn

    kinds = Features({name: ImageColumn() if name == "image" else Value("string") for name in columns})
    path = folder / "data" / "pixels" / "train-00000.parquet"
    path.parent.mkdir(parents=True)
    Dataset.from_dict(columns, features=kinds).to_parquet(path)
    return folder


def values(folder: Path) -> list[int]:
    pictures = open_folder(folder, 16)
    return sorted(int(pictures.read(index)[0, 0, 0]) for index in range(len(pictures)))


def test_a_folder_stays_where_it_is(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(png(1))
    assert as_folder(tmp_path, tmp_path / "unpacked", "hash") == tmp_path


def test_a_parquet_release_is_unpacked_once_without_withdrawn_rows(tmp_path: Path):
    images = [{"bytes": png(value), "path": f"../../{value}.png"} for value in (10, 20, 30)]
    release = parquet(tmp_path / "release", image=images, rights=["open", "denied", "open"], license=["CC0-1.0"] * 3)
    unpacked = as_folder(release, tmp_path / "unpacked", "hash")
    assert values(unpacked) == [10, 30]
    assert rights_of(unpacked, 2) == {"open CC0-1.0": 2}
    (release / "data" / "pixels" / "train-00000.parquet").write_bytes(b"changed")
    assert as_folder(tmp_path / "release", tmp_path / "unpacked", "hash") == unpacked


def test_faces_for_validation_and_the_columns_of_an_image_folder_are_not_trained_on(tmp_path: Path):
    release = parquet(tmp_path / "release", image=[{"bytes": png(10), "path": "a"}])
    other = parquet(tmp_path / "other", image=[{"bytes": png(20), "path": "b"}]) / "data" / "pixels"
    shutil.copy(other / "train-00000.parquet", release / "data" / "pixels" / "validation-00000-of-00001.parquet")
    assert values(as_folder(release, tmp_path / "unpacked", "hash")) == [10]
    (tmp_path / "folder" / "ab").mkdir(parents=True)
    (tmp_path / "folder" / "ab" / "face.png").write_bytes(png(30))
    shutil.copy(other / "train-00000.parquet", tmp_path / "folder" / "metadata.parquet")
    assert as_folder(tmp_path / "folder", tmp_path / "unpacked", "hash") == tmp_path / "folder"


def test_what_was_unpacked_from_another_source_is_replaced_as_a_whole(tmp_path: Path):
    images = [{"bytes": png(value), "path": f"{value}.png"} for value in (10, 20, 30)]
    first = parquet(tmp_path / "first", image=images, rights=["open"] * 3)
    second = parquet(tmp_path / "second", image=images[:1], rights=["research"])
    as_folder(first, tmp_path / "unpacked", "first")
    unpacked = as_folder(second, tmp_path / "unpacked", "second")
    assert values(unpacked) == [10]
    assert rights_of(unpacked, 1) == {"research no licence on record": 1}


def test_a_survey_says_what_unpacking_would_leave_and_keeps_nothing(tmp_path: Path):
    images = [{"bytes": content, "path": "a.png"} for content in (png(10), png(20), b"no picture", png(30))]
    release = parquet(tmp_path / "release", image=images, rights=["open", "denied", "open", "research"])
    before = sorted(tmp_path.rglob("*"))
    looked_at = survey(release, 16)
    assert len(looked_at) == 2
    assert [refusal.path.name for refusal in looked_at.refused] == ["00000002.png"]
    unpacked = as_folder(release, tmp_path / "unpacked", "hash")
    assert looked_at.rights == rights_of(unpacked, 3)
    assert sorted(path for path in tmp_path.rglob("*") if unpacked not in (path, *path.parents)) == before


def test_half_an_unpacking_is_begun_again(tmp_path: Path):
    release = parquet(tmp_path / "release", image=[{"bytes": png(10), "path": "10.png"}])
    (tmp_path / "unpacked").mkdir()
    (tmp_path / "unpacked" / "00000000.png").write_bytes(png(10)[:20])
    assert values(as_folder(release, tmp_path / "unpacked", "hash")) == [10]


def test_a_release_of_urls_only_is_told_from_one_with_pictures(tmp_path: Path):
    release = parquet(tmp_path / "release", face_id=["a"])
    with pytest.raises(UserError, match="has no column 'image'; publish the release with --content pixels"):
        as_folder(release, tmp_path / "unpacked", "hash")


def test_a_stylegan_zip_is_read_with_its_metadata_and_its_names_are_not_trusted(tmp_path: Path):
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(("00000/img00000000.png", "../../evil.png", "gone.png")):
            archive.writestr(name, png(number))
        archive.writestr("dataset.json", '{"labels": null}')
        rows = [
            {"file_name": "00000/img00000000.png", "rights": "open", "license": "GPL-2.0-or-later"},
            {"file_name": "gone.png", "rights": "open", "status": "removed"},
        ]
        archive.writestr("metadata.jsonl", "\n".join(json.dumps(row) for row in rows))
    unpacked = as_folder(path, tmp_path / "unpacked", "hash")
    assert values(unpacked) == [0, 1]
    assert not (tmp_path / "evil.png").exists()
    assert rights_of(unpacked, 2) == {"open GPL-2.0-or-later": 1, "unknown no licence on record": 1}


def test_a_broken_zip_is_one_sentence(tmp_path: Path):
    (tmp_path / "faces.zip").write_bytes(b"PK" + bytes(np.zeros(50, np.uint8)))
    with pytest.raises(UserError, match=r"faces.zip is not a readable zip"):
        as_folder(tmp_path / "faces.zip", tmp_path / "unpacked", "hash")


def test_rights_of_a_folder_come_from_its_metadata(tmp_path: Path):
    rows = [{"rights": "open", "license": "CC0-1.0"}, {"rights": "research"}]
    (tmp_path / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    assert rights_of(tmp_path, 2) == {"open CC0-1.0": 1, "research no licence on record": 1}
    assert rights_of(tmp_path / "bare", 5) == {"unknown no licence on record": 5}


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_a_title_with_every_separator_of_unicode_is_one_line_of_metadata(tmp_path: Path):
    row = {"file_name": "a.png", "rights": "open", "title": "one\u2028two\u2029three\x85four\x0bfive\x1csix"}
    metadata = json.dumps(row, ensure_ascii=False).encode() + b"\n\n"
    source = zipped(tmp_path / "set.zip", **{"a.png": png(3), "metadata.jsonl": metadata})
    unpacked = as_folder(source, tmp_path / "unpacked", "hash")
    assert rights_of(unpacked, 1) == {"open no licence on record": 1}
    (tmp_path / "metadata.jsonl").write_bytes(metadata)
    assert rights_of(tmp_path, 1) == {"open no licence on record": 1}


def marked(content: bytes, local: tuple[int, bytes], central: tuple[int, bytes]) -> bytes:
    """A zip whose entries' heads say something else at these places."""
    changed = bytearray(content)
    for magic, (offset, value) in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        for match in re.finditer(re.escape(magic), content):
            changed[match.start() + offset : match.start() + offset + len(value)] = value
    return bytes(changed)


@pytest.mark.parametrize(
    ("local", "central"),
    [((6, b"\1"), (8, b"\1")), ((8, b"\x61\0"), (10, b"\x61\0")), ((14, b"\0\0\0\0"), (16, b"\0\0\0\0"))],
    ids=["password", "unknown compression", "wrong checksum"],
)
def test_a_zip_that_cannot_be_unpacked_is_one_sentence(
    tmp_path: Path, local: tuple[int, bytes], central: tuple[int, bytes]
):
    source = zipped(tmp_path / "set.zip", **{"a.png": png(3)})
    source.write_bytes(marked(source.read_bytes(), local, central))
    with pytest.raises(UserError, match=r"set\.zip is not a readable zip"):
        as_folder(source, tmp_path / "unpacked", "hash")


def table(path: Path, **columns: list[object]) -> Path:
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


def test_plain_bytes_are_pictures_and_rows_without_one_are_left_out_by_name(tmp_path: Path):
    plain = table(tmp_path / "plain.parquet", image=[png(1), png(2)])
    assert values(as_folder(plain, tmp_path / "one", "hash")) == [1, 2]
    gaps = [{"bytes": png(1), "path": "a.png"}, None, {"bytes": None, "path": "b.png"}]
    pictures = open_folder(as_folder(table(tmp_path / "gaps.parquet", image=gaps), tmp_path / "two", "hash"), 16)
    assert (len(pictures), len(pictures.refused)) == (1, 2)
    assert all("no bytes" in refusal.reason for refusal in pictures.refused)


def test_addresses_and_damage_in_place_of_pictures_are_one_sentence(tmp_path: Path):
    addresses = table(tmp_path / "urls.parquet", image=["http://localhost/a.png"])
    with pytest.raises(UserError, match="holds addresses as 'image'"):
        as_folder(addresses, tmp_path / "one", "hash")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(UserError, match=r"bad\.parquet is not a readable Parquet file"):
        as_folder(tmp_path / "bad.parquet", tmp_path / "two", "hash")


def test_a_damaged_summary_is_made_anew(tmp_path: Path):
    source = zipped(tmp_path / "set.zip", **{"a.png": png(3)})
    unpacked = as_folder(source, tmp_path / "unpacked", "hash")
    for damage in ("{", "[1]", '{"open": "many"}'):
        (unpacked / "rights.json").write_text(damage)
        assert rights_of(as_folder(source, unpacked, "hash"), 1) == {"unknown no licence on record": 1}


Edits = list[tuple[float, int, bytes]]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.binary(max_size=4)), min_size=1, max_size=6))
def test_a_published_set_with_changed_bytes_is_one_sentence_or_a_folder(tmp_path: Path, edits: Edits):
    metadata = json.dumps({"file_name": "a.png", "rights": "open"}).encode() * 2
    sound = zipped(tmp_path / "set.zip", **{"a.png": png(3), "metadata.jsonl": metadata}).read_bytes()
    sets = {"set.zip": sound, "set.parquet": table(tmp_path / "set.parquet", image=[png(1)]).read_bytes()}
    for name, content in sets.items():
        changed = content
        for share, removed, added in edits:
            at = int(share * len(changed))
            changed = changed[:at] + added + changed[at + removed :]
        (tmp_path / name).write_bytes(changed)
        shutil.rmtree(tmp_path / "unpacked", ignore_errors=True)
        with suppress(UserError):
            open_folder(as_folder(tmp_path / name, tmp_path / "unpacked", "hash"), 16)


@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_as_metadata_are_rows_or_one_sentence(content: bytes):
    with suppress(UserError):
        assert all(isinstance(row, dict) for row in rows_of(content, Path("metadata.jsonl")))
