"""Every face in every style, once; a run goes on where a killed one was."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from blendgan.data.folder import open_folder, picture_files
from blendgan.errors import UserError
from pipelines.draw_portraits import DrawPortraitsConfig, draw, draw_portraits
from pipelines.drawing.drawing_styles import STYLES
from tests.drawn_faces import draw_portrait


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faces")
    for seed in range(2):
        Image.fromarray(draw_portrait(seed, size=64)).save(folder / f"face-{seed}.png")
    (folder / "metadata.jsonl").write_text(json.dumps({"file_name": "face-1.png", "license": "CC0-1.0"}))
    return folder


def config_of(faces: Path, out: Path, size: int = 48) -> DrawPortraitsConfig:
    return DrawPortraitsConfig(faces=faces, out=out, size=size, quiet=True)


def test_every_face_is_drawn_in_every_style_and_what_is_known_of_it_stays(faces: Path, tmp_path: Path) -> None:
    config = config_of(faces, tmp_path / "drawn")
    draw_portraits(config, config.console())
    drawn = open_folder(config.out, 48)
    assert {drawn.name(index) for index in range(len(drawn))} == {
        f"{style}/face-{seed}.png" for style in STYLES for seed in range(2)
    }
    face = open_folder(faces, 48).read(1)
    index = next(index for index in range(len(drawn)) if drawn.name(index) == "ink/face-1.png")
    assert np.array_equal(drawn.read(index), STYLES["ink"](face))
    rows = [json.loads(line) for line in (config.out / "metadata.jsonl").read_text().splitlines()]
    assert {(row["file_name"], row["drawn_in"]) for row in rows} == {(f"{s}/face-1.png", s) for s in STYLES}
    assert {row["license"] for row in rows} == {"CC0-1.0"}


def test_a_killed_run_leaves_no_half_picture_and_the_next_draws_what_is_missing(
    faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(faces, tmp_path / "drawn")
    save, saved = Image.Image.save, []

    def killed_in_the_fifth(image: Image.Image, path: Path, **options: str) -> None:
        if len(saved) == 4:
            path.write_bytes(b"\x89PNG half")
            raise KeyboardInterrupt
        saved.append(path)
        save(image, path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Image.Image, "save", killed_in_the_fifth)
        with pytest.raises(KeyboardInterrupt):
            draw_portraits(config, config.console())
    assert len(picture_files(config.out)) == len(open_folder(config.out, 48)) == 4
    kept = {path: path.stat().st_mtime_ns for path in picture_files(config.out)}
    draw_portraits(config, config.console())
    assert len(open_folder(config.out, 48)) == 2 * len(STYLES) == len(list(config.out.glob("*/*")))
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_some_faces_alone_can_be_drawn(faces: Path, tmp_path: Path) -> None:
    folder = open_folder(faces, 48)
    draw(replace(folder, paths=folder.paths[1:]), tmp_path / "some", config_of(faces, tmp_path).console())
    assert {path.stem for path in picture_files(tmp_path / "some")} == {"face-1"}


def test_no_face_of_the_size_is_one_sentence(faces: Path, tmp_path: Path) -> None:
    config = config_of(faces, tmp_path / "drawn", size=128)
    with pytest.raises(UserError, match="has no square picture of 128 px or more; give another --size"):
        draw_portraits(config, config.console())


@pytest.mark.parametrize("style", STYLES)
def test_a_style_keeps_the_size_and_changes_every_portrait(style: str) -> None:
    portraits = [draw_portrait(seed, size=64) for seed in range(2)]
    drawn = [STYLES[style](portrait) for portrait in portraits]
    assert all(picture.shape == (64, 64, 3) and picture.dtype == np.uint8 for picture in drawn)
    assert not np.array_equal(drawn[0], drawn[1])
    assert np.abs(drawn[0].astype(int) - portraits[0]).mean() > 2
