import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

import blendgan
from blendgan.cli import TRAIN
from blendgan.command import main
from blendgan.data.folder import open_folder
from blendgan.data.stream import read_batch
from blendgan.training.engine import checkpoint
from blendgan.training.engine.run import out_of_memory
from blendgan.training.gan.config import TrainGanConfig
from tests.blendgan.arcface_file import write_arcface
from tests.blendgan.test_out_folder import held_elsewhere
from tests.blendgan.training.small import GRAM_DIM, SMALL_ENCODER, assert_same, draw_heads


def train(*words: object) -> int:
    return main("blendgan-train", TRAIN, "", [str(word) for word in words])


def gan(pictures: Path, *words: object) -> int:
    return train("gan", "--faces", pictures, "--artworks", pictures, "--preset", "tiny", "--batch", 4, *words)


def test_a_trained_style_encoder_can_be_loaded(encoder: Path):
    loaded = blendgan.load_style_encoder(encoder)
    assert loaded.config.gram_dim == GRAM_DIM
    assert not (encoder / "generator").exists()
    row = json.loads((encoder.parent / "log.jsonl").read_text().splitlines()[-1])
    assert 0 <= row["probe/view_retrieval"] <= 1
    assert {"score", "probe/gram_view_retrieval"} < row.keys()
    assert blendgan.load_style_encoder(encoder.parent / "best").config == loaded.config


