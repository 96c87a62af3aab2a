"""Faces are divided once, whatever their order, and never mixed with another split."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from blendgan.errors import UserError
from pipelines.split_faces import PARTS, SplitFacesConfig, split, split_faces

SHARES = {"train": 0.7, "judge": 0.15, "held-out": 0.15}
NAMES = [f"face-{number}" for number in range(40)]


def test_every_face_is_in_one_part_and_the_parts_have_their_shares() -> None:
    parts = split(NAMES, SHARES, seed=0)
    assert sorted(name for names in parts.values() for name in names) == sorted(NAMES)
    assert [len(parts[part]) for part in PARTS] == [28, 6, 6]


def test_a_split_depends_on_names_and_seed_only_and_hardly_on_one_more() -> None:
    parts = split(NAMES, SHARES, seed=0)
    assert split(NAMES[::-1], SHARES, seed=0) == parts
    assert split(NAMES, SHARES, seed=1) != parts
    more = split([*NAMES, "another"], SHARES, seed=0)
    moved = [name for part in PARTS for name in set(parts[part]) - set(more[part])]
    assert len(moved) <= 2


@pytest.fixture
def config(tmp_path: Path) -> SplitFacesConfig:
    faces = tmp_path / "faces" / "a"
    faces.mkdir(parents=True)
    for number in range(10):
        Image.fromarray(np.full((4, 4, 3), number, np.uint8)).save(faces / f"{number}.png")
    rows = [{"file_name": f"a/{number}.png", "rights": "open", "license": "CC0-1.0"} for number in range(9)]
    rows.append({"file_name": "a/9.png", "rights": "removed"})
    (faces.parent / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    shares = {"judge_share": 0.3, "held_out_share": 0.3}
    return SplitFacesConfig(faces=faces.parent, out=tmp_path / "split", quiet=True, **shares)


def test_faces_go_with_their_rights_and_removed_ones_stay_behind(config: SplitFacesConfig) -> None:
    split_faces(config, config.console())
    found = {path.stem for path in config.out.rglob("*.png")}
    assert found == {str(number) for number in range(9)}
    for part in PARTS:
        rows = [json.loads(line) for line in (config.out / part / "metadata.jsonl").read_text().splitlines()]
        assert {row["file_name"] for row in rows} == {path.name for path in (config.out / part).glob("*.png")}
        assert {row["license"] for row in rows} == {"CC0-1.0"}


def test_a_second_run_does_nothing_and_another_split_is_refused(config: SplitFacesConfig) -> None:
    for _ in range(2):
        split_faces(config, config.console())
    other = SplitFacesConfig(**{**vars(config), "seed": 5})
    with pytest.raises(UserError, match="split holds another split; remove it, or give another folder"):
        split_faces(other, other.console())


def test_a_part_without_faces_and_shares_above_one_are_refused(config: SplitFacesConfig) -> None:
    few = SplitFacesConfig(**{**vars(config), "judge_share": 0.01})
    with pytest.raises(UserError, match="9 faces leave none for judge; give more faces or other shares"):
        split_faces(few, few.console())
    with pytest.raises(
        UserError, match=r"--judge-share and --held-out-share are 0\.8 and 0\.3; leave some to train on"
    ):
        SplitFacesConfig(**{**vars(config), "judge_share": 0.8}).check()
    (config.faces / "b").mkdir()
    (config.faces / "b" / "3.PNG").write_bytes((config.faces / "a" / "3.png").read_bytes())
    with pytest.raises(UserError, match=r"a/3.png and b/3.PNG share a name; rename one of them"):
        split_faces(config, config.console())
