"""The table of the recipe's parts: which commands make a row, which rows are left, how the page reads."""

import json
import shlex
from dataclasses import fields
from pathlib import Path

import pytest

from blendgan.cli import TRAIN
from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.training.presets import GAN
from pipelines.ablate_learning import ROWS, AblateLearningConfig, ablate_learning, judged, markdown, note, training


def row(name: str, model: float) -> dict[str, object]:
    share = {"model": model, "worst": 0.1, "drawings": 0.8, "chance": 0.1}
    figures = {"agreement": share, "gram_agreement": share, "kept": {"shading": share}}
    return {"row": name, **figures, "diversity": 0.9, "kid": {"kid_vgg19_random": 0.00123}}


def config(folder: Path, **others: object) -> AblateLearningConfig:
    return AblateLearningConfig(faces=folder / "faces", out=folder / "out", **others)


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_a_training_that_the_product_knows_with_as_many_steps_with_styles(tmp_path: Path, name: str):
    program, stage, *words = shlex.split(training(config(tmp_path), name))
    assert program == "blendgan-train"
    settings, preset = TRAIN[stage].parse(program, words).settings, GAN["demo"]
    assert settings.steps - settings.natural_steps == preset.steps - preset.natural_steps
    unlike = [field.name for field in fields(settings) if getattr(settings, field.name) != getattr(preset, field.name)]
    assert len(unlike) == {"no-natural-stage": 3}.get(name, bool(ROWS[name].flags)), unlike


def test_rows_that_are_judged_are_left_out_and_the_rest_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    asked = config(tmp_path, rows=("recipe", "views"), dry_run=True)
    asked.out.mkdir()
    note(asked.table, row("recipe", 0.7))
    ablate_learning(asked, Console())
    said = capsys.readouterr().out
    assert "runs/views" in said
    assert "runs/recipe" not in said


def test_the_table_holds_the_last_figures_of_each_row_in_its_order(tmp_path: Path):
    table = tmp_path / "table.jsonl"
    for name, model in (("views", 0.5), ("recipe", 0.6), ("recipe", 0.75)):
        note(table, row(name, model))
    lines = markdown(judged(table))
    assert lines[0].split(" | ")[1:3] == ["style", "style by Gram vectors"]
    assert lines[2] == "| the recipe | 0.75 of 0.80 | 0.75 of 0.80 | 0.75 of 0.80 | 0.90 | 0.0012 |"
    assert lines[3].startswith("| style encoder by views")
    assert len(lines) == 4
    assert json.loads(table.read_text().splitlines()[0])["row"] == "views"


def test_a_row_that_does_not_exist_is_one_sentence(tmp_path: Path):
    with pytest.raises(UserError, match="--rows names blends; give some of prepare, recipe"):
        config(tmp_path, rows=("blends",)).check()