def test_styles_by_folder_are_trained_on_and_a_rerun_cannot_change_to_views(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for number, path in enumerate(sorted(pictures.iterdir())):
        place = tmp_path / "artworks" / ("ink", "oil")[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    words = ("style-encoder", "--preset", "small", "--batch", 8, "--cached-views", 2, "--out", tmp_path / "run")
    by_folder = (*words, "--positives", "folder", "--artworks", tmp_path / "artworks", "--steps")
    assert train(*by_folder, 1) == train(*by_folder, 2) == 0
    assert json.loads((tmp_path / "run" / "config.json").read_text())["settings"]["positives"] == "folder"
    assert train(*words, "--artworks", tmp_path / "artworks", "--steps", 2) == 1
    assert "was begun with positives folder, not views" in capsys.readouterr().err
    (tmp_path / "artworks" / "ink" / "head-00.png").rename(tmp_path / "artworks" / "oil" / "head-00.png")
    assert train(*by_folder, 3) == 1
    assert "was begun with another --artworks" in capsys.readouterr().err
    assert train(*words[:-1], tmp_path / "flat", "--positives", "folder", "--artworks", pictures) == 1
    assert "has no sub-folders (a published set never has)" in capsys.readouterr().err


def test_fixed_views_are_looked_at_once(pictures: Path, tmp_path: Path):
    words = (
        "style-encoder",
        "--artworks",
        pictures,
        "--size",
        32,
        "--taps",
        "relu1_2",
        "--latent-dim",
        8,
        "--batch",
        4,
    )
    out = tmp_path / "run"
    assert train(*words, "--steps", 1, "--out", out) == 0
    written = (out / "probe.pt").stat()
    assert train(*words, "--steps", 2, "--out", out) == 0
    assert (out / "probe.pt").stat().st_mtime_ns == written.st_mtime_ns
    rows = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert rows[0]["probe/gram_view_retrieval"] == rows[-1]["probe/gram_view_retrieval"]


def test_a_gan_is_trained_resumed_and_loaded(pictures: Path, encoder: Path, tmp_path: Path):
    words = ("--style-encoder", encoder, "--out")
    assert gan(pictures, *words, tmp_path / "straight", "--steps", 4) == 0
    assert gan(pictures, *words, tmp_path / "resumed", "--steps", 2) == 0
    assert gan(pictures, *words, tmp_path / "resumed", "--steps", 4) == 0
    assert_same(*(checkpoint.load_newest(tmp_path / run / "checkpoints")[0] for run in ("straight", "resumed")))
    generator = blendgan.load_generator(tmp_path / "straight" / "final")
    assert generator.generate(torch.randn(1, 128), torch.randn(1, 128)).shape == (1, 3, 32, 32)
    for role in ("face", "style", "style_latent"):
        blendgan.load_discriminator(tmp_path / "straight" / "final", role)
    with Image.open(tmp_path / "straight" / "samples" / "step-0000004.png") as grid:
        assert grid.size == (7 * 96, 6 * 96)


def test_without_a_style_encoder_the_tiny_preset_makes_and_stores_a_random_one(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert gan(pictures, "--steps", 1, "--out", tmp_path / "run") == 0
    assert "no --style-encoder: a seeded random one stands in" in capsys.readouterr().err
    encoder = blendgan.load_style_encoder(tmp_path / "run" / "final")
    with torch.no_grad():
        codes = encoder(read_batch(open_folder(pictures, 32), range(8)))
    assert codes.shape == (8, 128)
    torch.testing.assert_close(codes.mean(dim=0), torch.zeros(128), atol=1e-3, rtol=0)
    torch.testing.assert_close(codes.std(dim=0), torch.ones(128), atol=1e-3, rtol=0)


def test_a_gan_can_start_from_the_natural_half_of_a_model(pictures: Path, encoder: Path, model: Path, tmp_path: Path):
    words = ("--style-encoder", encoder, "--init", model, "--steps", 1, "--out", tmp_path / "run")
    assert gan(pictures, *words, "--learning-rate", 1e-9) == 0
    before, after = blendgan.load_generator(model), blendgan.load_generator(tmp_path / "run" / "final")
    torch.testing.assert_close(after.synthesis.constant, before.synthesis.constant, atol=1e-6, rtol=0)
    style = (network.style_mapping.layers[0].weight for network in (before, after))
    assert not torch.allclose(*style)


def test_an_inversion_encoder_is_trained_for_a_frozen_generator(pictures: Path, model: Path, tmp_path: Path):
    words = ("inversion", "--faces", pictures, "--model", model, "--preset", "tiny", "--lpips", "off", "--batch", 4)
    assert train(*words, "--steps", 2, "--out", tmp_path / "run") == 0
    row = json.loads((tmp_path / "run" / "log.jsonl").read_text().splitlines()[-1])
    assert row["score"] == pytest.approx(row["measured/l2"])  # the only term with a weight
    final = tmp_path / "run" / "final"
    assert_same(*(blendgan.load_inversion_encoder(final.with_name(name)).state_dict() for name in ("best", "final")))
    assert blendgan.load_inversion_encoder(final)(torch.zeros(1, 3, 32, 32)).shape == (1, 8, 128)
    assert_same(blendgan.load_generator(final).state_dict(), blendgan.load_generator(model).state_dict())


def test_an_inversion_encoder_learns_from_one_picture_a_step(pictures: Path, model: Path, tmp_path: Path):
    words = ("inversion", "--faces", pictures, "--model", model, "--preset", "tiny", "--lpips", "off", "--batch", 1)
    assert train(*words, "--steps", 1, "--out", tmp_path / "run") == 0
    row = json.loads((tmp_path / "run" / "log.jsonl").read_text().splitlines()[-1])
    assert all(math.isfinite(number) for number in row.values())


def test_networks_that_measure_and_compare_are_named_by_file_or_left_out_with_a_sentence(
    pictures: Path,
    model: Path,
    random_alexnet: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    words = ("inversion", "--faces", pictures, "--model", model, "--preset", "tiny", "--batch", 4, "--steps", 1)
    assert train(*words, "--out", tmp_path / "without") == 0
    assert "no perceptual loss: name a file with torchvision's AlexNet with --alexnet" in capsys.readouterr().err
    assert train(*words, "--alexnet", random_alexnet, "--out", tmp_path / "with") == 0
    row = json.loads((tmp_path / "with" / "log.jsonl").read_text().splitlines()[-1])
    assert row["inversion/perceptual"] > 0
    assert (
        gan(pictures, "--steps", 1, "--style-encoder", model, "--alexnet", random_alexnet, "--out", tmp_path / "gan")
        == 0
    )
    row = json.loads((tmp_path / "gan" / "log.jsonl").read_text().splitlines()[-1])
    assert row["lpips_diversity"] >= 0
    assert "no FID during training: name its network's weights with --inception" in capsys.readouterr().err
    (tmp_path / "broken.pth").write_bytes(b"nothing")
    for broken in ("missing.pth", "broken.pth"):
        assert gan(pictures, "--steps", 1, "--inception", tmp_path / broken, "--out", tmp_path / "bad") == 1
        assert broken in capsys.readouterr().err


@pytest.mark.slow
def test_inversion_compares_who_is_seen_where_a_face_recogniser_is_named(
    pictures: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = ("inversion", "--faces", pictures, "--model", model, "--preset", "tiny", "--lpips", "off", "--batch", 2)
    assert train(*words, "--steps", 1, "--out", tmp_path / "without") == 0
    assert "no identity loss: name a file with ArcFace's IR-SE50 with --arcface" in capsys.readouterr().err
    arcface = write_arcface(tmp_path / "model_ir_se50.pth")
    assert train(*words, "--steps", 1, "--arcface", arcface, "--out", tmp_path / "with") == 0
    row = json.loads((tmp_path / "with" / "log.jsonl").read_text().splitlines()[-1])
    assert 0 < row["inversion/identity"] < 2
    assert row["score"] == pytest.approx(row["measured/l2"] + 0.1 * row["measured/identity"], rel=1e-4)


@pytest.mark.campaign  # test_torchrun does it by two processes
@pytest.mark.parametrize("stage", ["style-encoder", "inversion", "finetune"])
def test_two_and_two_steps_equal_four_bit_for_bit(stage: str, pictures: Path, model: Path, tmp_path: Path):
    words = {
        "style-encoder": ("--artworks", pictures, *SMALL_ENCODER, "--batch", 4),
        "inversion": ("--faces", pictures, "--model", model, "--preset", "tiny", "--lpips", "off", "--batch", 4),
        "finetune": ("--faces", pictures, "--model", model, "--reference", pictures / "head-03.png"),
    }[stage]
    assert train(stage, *words, "--steps", 4, "--out", tmp_path / "straight") == 0
    for steps in (2, 4):
        assert train(stage, *words, "--steps", steps, "--data-workers", 1, "--out", tmp_path / "resumed") == 0
    assert_same(*(checkpoint.load_newest(tmp_path / run / "checkpoints")[0] for run in ("straight", "resumed")))


def test_a_model_is_specialised_in_one_reference(pictures: Path, model: Path, tmp_path: Path):
    reference = pictures / "head-03.png"
    words = ("finetune", "--faces", pictures, "--model", model, "--reference", reference, "--out", tmp_path / "run")
    assert train(*words, "--steps", 2) == 0
    final = tmp_path / "run" / "final"
    assert_same(blendgan.load_style_encoder(final).state_dict(), blendgan.load_style_encoder(model).state_dict())
    row = json.loads((tmp_path / "run" / "log.jsonl").read_text().splitlines()[-1])
    assert 0 < row["score"] < 2
    for role in ("face", "style", "style_latent"):
        before, after = (blendgan.load_discriminator(path, role).state_dict() for path in (model, final))
        assert any(not torch.equal(before[name], after[name]) for name in before)
    with Image.open(tmp_path / "run" / "samples" / "step-0000002.png") as grid:
        assert grid.size == (7 * 96, 3 * 96)


def test_without_discriminators_fine_tuning_says_which_begin_at_random(
    pictures: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for name in ("generator", "style_encoder"):
        shutil.copytree(model / name, tmp_path / "bare" / name)
    words = ("finetune", "--faces", pictures, "--model", tmp_path / "bare", "--reference", pictures / "head-03.png")
    assert train(*words, "--init", model, "--steps", 1, "--out", tmp_path / "run") == 0
    said = capsys.readouterr().err
    assert "has no style discriminator: it begins at random" in said
    assert "has no style_latent discriminator" in said
    assert "has no face discriminator" not in said


def test_other_presets_stop_without_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    heads = draw_heads(tmp_path / "heads", count=4, size=64)
    assert train("gan", "--faces", heads, "--artworks", heads, "--preset", "64", "--out", tmp_path / "run") == 1
    assert "the preset 64 needs a style encoder" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_dry_run_says_everything_and_writes_nothing(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert gan(pictures, "--out", tmp_path / "run", "--dry-run", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["settings"]["batch"] == 4
    assert said["settings"]["size"] == 32
    assert said["cost"]["parameters"].keys() == {"generator", "face", "style", "style_latent"}
    assert not (tmp_path / "run").exists()


def test_every_stage_says_what_it_would_cost(
    pictures: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    faces = ("--faces", pictures, "--model", model)
    for words in (
        ("style-encoder", "--artworks", pictures, "--preset", "tiny"),
        ("inversion", *faces, "--preset", "tiny"),
        ("finetune", *faces, "--reference", pictures / "head-03.png"),
    ):
        assert train(*words, "--dry-run", "--json", "--out", tmp_path / "run") == 0
        cost = json.loads(capsys.readouterr().out)["cost"]
        assert all(cost[name] > 0 for name in ("flops_per_image", "state_bytes"))
        assert cost["activation_bytes_per_image"] + cost["joined_bytes_per_image"] > 0
    assert not (tmp_path / "run").exists()


def test_another_setting_is_another_run(
    pictures: Path, encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = ("--style-encoder", encoder, "--out", tmp_path / "run", "--steps")
    assert gan(pictures, *words, 1) == 0
    assert gan(pictures, *words, 2, "--r1-gamma", 7) == 1
    assert "was begun with r1_gamma 1.0, not 7.0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--batch", "6"), "more than 4 must be a multiple of 4"),
        (("--batch", "8", "--micro-batch", "2"), "--micro-batch is 2; give a divisor of 8 that is a multiple of 4"),
        (("--ada-target", "1.5"), "--ada-target is 1.5; give 0 (off) or a number below 1"),
        (("--steps", "0"), "--steps is 0; give a positive number"),
        (("--learning-rate", "-1"), "--learning-rate is -1.0; give a positive number"),
    ],
)
def test_settings_that_cannot_work_stop_before_any_work(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
):
    assert gan(pictures, *words, "--out", tmp_path / "run") == 1
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_full_device_names_the_settings_to_change():
    config = TrainGanConfig(out=Path("run"), faces=Path("faces"), artworks=Path("artworks"))
    said = out_of_memory(config, at_once=8)
    assert "8 pictures at once; try --micro-batch 4 (the same run goes on) or --precision bf16" in said
    assert "--precision" not in out_of_memory(replace(config, precision="bf16"), at_once=1)


@pytest.mark.parametrize("begun", ["bf16", None])
def test_a_run_goes_on_with_the_precision_it_was_begun_with(
    begun: str | None, pictures: Path, encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "run"
    words = ("--style-encoder", encoder, "--out", out, "--device", "cpu", "--steps")
    assert gan(pictures, *words, 1, *(() if begun is None else ("--precision", begun))) == 0
    assert gan(pictures, *words, 2) == 0
    # on a CPU auto stands for fp32, which is what versions before it wrote by default
    assert json.loads((out / "config.json").read_text())["flags"]["precision"] == (begun or "fp32")
    assert gan(pictures, *words, 3, "--precision", "tf32") == 1
    assert f"was begun with precision {begun or 'fp32'}, not tf32" in capsys.readouterr().err


def test_a_run_may_go_on_in_smaller_micro_batches(pictures: Path, encoder: Path, tmp_path: Path):
    words = ("--style-encoder", encoder, "--batch", 8, "--out", tmp_path / "run")
    assert gan(pictures, *words, "--steps", 1) == 0
    assert gan(pictures, *words, "--steps", 2, "--micro-batch", 4) == 0


def test_bad_pictures_are_named_and_a_folder_of_them_stops(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "bad"
    folder.mkdir()
    Image.new("RGB", (16, 16)).save(folder / "small.png")
    (folder / "page.jpg").write_text("<html>")
    assert gan(folder, "--out", tmp_path / "run") == 1
    said = capsys.readouterr().err
    assert "small.png: 16x16 px is smaller than the training size of 32 px; left out" in said
    assert "page.jpg: cannot be read as a picture" in said
    assert "has 0 usable pictures of 2; put at least 1 square ones of 32 px" in said


def test_bad_data_of_every_kind_is_one_sentence(
    pictures: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    def said(*words: object) -> str:
        assert train(*words, "--out", tmp_path / "run") == 1
        assert not (tmp_path / "run" / "config.json").exists()
        return capsys.readouterr().err

    empty, one = tmp_path / "empty", tmp_path / "one"
    empty.mkdir()
    shutil.copytree(pictures, one / "painting", ignore=lambda _, names: sorted(names)[1:])
    style = ("style-encoder", "--preset", "tiny", "--artworks")
    assert "has 0 usable pictures of 0; put at least 2 square ones" in said(*style, empty)
    assert "nowhere is not a folder of pictures; name one that exists" in said(*style, tmp_path / "nowhere")
    # one class folder with one picture: there is nothing to tell it from
    assert "has 1 usable pictures of 1; put at least 2 square ones" in said(*style, one)
    Image.new("RGB", (128, 100)).save(one / "painting" / "wide.png")
    assert "wide.png: 128x100 px is not square" in said(*style, one)
    finetune = ("finetune", "--model", model, "--faces", pictures, "--reference")
    assert "wide.png: 128x100 px is not square" in said(*finetune, one / "painting" / "wide.png")
    assert "missing.png is not a file; name one that exists" in said(*finetune, tmp_path / "missing.png")
    inversion = ("inversion", "--preset", "tiny", "--faces", pictures, "--model")
    assert "holds no network" in said(*inversion, empty)


def test_grey_and_transparent_pictures_and_class_folders_are_trained_on(pictures: Path, encoder: Path, tmp_path: Path):
    folder = tmp_path / "mixed"
    for number, (mode, place) in enumerate([("L", "ink"), ("RGBA", "ink"), ("P", "oil"), ("1", "oil"), ("RGB", "")]):
        (folder / place).mkdir(parents=True, exist_ok=True)
        with Image.open(pictures / f"head-0{number}.png") as image:
            image.convert(mode).save(folder / place / f"{number}.png")
    assert gan(folder, "--style-encoder", encoder, "--steps", 1, "--out", tmp_path / "run") == 0


def test_two_trainings_in_one_folder_at_once_are_refused(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    with held_elsewhere(tmp_path / "run") as process:
        assert gan(pictures, "--steps", 1, "--out", tmp_path / "run") == 1
        assert f"is being written to by another command (process {process.pid})" in capsys.readouterr().err
        assert gan(pictures, "--steps", 1, "--out", tmp_path / "run", "--dry-run") == 0


def test_too_few_pictures_for_a_score_are_said_and_a_measure_may_be_added_on_resume(
    pictures: Path, encoder: Path, random_alexnet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = ("--style-encoder", encoder, "--out", tmp_path / "run", "--steps")
    assert gan(pictures, *words, 1) == 0
    assert "no score and no best/: KID needs 50 pictures, here are 8 faces and 8 artworks" in capsys.readouterr().err
    assert gan(pictures, *words, 2, "--alexnet", random_alexnet) == 0


def test_one_artwork_is_enough_for_finite_weights(pictures: Path, tmp_path: Path):
    one = tmp_path / "one"
    one.mkdir()
    shutil.copy(pictures / "head-03.png", one)
    words = ("--faces", pictures, "--artworks", one, "--preset", "tiny", "--batch", 4, "--steps", 1)
    assert train("gan", *words, "--out", tmp_path / "run") == 0
    assert blendgan.load_style_encoder(tmp_path / "run" / "final")(torch.zeros(1, 3, 128, 128)).isfinite().all()


def test_one_picture_is_no_data_set(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    one = next(pictures.glob("*.png"))
    words = ("gan", "--faces", one, "--artworks", pictures, "--preset", "tiny", "--out", tmp_path / "run")
    assert train(*words, "--steps", 1) == 1
    assert f"{one} is not a folder of pictures" in capsys.readouterr().err
