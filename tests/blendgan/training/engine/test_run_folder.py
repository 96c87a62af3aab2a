"""The folder of a run keeps the settings it was begun with."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from blendgan.errors import UserError
from blendgan.training.engine import checkpoint, run_folder
from blendgan.training.engine.inputs import Facts
from blendgan.training.gan.config import TrainGanConfig

FACES: dict[str, Facts] = {"faces": {"files": 1, "bytes": 2, "sha256": "before"}}
OTHERS: dict[str, Facts] = {"faces": {"files": 1, "bytes": 2, "sha256": "now"}}


def config_of(out: Path) -> TrainGanConfig:
    return TrainGanConfig(out=out, faces=out, artworks=out)


def begin(config: TrainGanConfig, inputs: Mapping[str, Facts] = FACES) -> None:
    run_folder.begin(config, run_folder.describe("gan", config, config.settings, inputs))


def test_a_rerun_may_change_what_is_marked_and_nothing_else(tmp_path: Path) -> None:
    config = config_of(tmp_path / "run")
    begin(config)
    begin(replace(config, data_workers=3, settings=replace(config.settings, steps=7, log_every=1)))
    written = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (written["settings"]["steps"], written["flags"]["data_workers"]) == (7, 3)
    for other, name in (
        (replace(config, seed=1), "seed 0, not 1"),
        (replace(config, settings=replace(config.settings, batch=4)), "batch 8, not 4"),
    ):
        with pytest.raises(UserError, match=f"was begun with {name}; repeat the first command"):
            begin(other)


def test_a_setting_that_a_run_of_before_did_not_have_had_its_default(tmp_path: Path) -> None:
    config = config_of(tmp_path / "run")
    begin(config)
    path = tmp_path / "run" / "config.json"
    written = json.loads(path.read_text())
    del written["settings"]["mixing"]
    path.write_text(json.dumps(written))
    with pytest.raises(UserError, match=r"was begun with mixing 0\.9, not 0\.5"):
        begin(replace(config, settings=replace(config.settings, mixing=0.5)))
    begin(config)
    assert json.loads(path.read_text())["settings"]["mixing"] == 0.9


def test_other_inputs_are_refused_unless_asked_for_and_then_the_former_are_kept(tmp_path: Path) -> None:
    config = config_of(tmp_path / "run")
    assert run_folder.check_inputs(config, FACES) == []  # nothing was begun
    begin(config)
    checkpoint.save(tmp_path / "run" / "checkpoints", 40, {})
    assert run_folder.check_inputs(replace(config, faces=tmp_path / "moved"), FACES) == []
    with pytest.raises(UserError, match="was begun with another --faces"):
        run_folder.check_inputs(config, OTHERS)
    told = replace(config, data_changed=True)
    assert run_folder.check_inputs(told, OTHERS) == ["faces"]
    begin(told, OTHERS)
    begin(replace(told, data_changed=False, faces=tmp_path / "moved"), OTHERS)
    written = json.loads((tmp_path / "run" / "config.json").read_text())
    assert written["inputs"] == OTHERS
    assert written["changes"] == [{"step": 40, "inputs": FACES, "data": {}}]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"format": 2}', '{"format": 2, "settings": []}', "null"])
def test_a_damaged_record_is_one_sentence(tmp_path: Path, content: str) -> None:
    config = config_of(tmp_path / "run")
    begin(config)
    (tmp_path / "run" / "config.json").write_text(content)
    for read in (lambda: begin(config), lambda: run_folder.check_inputs(config, FACES)):
        with pytest.raises(UserError, match=r"config\.json is damaged .*; bring back a copy of it"):
            read()


def test_a_run_of_an_older_format_is_refused_in_one_sentence(tmp_path: Path) -> None:
    config = config_of(tmp_path / "run")
    begin(config)
    path = tmp_path / "run" / "config.json"
    old = json.loads(path.read_text())
    del old["format"]
    path.write_text(json.dumps(old))
    with pytest.raises(UserError, match="is a run of format 1, and this version reads format 2; end it with"):
        begin(config)


@pytest.mark.parametrize(("batch", "ranks"), [(6, 1), (8, 3), (24, 4)])
def test_a_batch_that_cannot_be_shared_is_refused(tmp_path: Path, batch: int, ranks: int) -> None:
    settings = replace(config_of(tmp_path).settings, batch=batch)
    with pytest.raises(UserError, match="--batch"):
        run_folder.checked(settings, ranks, group=4)
