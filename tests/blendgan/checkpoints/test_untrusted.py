"""Hostile and foreign files: NVIDIA's pickles are read without their classes, and nothing in any file is run."""

import io
import pickle
import resource
import time
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from blendgan.checkpoints import untrusted
from blendgan.checkpoints.mapping import to_official
from blendgan.checkpoints.official import read_official
from blendgan.errors import UserError
from blendgan.networks.discriminators import Discriminator
from blendgan.networks.generator import Generator, GeneratorConfig
from tests.nvidia_files import SIZE, C, child, nvidia_discriminator, nvidia_generator, nvidia_pickle


@pytest.mark.parametrize(("protocol", "old_numpy"), [(2, False), (2, True), (3, True), (4, False), (5, False)])
def test_an_nvidia_pickle_is_read_and_its_source_code_is_not_run(
    tmp_path: Path, protocol: int, old_numpy: bool
) -> None:
    theirs, critic = nvidia_generator(), nvidia_discriminator()
    content = {"G": None, "D": critic, "G_ema": theirs, "training_set_kwargs": {"max_size": 7}, "augment_pipe": None}
    (tmp_path / "ada.pkl").write_bytes(nvidia_pickle(content, protocol, old_numpy))
    converted = read_official(tmp_path / "ada.pkl")
    generator, face = converted.networks["generator"], converted.networks["discriminator_face"]
    assert isinstance(generator, Generator)
    assert isinstance(face, Discriminator)
    assert (generator.config.size, generator.config.mapping_layers) == (SIZE, 2)
    w_avg: Any = child(theirs, "mapping").attributes["_buffers"]
    assert torch.equal(generator.w_mean, w_avg["w_avg"])
    # b16.conv0 is the layer that doubles 8 px, the fourth of all; b16.torgb is the third to colours
    conv0: Any = child(theirs, "synthesis", "b16", "conv0").attributes["_parameters"]
    assert torch.equal(generator.synthesis.convs[3].conv.weight, conv0["weight"])
    colours: Any = child(theirs, "synthesis", "b16", "torgb", "affine").attributes["_parameters"]
    assert torch.equal(generator.synthesis.to_rgbs[2].conv.modulation.bias, colours["bias"])
    noise: Any = child(theirs, "synthesis", "b32", "conv1").attributes["_buffers"]
    assert torch.equal(generator.synthesis.convs[6].noise[0, 0], noise["noise_const"])
    skip: Any = child(critic, "b16", "skip").attributes["_parameters"]
    assert torch.equal(face.trunk.blocks[1].skip.weight, skip["weight"])
    with torch.inference_mode():
        assert face(generator.generate(torch.randn(1, C))).isfinite().all()


