"""`aahq-build publish` as a person runs it; releases are read back with the libraries that people read them with."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import aahq_builder
from aahq_builder.cli import COMMANDS
from aahq_builder.journal import Journal
from aahq_builder.records import Face, Score
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from tests.drawn_build import Portrait, drawn_face, make_build, portraits

HOSTILE = "</td>|<script>alert(1)</script>\n# heading"
MIXED = [
    *portraits(4),
    Portrait(4, license="CC-BY-SA-4.0", title=HOSTILE, artist=HOSTILE),
    Portrait(5, license=None, rights="research"),
    Portrait(6, license=None, rights="unknown"),
    Portrait(7, license=None, rights="permitted", source="folder"),
    Portrait(8, rejected="blur"),
    Portrait(9, status="removed"),
]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    make_build(tmp_path / "work", MIXED)
    return tmp_path / "work"


def first_face(work: Path) -> Path:
    tables = aahq_builder.open(work)
    artwork = tables.artworks.set_index("page_url").artwork_id["https://museum.example/0"]
    return work / tables.faces.set_index("artwork_id").path[artwork]


def publish(work: Path, *flags: str) -> int:
    return run("aahq-build publish", COMMANDS["publish"], ["--work", str(work), "--quiet", *flags])


def load(folder: Path, name: str, cache: Path):
    from datasets import load_dataset

    return load_dataset(str(folder), name, split="train", cache_dir=str(cache))


def tree(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_kept_face_is_published_or_counted(work: Path, capsys: pytest.CaptureFixture[str]):
    assert publish(work, "--json") == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts == {
        "total": 9,
        "published": 6,
        "left_out_research": 1,
        "left_out_rights_unknown": 1,
        "left_out_denied_or_removed": 1,
    }


def test_urls_are_read_back_with_datasets(work: Path, tmp_path: Path):
    publish(work, "--to", str(tmp_path / "out"))
    rows = load(tmp_path / "out", "urls", tmp_path / "cache")
    assert len(rows) == 6
    assert "image" not in rows.column_names
    assert np.array(rows[0]["landmarks"]).shape == (68, 2)
    assert rows[0]["quad"] == aahq_builder.open(work).faces.quad[0]
    assert json.loads(rows[0]["rights_evidence"])[0]["signal"] == "license_field"
    assert {"CC0-1.0", "CC-BY-SA-4.0", None} == set(rows["license"])


def test_pixels_are_read_back_as_the_very_faces(work: Path, tmp_path: Path):
    publish(work, "--to", str(tmp_path / "out"), "--content", "pixels")
    rows = load(tmp_path / "out", "pixels", tmp_path / "cache")
    assert len(rows) == 5, "open licences only: neither research nor one's own folder"
    assert len(load(tmp_path / "out", "urls", tmp_path / "cache")) == 6
    for row in rows:
        number = next(n for n in range(5) if row["page_url"].endswith(f"/{n}"))
        np.testing.assert_array_equal(np.asarray(row["image"]), np.asarray(drawn_face(number)))


def test_ones_own_folder_goes_out_with_a_stated_licence(work: Path, tmp_path: Path):
    publish(work, "--to", str(tmp_path / "out"), "--content", "pixels", "--license", "CC-BY-4.0")
    rows = load(tmp_path / "out", "pixels", tmp_path / "cache")
    assert [row["license"] for row in rows if row["source"] == "folder"] == ["CC-BY-4.0"]


def test_the_stylegan_zip_holds_numbered_squares(work: Path, tmp_path: Path):
    publish(work, "--to", str(tmp_path / "out"), "--content", "pixels", "--format", "stylegan-zip")
    with zipfile.ZipFile(tmp_path / "out" / "faces.zip") as archive:
        names = archive.namelist()
        assert names == [*(f"00000/img{n:08}.png" for n in range(5)), "dataset.json", "metadata.jsonl"]
        assert json.loads(archive.read("dataset.json")) == {"labels": None}
        first = json.loads(archive.read("metadata.jsonl").splitlines()[0])
        number = int(first["page_url"].rpartition("/")[2])
        picture = Image.open(io.BytesIO(archive.read(first["file_name"])))
        np.testing.assert_array_equal(np.asarray(picture), np.asarray(drawn_face(number)))


def test_the_stylegan_zip_refuses_faces_of_two_sizes(work: Path, capsys: pytest.CaptureFixture[str]):
    drawn_face(0, 96).save(first_face(work))
    assert publish(work, "--content", "pixels", "--format", "stylegan-zip") == 1
    assert "power of two" in capsys.readouterr().err


def test_the_inventory_lists_every_file_with_its_hash(work: Path):
    publish(work, "--content", "pixels")
    inventory = json.loads((work / "release" / "release.json").read_text())
    found = tree(work / "release")
    del found["release.json"]
    assert inventory["files"] == found
    assert (inventory["rows"], inventory["pixels"]) == (6, 5)


def test_a_new_release_replaces_the_old_one_whole(work: Path):
    publish(work, "--content", "pixels")
    publish(work)
    assert not (work / "release" / "data" / "pixels").exists()
    assert [path.name for path in work.glob(".tmp-*")] == []


def test_a_folder_that_is_no_release_is_left_alone(work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "thesis.txt").write_text("years of work")
    assert publish(work, "--to", str(tmp_path)) == 1
    assert "not a release" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").exists()


def test_the_card_names_every_model_that_took_part_and_its_terms(work: Path):
    with Journal(WorkDir(work).database) as journal:
        journal.execute("UPDATE faces SET detector = 'fan', landmark_model = '2dfan-4'")
        (first, *_) = journal.select(Face, "rejected = '' ORDER BY face_id")
        journal.update(Face, first.face_id, detector="dlib", landmark_model="my-own")
        for name in ("hog", "yunet", "sharpness"):
            score = Score(face_id=first.face_id, name=name, value=0.5, version="1")
            journal.insert([score], on_conflict="REPLACE")
    publish(work)
    card = (work / "release" / "README.md").read_text()
    table = {row.split(" | ")[0]: row for row in card.split("| model |")[1].split("\n\n")[0].splitlines()[2:]}
    assert set(table) == {"| fan", "| dlib", "| 2dfan-4", "| my-own", "| yunet"}
    assert "| found 5 |" in table["| fan"] and "non-commercial" in table["| fan"]
    assert "| found 1, asked about 1 |" in table["| dlib"] and "Boost" in table["| dlib"]
    assert "| landmarks of 5 |" in table["| 2dfan-4"] and "excludes commercial use" in table["| 2dfan-4"]
    assert "| asked about 1 |" in table["| yunet"] and "MIT" in table["| yunet"]
    assert "not known here" in table["| my-own"]


def test_the_card_tells_licences_duties_funnel_and_what_was_left_out(work: Path):
    publish(work, "--content", "pixels", "--include-research")
    card = (work / "release" / "README.md").read_text()
    assert (
        "| [Creative Commons Zero 1.0](https://creativecommons.org/publicdomain/zero/1.0/) (`CC0-1.0`) | 4 | 4 |"
        in card
    )
    assert "(`CC-BY-SA-4.0`) | 1 | 1 | yes | yes |" in card
    assert "**Share alike**" in card
    assert "**1 rows have no licence on record**" in card
    assert "| faces kept | 9 |" in card
    assert "rights\\_unknown (1)" in card
    assert "<script>" not in card


def test_pixels_without_any_licence_stop_before_writing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    make_build(tmp_path, [Portrait(0, license=None, rights="permitted", source="folder")])
    assert publish(tmp_path, "--content", "pixels") == 1
    assert "--license SPDX" in capsys.readouterr().err
    assert not (tmp_path / "release").exists()


def test_a_dry_run_writes_nothing(work: Path, capsys: pytest.CaptureFixture[str]):
    assert publish(work, "--dry-run", "--content", "pixels") == 0
    assert "would publish 6 rows, 5 with pixels" in capsys.readouterr().out
    assert not (work / "release").exists()


def test_a_missing_face_file_costs_one_row(work: Path, capsys: pytest.CaptureFixture[str]):
    first_face(work).unlink()
    publish(work, "--content", "pixels")
    assert "left_out_file_missing" in capsys.readouterr().out


def test_faces_that_were_never_filtered_are_named_by_command_and_card(work: Path, capsys: pytest.CaptureFixture[str]):
    publish(work)
    assert "6 of these faces were never filtered" in capsys.readouterr().err
    assert "6 of these faces were not filtered" in (work / "release" / "README.md").read_text()
    with Journal(WorkDir(work).database) as journal:
        names = [name for (name,) in journal.execute("SELECT face_id FROM faces")]
        journal.insert(Score(face_id=name, name="readable", value=1.0, version="1") for name in names)
    publish(work)
    assert "filtered" not in capsys.readouterr().err
    assert "not filtered" not in (work / "release" / "README.md").read_text()


def test_a_releases_settings_are_in_its_inventory(work: Path):
    publish(work, "--title", "Drawn portraits", "--content", "pixels", "--include-research")
    settings = json.loads((work / "release" / "release.json").read_text())["settings"]
    assert (settings["title"], settings["content"], settings["include_research"]) == ("Drawn portraits", "pixels", True)
    assert not {"work", "to", "workers", "json"} & set(settings)
