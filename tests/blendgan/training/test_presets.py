"""Presets: their values, one by one, and how flags and presets meet."""

import re
from dataclasses import asdict, fields
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from blendgan.cli import TRAIN
from blendgan.config import may_change
from blendgan.errors import UserError
from blendgan.training import presets
from blendgan.training.engine.config import TrainConfig
from blendgan.training.gan.finetune_config import FinetuneSettings

STYLE_ENCODER_PAPER = {
    "steps": 500_000,
    "batch": 256,
    "micro_batch": 0,
    "learning_rate": 0.002,
    "log_every": 50,
    "sample_every": 2000,
    "evaluate_every": 5000,
    "checkpoint_every": 2000,
    "size": 256,
    "taps": ("relu1_2", "relu2_2", "relu3_4", "relu4_4", "relu5_4"),
    "latent_dim": 512,
    "temperature": 0.1,
    "cached_views": 0,
    "positives": "views",
}
STYLE_ENCODER_TINY = STYLE_ENCODER_PAPER | {
    "steps": 300,
    "batch": 64,
    "size": 128,
    "taps": ("relu1_2", "relu2_2", "relu3_4"),
    "latent_dim": 128,
    "cached_views": 4,
    "log_every": 10,
    "sample_every": 1_000_000_000,
    "evaluate_every": 50,
    "checkpoint_every": 200,
}
STYLE_ENCODER_SMALL = STYLE_ENCODER_TINY | {"steps": 400, "size": 32, "taps": ("relu1_2", "relu2_2"), "latent_dim": 64}
ADVERSARIAL = {
    "steps": 200_000,
    "batch": 8,
    "micro_batch": 0,
    "learning_rate": 0.002,
    "log_every": 50,
    "sample_every": 1000,
    "evaluate_every": 5000,
    "checkpoint_every": 1000,
    "cuda_graphs": True,
    "torch_compile": False,
    "r1_gamma": 10.0,
    "r1_every": 16,
    "path_weight": 2.0,
    "path_every": 4,
    "ada_target": 0.0,
    "ada_images": 500_000,
    "mixing": 0.9,
    "ema_half_life": 312.5,
    "face_weight_rate": 1.0,
    "noise_rate": 1.0,
    "face_loss": 1.0,
    "style_loss": 1.0,
    "style_latent_loss": 1.0,
    "recent_codes": 1024,
    "same_face_loss": 0.0,
    "same_face_form": "edges",
}
GAN_PAPER = ADVERSARIAL | {
    "size": 1024,
    "latent_dim": 512,
    "mapping_layers": 8,
    "channel_base": 32768,
    "channel_max": 512,
    "natural_steps": 0,
    "trunks_from_face": False,
    "mismatch_loss": 0.0,
    "style_codes": "encoder",
    "face_weight_start": 1.0,
    "face_weight_coarse_layers": 0,
}
GAN_TINY = GAN_PAPER | {
    "steps": 1000,
    "size": 32,
    "latent_dim": 128,
    "mapping_layers": 4,
    "channel_base": 4096,
    "channel_max": 32,
    "ada_images": 20_000,
    "r1_gamma": 1.0,
    "ema_half_life": 50,
    "face_weight_rate": 2.0,
    "noise_rate": 0.0,
    "learning_rate": 0.003,
    "log_every": 10,
    "sample_every": 100,
    "evaluate_every": 250,
    "checkpoint_every": 200,
}
GAN_DEMO = GAN_TINY | {
    "steps": 2600,
    "natural_steps": 1000,
    "batch": 12,
    "learning_rate": 0.004,
    "path_every": 16,
    "mixing": 0.5,
    "ema_half_life": 100,
    "trunks_from_face": True,
    "face_weight_start": 0.4,
    "face_weight_coarse_layers": 4,
    "face_weight_rate": 0.12,
    "mismatch_loss": 2.0,
    "same_face_loss": 0.7,
    "log_every": 20,
    "sample_every": 400,
    "evaluate_every": 1600,
    "checkpoint_every": 400,
}
FINETUNE = ADVERSARIAL | {"steps": 1000, "batch": 1, "log_every": 10, "sample_every": 100, "checkpoint_every": 200}
INVERSION_PAPER = {
    "steps": 300_000,
    "batch": 8,
    "micro_batch": 0,
    "learning_rate": 0.0001,
    "log_every": 50,
    "sample_every": 2000,
    "evaluate_every": 5000,
    "checkpoint_every": 2000,
    "image_size": 256,
    "widths": (64, 128, 256, 512),
    "depths": (3, 4, 14, 3),
    "squeeze": 16,
    "l2": 1.0,
    "perceptual": 0.8,
    "identity": 0.1,
    "w_norm": 0.0,
}
INVERSION_TINY = INVERSION_PAPER | {
    "steps": 1000,
    "learning_rate": 0.001,
    "image_size": 64,
    "widths": (16, 32, 64, 128),
    "depths": (1, 1, 2, 1),
    "squeeze": 4,
    "log_every": 10,
    "sample_every": 200,
    "checkpoint_every": 200,
}
DOCUMENT = (Path(__file__).parents[3] / "docs" / "training.md").read_text(encoding="utf-8").partition("differ in:")[2]
WORDS = {
    "style-encoder": ["--artworks", "a"],
    "gan": ["--faces", "f", "--artworks", "a"],
    "inversion": ["--faces", "f", "--model", "m"],
    "finetune": ["--faces", "f", "--model", "m", "--reference", "r.png"],
}