class Attack:
    """Writes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.target,)


@pytest.mark.parametrize("name", ["attack.pkl", "attack.pt"])
def test_a_pickle_that_would_run_code_is_refused_and_does_not(name: str, tmp_path: Path) -> None:
    trace = tmp_path / "was-here"
    attack = {"G_ema": Attack(trace), "g_ema": Attack(trace)}
    if name.endswith("pkl"):
        (tmp_path / name).write_bytes(pickle.dumps(attack))
    else:
        torch.save(attack, tmp_path / name)
    with pytest.raises(UserError, match="is not a checkpoint that can be read safely") as error:
        read_official(tmp_path / name)
    assert not trace.exists()
    assert "\n" not in str(error.value)
    pickle.loads(pickle.dumps(Attack(trace)))  # the attack does work where pickles are trusted
    assert trace.exists()


def test_an_attack_inside_a_storage_is_refused(tmp_path: Path) -> None:
    trace = tmp_path / "was-here"
    inner = io.BytesIO()
    torch.save(Attack(trace), inner, _use_new_zipfile_serialization=False)

    class Storage:
        def __reduce__(self) -> tuple[Any, ...]:
            return torch.storage._load_from_bytes, (inner.getvalue(),)

    (tmp_path / "nested.pkl").write_bytes(pickle.dumps({"G_ema": Storage()}))
    with pytest.raises(UserError, match="can be read safely"):
        read_official(tmp_path / "nested.pkl")
    assert not trace.exists()


def test_objects_that_hold_themselves_or_odd_tensors_are_refused(tmp_path: Path) -> None:
    loop: dict[str, Any] = {"_parameters": 7}
    loop["_modules"] = {"mapping": loop}
    (tmp_path / "loop.pkl").write_bytes(pickle.dumps({"G_ema": loop}))
    torch.save({"g_ema": {"style.1.weight": torch.eye(3).to_sparse(), "input.input": 5}}, tmp_path / "sparse.pt")
    for name in ("loop.pkl", "sparse.pt"):
        with pytest.raises(UserError, match=f"{name}.* (does not fit a generator: 1 missing|safely)"):
            read_official(tmp_path / name)


@pytest.mark.parametrize("name", ["cut.pt", "cut.pkl"])
@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.99])
def test_truncated_files_are_refused(name: str, kept: float, tmp_path: Path) -> None:
    if name.endswith("pt"):
        torch.save({"g_ema": {"input.input": torch.randn(1, 8, 4, 4)}}, tmp_path / name)
    else:
        (tmp_path / name).write_bytes(pickle.dumps({"G_ema": OrderedDict(a=1.0)}))
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(kept if kept > 1 else kept * len(content))])
    with pytest.raises(UserError, match=rf"{name} .*(safely|damaged)"):
        read_official(tmp_path / name)


def test_a_file_that_would_unpack_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted, "MAX_BYTES", 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\0" * 2_000_000)
    assert (tmp_path / "bomb.pt").stat().st_size < 10_000
    with pytest.raises(UserError, match="more than any checkpoint"):
        read_official(tmp_path / "bomb.pt")


@pytest.mark.parametrize("name", ["input.input", "to_rgbs.3.conv.weight", "style.1.weight"])
def test_a_shape_that_only_a_huge_network_could_have_sets_nothing_aside(name: str, tmp_path: Path) -> None:
    state = to_official("generator", Generator(GeneratorConfig(size=64, channel_base=512, channel_max=8)).state_dict())
    shape = [side if side > 1 else 1 for side in state[name].shape]
    shape[{"input.input": 1, "to_rgbs.3.conv.weight": 2, "style.1.weight": 0}[name]] = 20_000
    state[name] = torch.zeros(1).expand(shape)
    torch.save({"g_ema": state}, tmp_path / "wide.pt")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UserError, match=r"wide\.pt (does not fit|claims)"):
        read_official(tmp_path / "wide.pt")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000, "kilobytes"


def test_a_compressed_archive_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "zeros.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\0" * 2_000_000)
    with pytest.raises(UserError, match="is compressed inside"):
        read_official(tmp_path / "zeros.pt")


def test_a_small_tensor_that_claims_to_be_huge_is_refused(tmp_path: Path) -> None:
    torch.save({"g_ema": {"input.input": torch.zeros(1).expand(1 << 20, 1 << 20)}}, tmp_path / "huge.pt")
    assert (tmp_path / "huge.pt").stat().st_size < 10_000
    with pytest.raises(UserError, match=r"claims tensors of 4096\.0 GiB, and has 0\.0 GiB"):
        read_official(tmp_path / "huge.pt")


@pytest.mark.parametrize("name", ["asks.pkl", "asks.pt", "whole.pt"])
def test_what_is_refused_is_named_and_no_unsafe_advice_is_repeated(name: str, tmp_path: Path) -> None:
    content = {"G_ema": Attack(tmp_path / "x")} if name.startswith("asks") else {"g_ema": torch.nn.Linear(2, 2)}
    if name.endswith("pkl"):
        (tmp_path / name).write_bytes(pickle.dumps(content))
    else:
        torch.save(content, tmp_path / name)
    with pytest.raises(UserError, match=r"it asks for [\w.]+, which no checkpoint needs") as error:
        read_official(tmp_path / name)
    assert "weights_only" not in str(error.value)
    assert "trust" not in str(error.value)


def test_numpy_numbers_of_a_pt_file_are_let_in_as_data(tmp_path: Path) -> None:
    torch.save({"latent_avg": np.float32(0.5), "opts": {"lr": np.float64(1 / 3)}}, tmp_path / "numbers.pt")
    assert untrusted.read_pt(tmp_path / "numbers.pt") == {"latent_avg": 0.5, "opts": {"lr": 1 / 3}}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_numpy_numbers_of_every_kind_are_plain_numbers(protocol: int, tmp_path: Path) -> None:
    kinds = ("f2", "f4", "f8", ">f4", "i1", "i8", "u2", ">i4", "?")
    content = {kind: np.dtype(kind).type(3).astype(kind) for kind in kinds}
    (tmp_path / "numbers.pkl").write_bytes(pickle.dumps(content, protocol))
    read = untrusted.read_pkl(tmp_path / "numbers.pkl")
    assert read == {kind: True if kind == "?" else 3 for kind in kinds}
    assert {type(value) for value in read.values()} == {float, int, bool}


def test_numpy_values_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    for number, value in enumerate((np.str_("x"), np.datetime64(1, "s"))):
        (tmp_path / f"{number}.pkl").write_bytes(pickle.dumps({"G_ema": value}))
        with pytest.raises(UserError, match="a NumPy value that is not a number"):
            untrusted.read_pkl(tmp_path / f"{number}.pkl")


def test_arrays_are_read_past_so_that_the_file_can_be_named(tmp_path: Path) -> None:
    content = {"array": np.arange(5.0), "text": np.array(["a"]), "objects": np.array([{}], dtype=object), "size": 3}
    (tmp_path / "arrays.pkl").write_bytes(pickle.dumps(content))
    assert untrusted.read_pkl(tmp_path / "arrays.pkl")["size"] == 3


def test_a_tensorflow_pickle_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "tf.pkl").write_bytes(b"\x80\x03cdnnlib.tflib.network\nNetwork\nq\x00)\x81.")
    with pytest.raises(UserError, match="it is a TensorFlow pickle"):
        read_official(tmp_path / "tf.pkl")


def test_a_pickle_that_claims_memory_or_time_takes_neither(tmp_path: Path) -> None:
    (tmp_path / "memo.pkl").write_bytes(b"\x80\x04]r\xff\xff\xff\x7f.")  # the 2^31st object to remember
    (tmp_path / "deep.pkl").write_bytes(b"\x80\x04" + b"]" * 600_000 + b"a" * 599_999 + b".")
    began = time.process_time()
    with pytest.raises(UserError, match="holds a list"):
        read_official(tmp_path / "memo.pkl")
    with pytest.raises(UserError, match="more steps than any checkpoint"):
        read_official(tmp_path / "deep.pkl")
    assert time.process_time() - began < 10
