"""Hostile and foreign files: NVIDIA's pickles are read without their classes, and nothing in any file is run."""

import io
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from blendgan.checkpoints import untrusted
from blendgan.checkpoints.official import read_official
from blendgan.errors import UserError
from blendgan.networks.discriminators import Discriminator
from blendgan.networks.generator import Generator


class Persistent:
    """An object that pickles itself as NVIDIA's do: by its attributes and the source code of its class."""

    def __init__(self, **attributes: object) -> None:
        self.attributes = attributes

    def __reduce__(self) -> tuple[Any, ...]:
        source = "raise SystemExit('the source code in the pickle was run')"
        meta = sys.modules["dnnlib.util"].EasyDict(
            type="class", version=6, module_src=source, class_name="G", state=self.attributes
        )
        return sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj, (meta,)


@pytest.fixture
def _nvidia_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """NVIDIA's package names, while a pickle is written."""

    class EasyDict(dict[str, Any]):
        __module__, __qualname__ = "dnnlib.util", "EasyDict"

    def _reconstruct_persistent_obj(meta: object) -> object:
        raise AssertionError("the real function must not be called")

    _reconstruct_persistent_obj.__module__ = "torch_utils.persistence"
    _reconstruct_persistent_obj.__qualname__ = "_reconstruct_persistent_obj"
    for name, members in {
        "dnnlib": {},
        "dnnlib.util": {"EasyDict": EasyDict},
        "torch_utils": {},
        "torch_utils.persistence": {"_reconstruct_persistent_obj": _reconstruct_persistent_obj},
    }.items():
        module = types.ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    yield


def module(parameters: dict[str, Tensor], buffers: dict[str, Tensor], children: dict[str, object]) -> Persistent:
    return Persistent(
        training=False,
        _parameters=OrderedDict({name: nn.Parameter(tensor) for name, tensor in parameters.items()}),
        _buffers=OrderedDict(buffers),
        _modules=OrderedDict(children),
        _non_persistent_buffers_set=set(),
        img_resolution=32,
    )


KERNEL = torch.outer(torch.tensor([1.0, 3, 3, 1]), torch.tensor([1.0, 3, 3, 1])) / 64
C, SIZE = 8, 32


def affine(out: int) -> Persistent:
    return module({"weight": torch.randn(out, C), "bias": torch.randn(out) * 0.1 + 1}, {}, {})


def conv(resolution: int) -> Persistent:
    return module(
        {"weight": torch.randn(C, C, 3, 3), "bias": torch.randn(C), "noise_strength": torch.randn([])},
        {"resample_filter": KERNEL, "noise_const": torch.randn(resolution, resolution)},
        {"affine": affine(C)},
    )


def nvidia_generator() -> Persistent:
    blocks: dict[str, object] = {}
    for resolution in (4, 8, 16, 32):
        torgb = module({"weight": torch.randn(3, C, 1, 1), "bias": torch.randn(3)}, {}, {"affine": affine(C)})
        children: dict[str, object] = {"conv1": conv(resolution), "torgb": torgb}
        if resolution > 4:
            children = {"conv0": conv(resolution), **children}
        const = {"const": torch.randn(C, 4, 4)} if resolution == 4 else {}
        blocks[f"b{resolution}"] = module(const, {"resample_filter": KERNEL}, children)
    layers = {f"fc{k}": module({"weight": torch.randn(C, C) * 100, "bias": torch.randn(C)}, {}, {}) for k in range(2)}
    mapping = module({}, {"w_avg": torch.randn(C)}, layers)
    return module({}, {}, {"mapping": mapping, "synthesis": module({}, {}, blocks)})


def nvidia_discriminator() -> Persistent:
    blocks: dict[str, object] = {}
    kernel = {"resample_filter": KERNEL}
    for resolution in (32, 16, 8):
        children: dict[str, object] = {
            "conv0": module({"weight": torch.randn(C, C, 3, 3), "bias": torch.randn(C)}, kernel, {}),
            "conv1": module({"weight": torch.randn(C, C, 3, 3), "bias": torch.randn(C)}, kernel, {}),
            "skip": module({"weight": torch.randn(C, C, 1, 1)}, kernel, {}),
        }
        if resolution == 32:
            rgb = module({"weight": torch.randn(C, 3, 1, 1), "bias": torch.randn(C)}, {}, {})
            children = {"fromrgb": rgb, **children}
        blocks[f"b{resolution}"] = module({}, {"resample_filter": KERNEL}, children)
    last: dict[str, object] = {
        "mbstd": module({}, {}, {}),
        "conv": module({"weight": torch.randn(C, C + 1, 3, 3), "bias": torch.randn(C)}, {}, {}),
        "fc": module({"weight": torch.randn(C, C * 16), "bias": torch.randn(C)}, {}, {}),
        "out": module({"weight": torch.randn(1, C), "bias": torch.randn(1)}, {}, {}),
    }
    return module({}, {}, {**blocks, "b4": module({}, {}, last)})


def child(parent: Persistent, *names: str) -> Persistent:
    for name in names:
        parent = parent.attributes["_modules"][name]  # type: ignore[index]
    return parent


@pytest.mark.usefixtures("_nvidia_modules")
def test_an_nvidia_pickle_is_read_and_its_source_code_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, critic = nvidia_generator(), nvidia_discriminator()
    content = {"G": None, "D": critic, "G_ema": theirs, "training_set_kwargs": {"max_size": 7}, "augment_pipe": None}
    (tmp_path / "ada.pkl").write_bytes(pickle.dumps(content))
    for name in ("dnnlib", "dnnlib.util", "torch_utils", "torch_utils.persistence"):
        monkeypatch.delitem(sys.modules, name)
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


def test_a_small_tensor_that_claims_to_be_huge_is_refused(tmp_path: Path) -> None:
    torch.save({"g_ema": {"input.input": torch.zeros(1).expand(1 << 20, 1 << 20)}}, tmp_path / "huge.pt")
    assert (tmp_path / "huge.pt").stat().st_size < 10_000
    with pytest.raises(UserError, match="claims tensors of 4096 GiB"):
        read_official(tmp_path / "huge.pt")
