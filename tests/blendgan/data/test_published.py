import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from blendgan.data.folder import open_folder
from blendgan.data.published import as_folder, rights_of, rights_of_picture, survey
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


def test_the_rights_of_one_picture_are_those_of_its_own_row(tmp_path: Path):
    rows = [
        {"file_name": "a.png", "rights": "open", "license": "CC0-1.0"},
        {"file_name": "b.png", "rights": "research"},
    ]
    (tmp_path / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    assert rights_of_picture(tmp_path / "b.png") == {"research no licence on record": 1}
    assert rights_of_picture(tmp_path / "c.png") == {"unknown no licence on record": 1}
    assert rights_of_picture(tmp_path / "bare" / "a.png") == {"unknown no licence on record": 1}


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
