"""Official checkpoints to our folders and back, with every tensor unchanged."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from blendgan.checkpoints.official import read_official
from blendgan.checkpoints.store import load_generator, load_inversion_encoder, load_style_encoder, read_config
from blendgan.cli import CONVERT
from blendgan.command import run
from blendgan.errors import UserError
from blendgan.networks.generator import Generator
from tests.full_disk import files_of_at_most

GOLDEN = Path(__file__).parents[2] / "golden" / "parameters.json"
KERNEL = torch.outer(torch.tensor([1.0, 3, 3, 1]), torch.tensor([1.0, 3, 3, 1])) / 64


def narrow(network: str) -> dict[str, Tensor]:
    """A reference network under its official names, with few channels so that it is small."""
    shapes = json.loads(GOLDEN.read_text())[network]["parameters"]
    if network == "psp_encoder_64":
        widths = {64: 4, 128: 8, 256: 16, 512: 32, 4: 1, 8: 2, 16: 4, 32: 8}
    else:
        widths = {512: 8, 513: 9, 8192: 128}
    if network == "style_encoder":
        return {name: torch.randn([8 if "mlp" in name and n == 512 else n for n in s]) for name, s in shapes.items()}

    def small(name: str, shape: list[int]) -> list[int]:
        if name.startswith("noises.") or name == "input.input":  # these keep their sides
            return [widths.get(n, n) if k == 1 else n for k, n in enumerate(shape)]
        return [widths.get(n, n) for n in shape]

    return {name: torch.randn(small(name, shape)) for name, shape in shapes.items()}


def blendgan_state() -> dict[str, Tensor]:
    state = narrow("generator_64")
    kernels = {f"convs.{k}.conv.blur.kernel": KERNEL * 4 for k in range(0, 8, 2)}
    return state | kernels | {f"to_rgbs.{k}.upsample.kernel": KERNEL * 4 for k in range(4)}


def discriminator_state() -> dict[str, Tensor]:
    state = narrow("discriminator_64")
    for k in range(1, 5):
        state |= {f"convs.{k}.conv2.0.kernel": KERNEL.clone(), f"convs.{k}.skip.0.kernel": KERNEL.clone()}
    return state


def psp_state() -> dict[str, Tensor]:
    state = narrow("psp_encoder_64")
    state.pop("latent_avg")
    norms = [name.removesuffix("running_var") for name in state if name.endswith("running_var")]
    return state | {f"{name}num_batches_tracked": torch.tensor(7) for name in norms}


def convert(*words: object) -> int:
    return run("blendgan-convert", CONVERT, [str(word) for word in words])


def there_and_back(content: dict[str, Any], tmp_path: Path, part: str = "") -> dict[str, Any]:
    torch.save(content, tmp_path / "official.pt")
    assert convert(tmp_path / "official.pt", tmp_path / "ours") == 0
    assert convert(tmp_path / "ours" / part, tmp_path / "back.pt") == 0
    back: dict[str, Any] = torch.load(tmp_path / "back.pt", weights_only=True)
    return back


def assert_same_bytes(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert tensor.shape == second[name].shape, name
        assert tensor.numpy().tobytes() == second[name].contiguous().numpy().tobytes(), name


def test_blendgan_pt_survives_a_round_trip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    embedder = {f"embedder.{name}": tensor for name, tensor in narrow("style_encoder").items()}
    latent_avg = torch.randn(8)
    content = {
        "g_ema": blendgan_state() | embedder,
        "latent_avg": latent_avg,
        "truncation": 0.6,
        "d": discriminator_state(),
    }
    back = there_and_back(content, tmp_path)
    assert "converted" in capsys.readouterr().out
    assert_same_bytes(content["g_ema"], back["g_ema"])
    assert_same_bytes(content["d"], back["d"])
    assert torch.equal(back["latent_avg"], latent_avg)
    assert back["truncation"] == 0.6
    generator = load_generator(tmp_path / "ours")
    assert (generator.config.size, generator.config.truncation) == (64, 0.6)
    assert read_config(tmp_path / "ours" / "generator")["origin"] == "official.pt"


def test_style_encoder_pt_survives_a_round_trip(tmp_path: Path) -> None:
    content = {"e": narrow("style_encoder")}
    assert_same_bytes(content["e"], there_and_back(content, tmp_path)["e"])
    assert load_style_encoder(tmp_path / "ours").config.backbone == "imagenet"


@pytest.mark.parametrize("shape", [(32,), (10, 32)])
def test_psp_encoder_pt_survives_a_round_trip(tmp_path: Path, shape: tuple[int, ...]) -> None:
    content = {"state_dict": psp_state(), "latent_avg": torch.randn(shape), "opts": {"lr": 0.1}}
    back = there_and_back(content, tmp_path)
    assert_same_bytes(content["state_dict"], back["state_dict"])
    assert torch.equal(content["latent_avg"], back["latent_avg"])
    encoder = load_inversion_encoder(tmp_path / "ours")
    assert (encoder.config.num_layers, encoder.config.depths) == (10, (3, 4, 14, 3))


def test_a_psp_file_without_state_dict_is_the_same(tmp_path: Path) -> None:
    state = psp_state()
    latent_avg = torch.randn(32)
    torch.save(state | {"latent_avg": latent_avg}, tmp_path / "psp.pt")
    encoder = read_official(tmp_path / "psp.pt").networks["inversion"]
    assert torch.equal(encoder.state_dict()["stem.0.weight"], state["encoder.input_layer.0.weight"])


@pytest.mark.parametrize("name", ["saved.pt", "saved.pkl", "saved.PTH"])
@pytest.mark.parametrize("old", [False, True])
def test_a_file_is_told_by_what_it_is_and_not_by_its_name(name: str, old: bool, tmp_path: Path) -> None:
    content = {"g_ema": blendgan_state(), "latent_avg": torch.zeros(8)}
    torch.save(content, tmp_path / name, _use_new_zipfile_serialization=not old)
    assert list(read_official(tmp_path / name).networks) == ["generator"]


def test_rosinality_pt_gives_a_natural_generator_and_a_face_discriminator(tmp_path: Path) -> None:
    from argparse import Namespace

    plain = {name: t for name, t in blendgan_state().items() if not name.startswith(("embedding.", "add_weight"))}
    content = {"g": plain, "g_ema": plain, "d": discriminator_state(), "args": Namespace(lr=0.002)}
    torch.save(content, tmp_path / "ros.pt")
    converted = read_official(tmp_path / "ros.pt")
    assert list(converted.networks) == ["generator", "discriminator_face"]
    assert any("style mapping is new" in remark for remark in converted.remarks)
    assert any("4,096 seeded codes" in remark for remark in converted.remarks)
    generator = converted.networks["generator"]
    assert isinstance(generator, Generator)
    z_face = torch.randn(2, 8)
    with torch.inference_mode():
        assert_close(generator.generate(z_face, torch.randn(2, 8)), generator.generate(z_face))


@pytest.mark.parametrize("prefix", ["module.", "module.module."])
def test_names_of_data_parallel_training_are_the_same(prefix: str, tmp_path: Path) -> None:
    wrapped = {f"{prefix}{name}": tensor for name, tensor in blendgan_state().items()}
    critic = {f"{prefix}{name}": tensor for name, tensor in discriminator_state().items()}
    torch.save({"g_ema": wrapped, "d": critic, "latent_avg": torch.zeros(8)}, tmp_path / "parallel.pt")
    converted = read_official(tmp_path / "parallel.pt")
    assert set(converted.networks) == {"generator", "discriminator_face"}
    encoder = {f"{prefix}{name}": tensor for name, tensor in psp_state().items()}
    torch.save({"state_dict": encoder, "latent_avg": torch.randn(32)}, tmp_path / "psp.pt")
    assert set(read_official(tmp_path / "psp.pt").networks) == {"inversion"}


def test_fixed_noise_that_a_file_lacks_is_drawn_and_said(tmp_path: Path) -> None:
    state = blendgan_state()
    bare = {name: tensor for name, tensor in state.items() if not name.startswith("noises.")}
    torch.save({"g_ema": bare, "latent_avg": torch.zeros(8)}, tmp_path / "old.pt")
    converted = read_official(tmp_path / "old.pt")
    assert any("fixed noise of its layers is not in it" in remark for remark in converted.remarks)
    generator = converted.networks["generator"]
    assert isinstance(generator, Generator)
    noises = [conv.noise for conv in generator.synthesis.convs]
    assert 0.8 < torch.cat([noise.flatten() for noise in noises]).std() < 1.2
    torch.save({"g_ema": without(state, "noises.noise_3")}, tmp_path / "torn.pt")
    with pytest.raises(UserError, match=r"1 missing: noises\.noise_3"):
        read_official(tmp_path / "torn.pt")


@pytest.mark.parametrize("kind", ["narrow", "small", "broken"])
def test_a_discriminator_that_does_not_fit_its_generator_is_left_out_and_the_generator_kept(
    kind: str, tmp_path: Path
) -> None:
    critic = discriminator_state()
    if kind == "narrow":
        from blendgan.checkpoints.mapping import to_official
        from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig

        narrower = Discriminator(DiscriminatorConfig(size=64, channel_base=256, channel_max=4))
        critic = to_official("discriminator", narrower.state_dict())
    elif kind == "small":
        critic = {name: tensor for name, tensor in critic.items() if not name.startswith("convs.4.")}
    else:
        critic = without(critic, "final_conv.1.bias")
    torch.save({"g_ema": blendgan_state(), "d": critic}, tmp_path / "pair.pt")
    converted = read_official(tmp_path / "pair.pt")
    assert list(converted.networks) == ["generator"]
    assert any("discriminator" in remark and "left out" in remark for remark in converted.remarks)


def test_converting_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    plain = {name: t for name, t in blendgan_state().items() if not name.startswith(("embedding.", "add_weight"))}
    bare = {name: tensor for name, tensor in plain.items() if not name.startswith("noises.")}
    torch.save({"g_ema": bare}, tmp_path / "ros.pt")
    for place in ("first", "second"):
        torch.randn(7)  # whatever was drawn before
        assert convert(tmp_path / "ros.pt", tmp_path / place) == 0
        assert convert(tmp_path / place, tmp_path / f"{place}.pt") == 0
    for name in ("generator/model.safetensors", "generator/config.json", "config.json"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    assert (tmp_path / "first.pt").read_bytes() == (tmp_path / "second.pt").read_bytes()


def test_a_full_disk_leaves_no_torn_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"g_ema": blendgan_state(), "latent_avg": torch.zeros(8)}, tmp_path / "whole.pt")
    assert convert(tmp_path / "whole.pt", tmp_path / "ours") == 0
    capsys.readouterr()
    with files_of_at_most(20_000):
        assert convert(tmp_path / "ours", tmp_path / "back.pt") == 1
    assert "no space left" in capsys.readouterr().err
    assert not [path for path in tmp_path.iterdir() if "back" in path.name]


def without(state: dict[str, Tensor], *names: str) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in state.items() if name not in names}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            lambda s: without(s, "convs.3.noise.weight", "add_weight"),
            r"2 missing: .*add_weight, convs\.3\.noise\.weight",
        ),
        (lambda s: s | {"extra.weight": torch.zeros(1)}, r"1 unexpected: extra\.weight"),
        (lambda s: s | {"convs.1.activate.bias": torch.zeros(9)}, r"convs\.1\.activate\.bias \(9 in place of 8\)"),
        (lambda s: s | {"convs.0.conv.blur.kernel": torch.ones(4, 4)}, r"another kernel than \[1, 3, 3, 1\]"),
        (lambda s: without(s, "input.input"), r"1 missing: input\.input"),
        (lambda s: {}, r"1 missing: style\.1\.weight"),
    ],
)
def test_a_partial_file_names_what_is_wrong(
    change: Callable[[dict[str, Tensor]], dict[str, Tensor]], complaint: str, tmp_path: Path
) -> None:
    torch.save({"g_ema": change(blendgan_state())}, tmp_path / "partial.pt")
    with pytest.raises(UserError, match=complaint) as error:
        read_official(tmp_path / "partial.pt")
    assert not re.search(r"\n", str(error.value))


@pytest.mark.parametrize("content", [{"weights": 1}, {"g_ema": 3}, {"latent_avg": 1.0}, {"e": {}}, [1, 2]])
def test_a_file_of_another_kind_is_refused(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "other.pt")
    with pytest.raises(UserError, match=r"other\.pt"):
        read_official(tmp_path / "other.pt")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("/nowhere.pt", "x"), "/nowhere.pt does not exist"),
        ((__file__, "folder"), "not a checkpoint that can be read safely"),
        ((Path(__file__).parent, "x.pt"), "holds no generator"),
        ((Path(__file__).parent, "folder"), "does not end with .pt"),
    ],
)
def test_wrong_uses_of_the_command_end_with_one_sentence(
    words: tuple[object, ...], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert(*words) == 1
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