def _other(value: Any) -> Any:
    """A value that is not the default, and in range."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple):
        return tuple(reversed(value))
    if isinstance(value, str):
        return {"edges": "features", "views": "folder", "encoder": "gram"}[value]
    return value / 2 or 0.25 if isinstance(value, float) else value // 2 or 2


def _flag(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    return [f"--{name}", *(str(part) for part in (value if isinstance(value, tuple) else (value,)))]


def parsed(stage: str, *words: str) -> Any:
    return TRAIN[stage].parse("blendgan-train", [*WORDS[stage], "--out", "run", *words])


def test_presets_hold_what_they_are_documented_to_hold() -> None:
    assert {name: asdict(row) for name, row in presets.STYLE_ENCODER.items()} == {
        "tiny": STYLE_ENCODER_TINY,
        "small": STYLE_ENCODER_SMALL,
        "paper": STYLE_ENCODER_PAPER,
    }
    assert {name: asdict(row) for name, row in presets.GAN.items()} == {
        "tiny": GAN_TINY,
        "demo": GAN_DEMO,
        "64": GAN_PAPER | {"size": 64, "batch": 32, "channel_base": 16384},
        "256": GAN_PAPER | {"size": 256, "batch": 16, "channel_base": 16384},
        "1024": GAN_PAPER,
        "paper": GAN_PAPER,
    }
    assert {name: asdict(row) for name, row in presets.INVERSION.items()} == {
        "tiny": INVERSION_TINY,
        "paper": INVERSION_PAPER,
    }
    assert asdict(FinetuneSettings()) == FINETUNE


@pytest.mark.parametrize(
    ("stage", "table"), [("style-encoder", "STYLE_ENCODER"), ("gan", "GAN"), ("inversion", "INVERSION")]
)
def test_a_flag_left_out_comes_from_the_preset(stage: str, table: str) -> None:
    rows = getattr(presets, table)
    assert parsed(stage).settings == rows["paper"]
    for name, row in rows.items():
        assert parsed(stage, "--preset", name).settings == row
        assert parsed(stage, f"--preset={name}").preset == name


def test_a_flag_that_says_the_default_overrides_the_preset() -> None:
    paper = presets.GAN["paper"].face_weight_rate
    assert parsed("gan", "--preset", "demo", "--face-weight-rate", str(paper)).settings.face_weight_rate == paper


def test_a_preset_that_does_not_exist_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("--preset", "huge"), ("--preset",)):
        with pytest.raises(SystemExit) as stopped:
            parsed("gan", *words)
        assert stopped.value.code == 2
        assert "--preset" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stage", "table"), [("style-encoder", "STYLE_ENCODER"), ("gan", "GAN"), ("inversion", "INVERSION")]
)
def test_the_documented_table_of_presets_gives_the_presets(stage: str, table: str) -> None:
    for name, row in getattr(presets, table).items():
        if name != "paper":
            line = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| `{stage} {name}` | "))
            words = " ".join(re.findall(r"`(--[^`]+)`", line)).split()
            assert parsed(stage, *words).settings == row


@pytest.mark.parametrize("stage", WORDS)
def test_every_setting_is_a_flag(stage: str) -> None:
    start = parsed(stage)
    other = {field.name: _other(getattr(start.settings, field.name)) for field in fields(start.settings)}
    words = [_flag(name.replace("_", "-"), value) for name, value in other.items()]
    assert asdict(parsed(stage, *chain.from_iterable(words)).settings) == other


@pytest.mark.parametrize("stage", WORDS)
def test_length_intervals_and_means_may_change_and_nothing_else(stage: str) -> None:
    config: TrainConfig = parsed(stage)
    intervals = {"log_every", "sample_every", "evaluate_every", "checkpoint_every"}
    expected = {"steps", "micro_batch", "device", "data_workers", "tracker", "data_changed", *intervals}
    if stage in ("gan", "finetune"):
        expected |= {"cuda_graphs", "torch_compile"}
    assert may_change(config) == expected | ({"inception", "alexnet"} if stage == "gan" else set())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--seed", "-1"), "--seed is -1; give 0 to 2^63 - 1"),
        (("--r1-gamma", "-1"), "--r1-gamma is -1.0; give 0 or a positive number"),
        (("--face-loss", "nan"), "--face-loss is nan; give 0 or a positive number"),
        (("--path-weight", "inf"), "--path-weight is inf; give 0 or a positive number"),
        (("--mixing", "1.5"), "--mixing is 1.5; give a number from 0 to 1"),
        (("--data-workers", "-1"), "--data-workers is -1; give 0 or more"),
        (("--r1-every", "0"), "--r1-every is 0; give a positive number"),
        (("--size", "48"), "--size is 48; give a power of two from 8 to 1024"),
        (("--channel-base", "64", "--size", "128"), "--channel-base is 64; give --size (128) or more"),
    ],
)
def test_a_setting_out_of_range_is_refused_with_value_and_range(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence.replace("(", r"\(").replace(")", r"\)").replace("^", r"\^")):
        parsed("gan", *words)


@pytest.mark.parametrize(
    ("stage", "words", "sentence"),
    [
        ("style-encoder", ("--cached-views", "1"), "--cached-views is 1; give 0, or 2 and more"),
        ("style-encoder", ("--temperature", "0"), "--temperature is 0.0; give a positive number"),
        ("style-encoder", ("--taps",), "--taps are none"),
        ("style-encoder", ("--positives", "folder", "--batch", "2"), "--batch is 2; with --positives folder give 4 or"),
        ("inversion", ("--widths", "16", "0", "64", "128"), "--widths is 0; give a positive number"),
        ("inversion", ("--squeeze", "512"), "--squeeze is 512; give at most the smallest of --widths"),
        ("finetune", ("--r1-every", "0"), "--r1-every is 0; give a positive number"),
    ],
)
def test_other_stages_have_ranges_too(stage: str, words: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=sentence):
        parsed(stage, *words)
