"""`blendgan-generate` pairs, sweep, transfer and video."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.testing import assert_close

from blendgan.checkpoints.store import load_generator, load_inversion_encoder, load_style_encoder, save_network
from blendgan.cli import GENERATE
from blendgan.command import main
from blendgan.console import Console
from blendgan.inference.config import TransferConfig
from blendgan.inference.pictures import picture_paths, read_picture, to_pixels
from blendgan.inference.session import Session
from blendgan.inference.video import way
from blendgan.networks.generator import Generator
from blendgan.networks.inversion import InversionEncoder
from blendgan.networks.style_encoder import StyleEncoder


def generate(*words: object) -> int:
    return main("blendgan-generate", GENERATE, "", [str(word) for word in words])


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path)).astype(int)


def test_pairs_hold_the_natural_and_the_styled_face(model: Path, pictures: Path, tmp_path: Path) -> None:
    words = ("--styles", pictures / "red.png", "--count", 3, "--indicator", 8, "--out", tmp_path, "-q")
    assert generate("pairs", "--model", model, *words) == 0
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == ["000000.png", "000001.png", "000002.png"]
    for path in files:  # at the highest indicator the styled face is the natural one
        pair = pixels(path)
        assert pair.shape == (32, 64, 3)
        assert np.abs(pair[:, :32] - pair[:, 32:]).max() <= 1
    assert np.abs(pixels(files[0]) - pixels(files[1])).max() > 10


def test_a_sweep_ends_with_the_natural_face_in_every_style(
    model: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--faces", pictures / "blue.png", "--styles", pictures, "--num-styles", 2, "--out", tmp_path, "--json")
    assert generate("sweep", "--model", model, *words) == 0
    assert json.loads(capsys.readouterr().out)["indicators"] == 9
    sheet = pixels(tmp_path / "sweep.png")
    assert sheet.shape == (2 * 96, 10 * 96, 3)
    first, second = sheet[:96], sheet[96:]
    assert np.abs(first[:, -96:] - second[:, -96:]).max() <= 1  # i = 8: natural
    assert np.abs(first[:, 96:192] - second[:, 96:192]).max() > 1  # i = 0: styled


@pytest.fixture
def encoded() -> Iterator[list[int]]:
    """How many pictures the encoders are given, call by call."""
    seen: list[int] = []

    def count(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if isinstance(module, StyleEncoder | InversionEncoder):
            seen.append(len(inputs[0]))

    hook = nn.modules.module.register_module_forward_pre_hook(count)
    yield seen
    hook.remove()


def test_transfer_encodes_every_picture_once_and_draws_every_pair(
    model: Path, pictures: Path, tmp_path: Path, encoded: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ("--faces", pictures, "--styles", pictures, "--batch", 2, "--out", out, "--json")
    assert generate("transfer", "--model", model, *words) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["faces"], facts["styles"], facts["encoded"], facts["pictures"]) == (3, 3, 6, 9)
    assert sum(encoded) == 6
    assert len(list(out.iterdir())) == 9
    face, style = (read_picture(pictures / f"{name}.png") for name in ("red", "blue"))
    assert isinstance(face, Tensor)
    assert isinstance(style, Tensor)
    with torch.inference_mode():
        generator = load_generator(model)
        w_face = load_inversion_encoder(model)(face[None])
        w_style = generator.map_style(load_style_encoder(model)(style[None]))
        expected = to_pixels(generator.synthesize(generator.blend(w_face, w_style, 0)))[0].numpy().astype(int)
    assert np.abs(pixels(out / "red_in_blue.png") - expected).max() <= 1


def test_a_strip_shows_face_style_and_result(model: Path, pictures: Path, tmp_path: Path) -> None:
    words = ("--faces", pictures / "red.png", "--styles", pictures / "green.png", "--strip", "--out", tmp_path, "-q")
    assert generate("transfer", "--model", model, *words) == 0
    strip = pixels(tmp_path / "red_in_green.png")
    assert strip.shape == (32, 96, 3)
    assert strip[-4:, :32].mean(axis=(0, 1)).argmax() == 0
    assert strip[-4:, 32:64].mean(axis=(0, 1)).argmax() == 1


def test_a_face_that_is_not_square_is_left_out_with_the_reason(
    model: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (40, 60)).save(tmp_path / "tall.png")
    words = ("--faces", tmp_path, "--styles", pictures, "--out", tmp_path / "out")
    assert generate("transfer", "--model", model, *words) == 1
    error = capsys.readouterr().err
    assert "40x60 px is not square" in error
    assert "none of the pictures could be used" in error


def test_transfer_asks_for_both_folders(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate("transfer", "--model", model, "--out", tmp_path) == 1
    assert "transfer needs --faces and --styles" in capsys.readouterr().err


def test_a_video_has_its_frames_and_shows_them_in_the_right_colours(
    model: Path, pictures: Path, tmp_path: Path
) -> None:
    words = ("--styles", pictures, "--seconds", 0.5, "--fps", 10, "--num-styles", 2, "-q")
    assert generate("video", "--model", model, *words, "--out", tmp_path) == 0
    assert generate("video", "--model", model, *words, "--frames", "--out", tmp_path / "frames") == 0
    assert [path.name for path in tmp_path.glob("*.mp4")] == ["video.mp4"]
    stills = sorted((tmp_path / "frames").iterdir())
    video = cv2.VideoCapture(str(tmp_path / "video.mp4"))
    read = []
    while (frame := video.read())[0]:
        read.append(frame[1][:, :, ::-1].astype(int))
    assert len(read) == len(stills) == 5
    assert video.get(cv2.CAP_PROP_FPS) == 10
    for shown, still in zip(read, stills, strict=True):
        assert np.abs(shown.mean(axis=(0, 1)) - pixels(still).mean(axis=(0, 1))).max() < 12  # mpeg-4 loses a little


def test_the_way_passes_every_latent_and_closes() -> None:
    latents = [torch.tensor([[0.0]]), torch.tensor([[3.0]]), torch.tensor([[9.0]])]
    assert [way(latents, k / 3).item() for k in range(3)] == [0.0, 3.0, 9.0]
    assert_close(way(latents, 0.5), torch.tensor([[6.0]]))
    assert_close(way(latents, 5 / 6), torch.tensor([[4.5]]))


def test_images_are_made_only_as_they_are_taken(model: Path, tmp_path: Path) -> None:
    session = Session(TransferConfig(model=model, out=tmp_path, batch=2), Console(verbosity=-1))
    latent = next(session.faces(1)).latent
    endless = session.images(repeat(latent))
    assert_close(next(endless), next(endless))
    assert not torch.is_inference_mode_enabled()


def test_a_model_of_raw_gram_features_takes_them_from_the_encoders_backbone(
    model: Path, pictures: Path, tmp_path: Path
) -> None:
    generator = Generator(replace(load_generator(model).config, style_dim=4096))
    with torch.no_grad():
        generator.blending.face_weight.zero_()
    save_network(generator, tmp_path / "generator")
    words = ("--style-encoder", model, "--styles", pictures / "red.png", "--count", 1, "--out", tmp_path, "-q")
    assert generate("pairs", "--model", tmp_path, *words) == 0
    red = read_picture(pictures / "red.png")
    assert isinstance(red, Tensor)
    with torch.inference_mode():
        w = generator.map_style(load_style_encoder(model).gram(red[None]))
        expected = to_pixels(generator.synthesize(w))[0].numpy().astype(int)
    assert np.abs(pixels(tmp_path / "000000.png")[:, 32:] - expected).max() <= 1


def test_pictures_in_subfolders_get_names_of_their_own(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "b.png", "sub/a.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list(picture_paths(tmp_path)) == ["a.jpg", "a.png", "b", "sub-a"]


@pytest.mark.parametrize("command", sorted(GENERATE))
def test_a_dry_run_only_says_what_it_would_do(
    command: str, model: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ("--model", model, "--faces", pictures, "--styles", pictures, "--out", out, "--dry-run")
    assert generate(command, *words) == 0
    assert capsys.readouterr().out.startswith("would ")
    assert not out.exists()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "P", "CMYK", "I;16"])
def test_pictures_of_every_mode_become_rgb(mode: str, tmp_path: Path) -> None:
    suffix = ".jpg" if mode == "CMYK" else ".png"
    white = Image.new("I;16", (8, 8), 65535) if mode == "I;16" else Image.new("RGB", (8, 8), "white").convert(mode)
    white.save(tmp_path / f"picture{suffix}")
    picture = read_picture(tmp_path / f"picture{suffix}")
    assert isinstance(picture, Tensor)
    assert torch.equal(picture, torch.ones(3, 8, 8))
