"""On a GPU: the four stages train with what `auto` takes there, and go on where they stopped."""

import json
import math
from pathlib import Path

import pytest
import torch

import blendgan
from blendgan.cli import GENERATE, TRAIN
from blendgan.command import main
from tests.blendgan.training.small import draw_heads, words_of

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


def train(stage: str, pictures: Path, model: Path, run: Path, steps: int) -> list[dict[str, float]]:
    """Train to `steps` steps, and read the log."""
    words = ["cuda" if word == "cpu" else word for word in words_of(stage, pictures, model)]
    more = ["--steps", str(steps), "--log-every", "1", "--out", str(run)]
    assert main("blendgan-train", TRAIN, "", [*words, *more]) == 0
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def test_all_stages_train_resume_and_draw(tmp_path: Path) -> None:
    pictures = draw_heads(tmp_path / "heads", 12, 256)
    model = tmp_path / "gan" / "final"
    for stage in ("style-encoder", "gan", "inversion", "finetune"):
        source = tmp_path / "style-encoder" / "final" if stage == "gan" else model
        train(stage, pictures, source, tmp_path / stage, 5)
        rows = train(stage, pictures, source, tmp_path / stage, 10)
        assert [row["step"] for row in rows] == list(range(1, 11)), stage
        assert all(math.isfinite(value) for row in rows for value in row.values() if isinstance(value, float)), stage
        assert json.loads((tmp_path / stage / "config.json").read_text())["flags"]["precision"] == "bf16", stage
    assert blendgan.load_generator(model).config.size == 32
    words = ["grid", "--model", str(model), "--styles", str(pictures), "--out", str(tmp_path / "grid")]
    assert main("blendgan-generate", GENERATE, "", [*words, "--device", "cuda"]) == 0
    assert list((tmp_path / "grid").glob("*.png"))
