"""The command that a recipe turns into names what differs from the defaults, and a shell reads it back as it was."""

import shlex
from pathlib import Path

import numpy as np

from blendgan.cli import GENERATE
from blendgan.demo.choices import OUT, Choice, Recipe, command_line
from blendgan.inference.config import PictureConfig

BASE = PictureConfig(model=Path("models/it's mine; rm -rf *"), out=OUT)
PICTURE = np.zeros((4, 4, 3), dtype=np.uint8)


def read_back(line: str) -> object:
    program, command, *words = shlex.split(line)
    assert (program, command) == ("blendgan-generate", "picture")
    return GENERATE[command].parse(program, words)


def test_seeds_become_flags() -> None:
    recipe = Recipe(Choice(3), Choice(7), Choice(9), indicator=4, truncation=0.5, mix_share=0.25)
    config = recipe.config(BASE)
    assert read_back(command_line(config)) == config
    assert (config.seed, config.style_seed, config.mix_seed, config.mix_share) == (3, 7, 9, 0.25)
    assert recipe.pictures == {}


def test_pictures_become_files_beside_the_command() -> None:
    picture = Choice(pixels=PICTURE)
    recipe = Recipe(picture, picture, None, indicator=0, truncation=0.5, mix_share=0.25)
    config = recipe.config(BASE)
    assert read_back(command_line(config)) == config
    assert (config.faces, config.styles, config.mix) == (Path("face.png"), Path("style.png"), None)
    assert config.truncation is None, "it moves random faces only"
    assert set(recipe.pictures) == {"face.png", "style.png"}
