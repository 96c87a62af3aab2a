"""`blendgan-generate grid`."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from blendgan.checkpoints.store import load_generator
from blendgan.cli import GENERATE
from blendgan.command import main
from blendgan.console import Console
from blendgan.inference.config import GridConfig
from blendgan.inference.pictures import to_pixels
from blendgan.inference.session import FACES, STYLES, Session


def generate(*words: object) -> int:
    return main("blendgan-generate", GENERATE, "", [str(word) for word in words])


def test_a_grid_has_styles_as_rows_and_faces_as_columns(
    model: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate("grid", "--model", model, "--styles", pictures, "--num-faces", 4, "--out", tmp_path, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts == {
        "path": str(tmp_path / "grid.png"),
        "faces": 4,
        "styles": 3,
        "indicator": 0,
        "left_out": 1,
    }
    sheet = np.asarray(Image.open(tmp_path / "grid.png"))
    assert sheet.shape == (4 * 96, 5 * 96, 3)
    assert (sheet[:96, :96] == 255).all()  # the corner holds nothing
    references = {tuple((tile > 200).any(axis=(0, 1))) for tile in np.split(sheet[96:, :96], 3)}
    assert references == {(True, False, False), (False, True, False), (False, False, True)}


def test_tiles_are_the_images_of_their_codes(model: Path, tmp_path: Path) -> None:
    generate("grid", "--model", model, "--num-faces", 1, "--num-styles", 1, "--truncation", 1, "--out", tmp_path, "-q")
    sheet = np.asarray(Image.open(tmp_path / "grid.png"))
    session = Session(GridConfig(model=model, out=tmp_path), Console(verbosity=-1))
    z_face, z_style = session._draw(FACES, 0, 16), session._draw(STYLES, 0, 16)
    generator = load_generator(model)
    natural, styled = generator.generate(z_face), generator.generate(z_face, z_style)
    for row, image in enumerate((natural, styled)):
        tile = sheet[row * 96 + 1 : (row + 1) * 96 : 3, 97::3]  # every pixel is shown three times three
        assert np.abs(tile.astype(int) - to_pixels(image[0]).numpy().astype(int)).max() <= 1


def test_the_same_seed_gives_the_same_sheet_whatever_the_batch(model: Path, pictures: Path, tmp_path: Path) -> None:
    for batch in (1, 5):
        words = ("--model", model, "--faces", pictures, "--styles", pictures, "--batch", batch)
        assert generate("grid", *words, "--seed", 3, "--out", tmp_path / str(batch), "-q") == 0
    one, five = (np.asarray(Image.open(tmp_path / name / "grid.png")).astype(int) for name in ("1", "5"))
    assert np.abs(one - five).max() <= 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--indicator", 9), "--indicator is 9; give 0 (all style) to 8 (natural)"),
        (("--styles", "/nowhere"), "/nowhere is not a folder of pictures"),
        (("--tile", 4096), "make too large a sheet"),
        (("--tile", 90000), "--tile is 90000; give 8 to 4096"),
        (("--model", "/nowhere"), "/nowhere/generator holds no network"),
    ],
)
def test_a_bad_setting_stops_with_one_sentence(
    words: tuple[object, ...], complaint: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate("grid", "--model", model, "--out", tmp_path, "-q", *words) == 1
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
