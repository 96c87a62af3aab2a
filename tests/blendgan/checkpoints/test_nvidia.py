"""Pickles of NVIDIA's classes: the same pictures as the official program draws, and other kinds named."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from blendgan.checkpoints.mapping import to_ours
from blendgan.checkpoints.names import official_name
from blendgan.checkpoints.official import read_official
from blendgan.errors import UserError
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig
from blendgan.networks.generator import Generator, GeneratorConfig
from tests.nvidia_files import (
    KERNEL,
    C,
    Persistent,
    child,
    module,
    nested,
    nvidia_discriminator,
    nvidia_generator,
    nvidia_pickle,
)

State = Callable[[str], dict[str, Tensor]]


def written(tmp_path: Path, **content: object) -> Path:
    path = tmp_path / "network.pkl"
    path.write_bytes(nvidia_pickle(content, protocol=3, old_numpy=True))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("half", [False, True])
def test_pictures_of_a_pickle_equal_the_official_ones(
    official_state: State, golden: State, tmp_path: Path, half: bool
) -> None:
    values = golden("generator_64")
    with torch.device("meta"):
        expected = Generator(GeneratorConfig(size=64)).state_dict()
    official = official_state("generator_64") | {"latent_avg": values["w_mean"]}
    ours = to_ours("generator", official, expected, "the reference parameters")
    named = {official_name("generator", name, "nvidia"): tensor for name, tensor in ours.items()}
    flat = {name: tensor.squeeze(0) if "const" in name else tensor for name, tensor in named.items() if name}
    flat = {
        name: tensor.reshape(tensor.shape[-2:]) if "noise_const" in name else tensor for name, tensor in flat.items()
    }
    flat |= {f"synthesis.b{4 << k}.resample_filter": KERNEL for k in range(5)}
    if half:
        flat = {name: tensor.half() for name, tensor in flat.items()}
    converted = read_official(written(tmp_path, G_ema=nested(flat), D=None))
    generator = converted.networks["generator"]
    assert isinstance(generator, Generator)
    with torch.inference_mode():
        natural = generator.generate(values["z_face"])
    # weights of half precision are wrong by 2^-11 in each of some ten layers
    assert_close(natural, values["natural"], rtol=0, atol=0.1 if half else 1e-4)


def test_a_bound_of_activations_is_said_to_be_left_out(tmp_path: Path) -> None:
    generator = nvidia_generator()
    sentence = "its layers bound their activations to 256, which is left out: ours are not bounded"
    assert sentence not in read_official(written(tmp_path, G_ema=generator)).remarks
    child(generator, "synthesis", "b8", "conv1").attributes["conv_clamp"] = np.float64(256)
    assert sentence in read_official(written(tmp_path, G_ema=generator)).remarks


def test_a_generator_without_a_discriminator_is_converted(tmp_path: Path) -> None:
    assert list(read_official(written(tmp_path, G_ema=nvidia_generator())).networks) == ["generator"]


def test_a_renamed_pickle_is_still_one(tmp_path: Path) -> None:
    path = written(tmp_path, G_ema=nvidia_generator()).rename(tmp_path / "network.pt")
    assert list(read_official(path).networks) == ["generator"]


def test_a_discriminator_of_another_width_is_left_out(tmp_path: Path) -> None:
    narrow = Discriminator(DiscriminatorConfig(size=32, channel_base=32 * 4, channel_max=4)).state_dict()
    named = {official_name("discriminator", name, "nvidia", 32): tensor for name, tensor in narrow.items()}
    flat = {name: tensor for name, tensor in named.items() if name}
    converted = read_official(written(tmp_path, G_ema=nvidia_generator(), D=nested(flat)))
    assert list(converted.networks) == ["generator"]
    assert any("another size or width" in remark for remark in converted.remarks)


def with_part(generator: Persistent, name: str, part: Persistent) -> Persistent:
    modules: Any = generator.attributes["_modules"]
    modules[name] = part
    return generator


def conditional() -> Persistent:
    generator = nvidia_generator()
    with_part(child(generator, "mapping"), "embed", module({"weight": torch.randn(C, 3)}, {}, {}))
    return generator


def grey() -> Persistent:
    generator = nvidia_generator()
    for block in ("b4", "b8", "b16", "b32"):
        parameters: Any = child(generator, "synthesis", block, "torgb").attributes["_parameters"]
        parameters["weight"] = torch.nn.Parameter(torch.randn(1, C, 1, 1))
        parameters["bias"] = torch.nn.Parameter(torch.randn(1))
    return generator


def stylegan3() -> Persistent:
    """A first layer of waves, and layers named by their number, side and width."""
    waves = module({"weight": torch.randn(C, C)}, {"freqs": torch.randn(C, 2), "phases": torch.randn(C)}, {})
    layer = module({"weight": torch.randn(C, C, 3, 3)}, {"up_filter": torch.randn(12)}, {})
    synthesis = module({}, {}, {"input": waves, "L0_36_512": layer})
    return module({}, {}, {"mapping": child(nvidia_generator(), "mapping"), "synthesis": synthesis})


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (conditional, "is conditional on classes"),
        (grey, "draws pictures of 1 channels"),
        (stylegan3, "is a StyleGAN3 model"),
        (lambda: module({}, {}, {}), r"does not fit a generator: 1 missing: mapping\.fc0\.weight"),
        (lambda: 5, "where the weights of a network should be|1 missing"),
    ],
)
def test_what_is_no_plain_stylegan2_is_named(make: Callable[[], object], complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=complaint) as error:
        read_official(written(tmp_path, G_ema=make(), D=nvidia_discriminator()))
    assert "\n" not in str(error.value)


def test_a_pickle_of_something_else_names_its_keys(tmp_path: Path) -> None:
    (tmp_path / "other.pkl").write_bytes(pickle.dumps({"model": 1, "optimizer": 2}))
    with pytest.raises(UserError, match="holds no G_ema; its keys are model, optimizer"):
        read_official(tmp_path / "other.pkl")
