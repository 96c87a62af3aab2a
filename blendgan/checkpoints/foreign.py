"""Stand-ins for the classes that foreign checkpoints name: they keep what was stored and run nothing.

NVIDIA's networks pickle themselves with the source code of their classes, and their layers hold NumPy numbers. Those
numbers are let in as data; arrays only so far that a file can be named for what it is.
"""

import io
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
import torch

NUMBER = re.compile(r"f[248]|[iu][1248]|b1")
"""NumPy's codes of plain numbers; other types could hold objects."""
MAX_STEPS = 500_000
"""Of the pickle machine; NVIDIA's files take tens of thousands."""
KNOWN_FAMILIES = {
    "dnnlib.tflib": "it is a TensorFlow pickle (StyleGAN or StyleGAN2 of 2019 and 2020); "
    "convert it to PyTorch with StyleGAN2-ADA's legacy.py first",
}
"""What to say of names below these modules."""


class ForeignObject(dict[str, Any]):
    """What an object of a foreign class held, without the class."""

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.update(state)


class NumberType:
    """`numpy.dtype`, by its code ('f4') and byte order."""

    def __init__(self, code: object = "", *_: object) -> None:
        self.code, self.order = code, "="

    def __setstate__(self, state: object) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "=", "|"):
            self.order = state[1]


class ForeignArray:
    """A NumPy array, of which nothing is kept."""

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


def number(kind: object, content: object) -> Any:
    """`numpy.core.multiarray.scalar`: a plain Python number."""
    if not isinstance(kind, NumberType) or not isinstance(kind.code, str) or not NUMBER.fullmatch(kind.code):
        raise pickle.UnpicklingError("it holds a NumPy value that is not a number")
    if not isinstance(content, bytes):
        raise pickle.UnpicklingError("it holds a NumPy number without its bytes")
    return np.frombuffer(content, dtype=kind.order + kind.code, count=1)[0].item()


def latin1(text: object, encoding: object = "latin1") -> bytes:
    """`_codecs.encode` as pickles of protocol 2 use it to write bytes."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError("it encodes text, which no checkpoint needs")
    return text.encode("latin1")


def _object_of(meta: Mapping[str, Any]) -> ForeignObject:
    """NVIDIA's persistent objects: keep the state, leave the source code of the class where it is."""
    return ForeignObject(meta["state"])


def _storage(content: bytes) -> Any:
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)


NUMPY: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "dtype"): NumberType,
    ("numpy.core.multiarray", "scalar"): number,
    ("numpy._core.multiarray", "scalar"): number,
    ("_codecs", "encode"): latin1,
}
"""Numbers, as data; these hold in `.pt` files too."""
ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    **NUMPY,
    ("numpy", "ndarray"): ForeignArray,
    ("numpy.core.multiarray", "_reconstruct"): ForeignArray,
    ("numpy._core.multiarray", "_reconstruct"): ForeignArray,
    ("numpy.core.numeric", "_frombuffer"): ForeignArray,
    ("numpy._core.numeric", "_frombuffer"): ForeignArray,
    ("collections", "OrderedDict"): OrderedDict,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("dnnlib.util", "EasyDict"): ForeignObject,
    ("torch_utils.persistence", "_reconstruct_persistent_obj"): _object_of,
    ("torch", "Size"): tuple,
    ("torch._utils", "_rebuild_tensor_v2"): torch._utils._rebuild_tensor_v2,
    ("torch._utils", "_rebuild_parameter"): torch._utils._rebuild_parameter,
    ("torch.storage", "_load_from_bytes"): _storage,
}


def _counted(step: Callable[[Any], None]) -> Callable[["ForeignUnpickler"], None]:
    def counted(unpickler: "ForeignUnpickler") -> None:
        unpickler.steps += 1
        if unpickler.steps > MAX_STEPS:
            raise pickle.UnpicklingError("it takes more steps than any checkpoint")
        step(unpickler)

    return counted


class ForeignUnpickler(pickle._Unpickler):
    """Finds only the names in `ALLOWED`.

    It is Python's own in Python: the one in C sets aside memory for as many objects as a damaged byte claims, and its
    steps cannot be counted.
    """

    steps = 0
    dispatch: ClassVar[dict[int, Callable[..., None]]] = {
        code: _counted(step) for code, step in pickle._Unpickler.dispatch.items()
    }

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in, or an error that names what was asked for."""
        if (module, name) not in ALLOWED:
            family = next((said for start, said in KNOWN_FAMILIES.items() if f"{module}.".startswith(f"{start}.")), "")
            raise pickle.UnpicklingError(family or f"it asks for {module}.{name}, which no checkpoint needs")
        return ALLOWED[module, name]
