"""Results are not lost by their names, and those of one run are not taken for those of another."""

from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from blendgan.checkpoints.store import load_generator, save_network
from blendgan.cli import GENERATE
from blendgan.command import main
from blendgan.console import Console
from blendgan.inference.pictures import picture_paths
from blendgan.inference.results import Results, pair_names, results_in, written_by
from tests.full_disk import files_of_at_most

GREY = np.full((4, 4, 3), 128, np.uint8)


def generate(*words: object) -> int:
    return main("blendgan-generate", GENERATE, "", [str(word) for word in words])


def touched(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    "names",
    [("oil/x.png", "oil-x.png"), ("a-b/c.png", "a/b-c.png"), ("A/x.png", "a-X.png"), ("a.png", "a.jpg", "a-b.png")],
)
def test_every_picture_has_a_name_of_its_own_even_where_case_does_not_count(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    found = picture_paths(touched(tmp_path, *names))
    assert sorted(str(path.relative_to(tmp_path)) for path in found.values()) == sorted(names)
    assert len({name.casefold() for name in found}) == len(names)


def test_long_names_and_names_in_no_encoding_become_names_of_files(tmp_path: Path) -> None:
    long, odd = "漢" * 80, "caf\udce9"
    styles = picture_paths(touched(tmp_path, f"{long}.png", f"{long}字.png", f"{odd}.png"))
    names = pair_names(product(styles, styles))
    assert len(set(names.values())) == 9
    for name in names.values():
        assert len(f".tmp-{name}.png".encode()) <= 255


def test_faces_and_styles_whose_joined_names_agree_are_told_apart() -> None:
    pairs = [("a", "b_in_c"), ("a_in_b", "c"), ("x", "in_y"), ("x_in", "y"), ("face", "style")]
    names = pair_names(pairs)
    assert len(set(names.values())) == len(pairs)
    assert names["face", "style"] == "face_in_style"


def test_a_shorter_run_leaves_no_pictures_of_a_longer_one_and_nothing_else_is_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(GREY).save(tmp_path / "000009.png")
    (tmp_path / "000008.png").write_bytes(b"no picture")
    Results(tmp_path, "grid", Console()).save(GREY, "000007.png")
    for count in (5, 2):
        with results_in(tmp_path, "pairs", Console()) as results:
            results.replace_earlier("[0-9]*.png")
            for number in range(count):
                results.save(GREY, f"{number:06d}.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"00000{k}.png" for k in (0, 1, 7, 8, 9)]
    assert "removed 5 pictures of an earlier run" in capsys.readouterr().err
    assert written_by(tmp_path / "000000.png") == "blendgan-generate pairs"


def test_a_second_transfer_keeps_the_first_and_says_so(
    model: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for style in ("red", "green"):
        words = ("--faces", pictures / "blue.png", "--styles", pictures / f"{style}.png", "--out", tmp_path)
        assert generate("transfer", "--model", model, *words) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blue_in_green.png", "blue_in_red.png"]
    assert "also holds 1 pictures of earlier transfers" in capsys.readouterr().err


def test_frames_of_a_longer_video_go(model: Path, tmp_path: Path) -> None:
    for seconds in (0.4, 0.2):
        words = ("--num-styles", 2, "--seconds", seconds, "--fps", 10, "--frames", "--out", tmp_path, "-q")
        assert generate("video", "--model", model, *words) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frame-000000.png", "frame-000001.png"]


def test_a_video_cut_by_a_full_disk_is_an_error_and_leaves_no_file(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("video", "--model", model, "--num-styles", 4, "--seconds", 2, "--fps", 10, "--out", tmp_path / "out", "-q")
    with files_of_at_most(4_000):
        assert generate(*words) == 1
    assert "frames can be read back, most likely for want of space" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert generate(*words) == 0
    assert cv2.VideoCapture(str(tmp_path / "out" / "video.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 20


def test_a_picture_cut_by_a_full_disk_leaves_no_file(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with files_of_at_most(500):
        assert generate("pairs", "--model", model, "--count", 2, "--out", tmp_path, "-q") == 1
    assert "no space left" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_random_noise_follows_the_seed_and_not_the_batch(model: Path, tmp_path: Path) -> None:
    generator = load_generator(model)
    for convolution in generator.synthesis.convs:
        convolution.noise_strength.fill_(1.0)
    save_network(generator, tmp_path / "model" / "generator")
    drawn = {}
    for name, seed, batch in (("one", 3, 1), ("three", 3, 3), ("other", 4, 1)):
        words = ("--count", 3, "--noise", "random", "--seed", seed, "--batch", batch, "--truncation", 0)
        assert generate("pairs", "--model", tmp_path / "model", *words, "--out", tmp_path / name, "-q") == 0
        drawn[name] = [np.asarray(Image.open(path)).astype(int) for path in sorted((tmp_path / name).iterdir())]
    for one, three in zip(drawn["one"], drawn["three"], strict=True):
        assert np.abs(one - three).max() <= 1
    natural = drawn["one"][0][:, :32]  # with truncation 0 all natural faces are alike but for their noise
    assert np.abs(natural - drawn["one"][1][:, :32]).max() > 1
    assert np.abs(natural - drawn["other"][0][:, :32]).max() > 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("pairs", "--count", -3), "--count is -3; give a positive number"),
        (("pairs", "--truncation", 50), "--truncation is 50.0; give a number from -2 to 2"),
        (("pairs", "--truncation", "nan"), "--truncation is nan; give a number from -2 to 2"),
        (("pairs", "--seed", -1), "--seed is -1; give 0 to 2^63 - 1"),
        (("pairs", "--batch", 0), "--batch is 0; give a positive number"),
        (("grid", "--num-faces", 0), "--num-faces is 0; give a positive number"),
        (("grid", "--tile", -5), "--tile is -5; give 8 to 4096"),
        (("video", "--seconds", "inf"), "--seconds is inf; give a positive number"),
        (("video", "--seconds", 0.01), "--seconds 0.01 at --fps 30 is no video"),
        (("video", "--fps", 0), "--fps is 0; give 1 to 240"),
    ],
)
def test_a_flag_out_of_range_stops_before_any_work(
    words: tuple[object, ...], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate(*words, "--model", tmp_path / "none", "--out", tmp_path / "out") == 1
    assert sentence in capsys.readouterr().err


def test_results_do_not_go_among_the_inputs(model: Path, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate("pairs", "--model", model, "--styles", pictures, "--out", pictures) == 1
    assert "is --styles; give a folder of its own for the results" in capsys.readouterr().err
