"""Faces, drawings and a judge that have nothing to do with each other, made once."""

from pathlib import Path

import pytest
from PIL import Image

from blendgan.checkpoints.store import load_style_encoder
from blendgan.console import Console
from pipelines.judging import prepare_judging
from pipelines.split_faces import PARTS
from tests.drawn_faces import draw_portrait


@pytest.mark.slow
def test_each_part_is_drawn_and_the_judge_learned_from_its_own_once(tmp_path: Path) -> None:
    (tmp_path / "faces").mkdir()
    for seed in range(12):
        Image.fromarray(draw_portrait(seed, size=128)).save(tmp_path / "faces" / f"{seed}.png")
    console = Console(verbosity=-1)
    judging = prepare_judging(tmp_path / "faces", tmp_path / "judging", console)
    drawn = {part: {path.stem for path in judging.drawings(part).glob("ink/*.png")} for part in PARTS}
    assert drawn == {part: {path.stem for path in judging.faces(part).glob("*.png")} for part in PARTS}
    assert [len(drawn[part]) for part in PARTS] == [8, 2, 2]
    assert len(set.union(*drawn.values())) == 12
    assert load_style_encoder(judging.judge).config.image_size == 32
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.png")}
    weights = next(judging.judge.rglob("*.safetensors"))
    trained = weights.stat().st_mtime_ns
    prepare_judging(tmp_path / "faces", tmp_path / "judging", console)
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert weights.stat().st_mtime_ns == trained
