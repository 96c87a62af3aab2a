"""Pickles as NVIDIA's classes write them: objects by their attributes and source code, NumPy numbers, storages."""

import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor, nn


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


def nvidia_pickle(content: object, protocol: int = 4, old_numpy: bool = False) -> bytes:
    """The bytes of a file with `content`, written where NVIDIA's packages exist; `old_numpy` names it as before 2.0."""

    class EasyDict(dict[str, Any]):
        __module__, __qualname__ = "dnnlib.util", "EasyDict"

    def _reconstruct_persistent_obj(meta: object) -> object:
        raise AssertionError("the real function must not be called")

    _reconstruct_persistent_obj.__module__ = "torch_utils.persistence"
    _reconstruct_persistent_obj.__qualname__ = "_reconstruct_persistent_obj"
    members: dict[str, dict[str, object]] = {
        "dnnlib": {},
        "dnnlib.util": {"EasyDict": EasyDict},
        "torch_utils": {},
        "torch_utils.persistence": {"_reconstruct_persistent_obj": _reconstruct_persistent_obj},
    }
    modules = {name: types.ModuleType(name) for name in members}
    for name, module_ in modules.items():
        vars(module_).update(members[name])
    with patch.dict(sys.modules, modules):
        written = pickle.dumps(content, protocol)
    if old_numpy:
        assert protocol < 4, "later ones write the lengths of names"
        assert b"numpy._core.multiarray" in written
    return written.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n") if old_numpy else written


def module(parameters: dict[str, Tensor], buffers: dict[str, Tensor], children: dict[str, object]) -> Persistent:
    return Persistent(
        training=False,
        _parameters=OrderedDict({name: nn.Parameter(tensor) for name, tensor in parameters.items()}),
        _buffers=OrderedDict(buffers),
        _modules=OrderedDict(children),
        _non_persistent_buffers_set=set(),
        img_resolution=32,
        weight_gain=1 / np.sqrt(np.float64(72)),
        act_gain=np.float32(1.4142135),
        use_fp16=True,
        num_fp16_res=np.int64(4),
        padding=[1, 1],
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


BUFFERS = ("noise_const", "w_avg", "resample_filter")


def nested(state: Mapping[str, Tensor]) -> Persistent:
    """The tree of modules whose state dict is `state`."""
    own = {name: tensor for name, tensor in state.items() if "." not in name}
    groups: dict[str, dict[str, Tensor]] = {}
    for name, tensor in state.items():
        if "." in name:
            first, _, rest = name.partition(".")
            groups.setdefault(first, {})[rest] = tensor
    return module(
        {name: tensor for name, tensor in own.items() if name not in BUFFERS},
        {name: tensor for name, tensor in own.items() if name in BUFFERS},
        {name: nested(inner) for name, inner in groups.items()},
    )


def child(parent: Persistent, *names: str) -> Persistent:
    for name in names:
        parent = parent.attributes["_modules"][name]  # type: ignore[index]
    return parent
