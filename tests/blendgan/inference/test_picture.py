"""`blendgan-generate picture`: each flag decides what it says, alone."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from blendgan.cli import GENERATE
from blendgan.command import main

STAGES = ("natural", "intermediate", "styled")


def drawn(out: Path, *words: object) -> dict[str, np.ndarray]:
    """What the command draws, by stage."""
    assert main("blendgan-generate", GENERATE, "", ["picture", *map(str, words), "--out", str(out), "-q"]) == 0
    return {stage: np.asarray(Image.open(out / f"{stage}.png")) for stage in STAGES}


def test_the_stages_are_the_ends_and_the_indicator_of_a_sweep(model: Path, pictures: Path, tmp_path: Path) -> None:
    words = ("--model", model, "--faces", pictures / "blue.png", "--styles", pictures / "red.png")
    stages = drawn(tmp_path / "picture", *words, "--indicator", 3)
    sweep = ["sweep", *map(str, words), "--num-styles", "1", "--tile", "32", "--out", str(tmp_path / "sweep"), "-q"]
    assert main("blendgan-generate", GENERATE, "", sweep) == 0
    sheet = np.asarray(Image.open(tmp_path / "sweep" / "sweep.png")).astype(int)
    tiles = {i: sheet[:, (i + 1) * 32 : (i + 2) * 32] for i in range(9)}  # the reference stands before them
    for stage, i in {"natural": 8, "intermediate": 3, "styled": 0}.items():
        assert np.abs(stages[stage] - tiles[i]).max() <= 1


def test_seeds_of_face_and_style_are_independent(model: Path, tmp_path: Path) -> None:
    first = drawn(tmp_path / "a", "--model", model, "--seed", 1, "--style-seed", 5)
    other_face = drawn(tmp_path / "b", "--model", model, "--seed", 2, "--style-seed", 5)
    other_style = drawn(tmp_path / "c", "--model", model, "--seed", 1, "--style-seed", 6)
    default = drawn(tmp_path / "d", "--model", model, "--seed", 1)
    assert np.array_equal(first["natural"], other_style["natural"])
    assert not np.array_equal(first["natural"], other_face["natural"])
    assert not np.array_equal(first["styled"], other_style["styled"])
    same = drawn(tmp_path / "e", "--model", model, "--seed", 1, "--style-seed", 1)
    assert np.array_equal(default["styled"], same["styled"])


def test_a_mix_ends_in_either_style(model: Path, pictures: Path, tmp_path: Path) -> None:
    red, green = ("--styles", pictures / "red.png"), ("--mix", pictures / "green.png")
    only_red = drawn(tmp_path / "red", "--model", model, *red)["styled"]
    only_green = drawn(tmp_path / "green", "--model", model, "--styles", pictures / "green.png")["styled"]
    mixed = {
        share: drawn(tmp_path / str(share), "--model", model, *red, *green, "--mix-share", share)["styled"]
        for share in (0, 0.5, 1)
    }
    assert np.array_equal(mixed[0], only_red)
    assert np.array_equal(mixed[1], only_green)
    assert not np.array_equal(mixed[0.5], only_red) and not np.array_equal(mixed[0.5], only_green)


def test_two_second_styles_are_refused(model: Path, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["picture", "--model", str(model), "--out", "x", "--mix", str(pictures / "red.png"), "--mix-seed", "3"]
    assert main("blendgan-generate", GENERATE, "", words) == 1
    assert "two second styles; give one" in capsys.readouterr().err
