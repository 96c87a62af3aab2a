"""A tiny face detector in YuNet's layout, written as ONNX by hand: its 'face' is a bright square of 8 px.

The format is Protocol Buffers: a message is a row of fields, a field is a key (number and kind) and a value.
Field numbers are those of onnx.proto3.
"""

import struct
from collections.abc import Sequence

import numpy as np

FLOAT, INT64 = 1, 7
CELL_PX = 8
"""Side of the bright square that it takes for the middle of a face."""
FACE_PX = 64.0
"""Side of the boxes that it gives."""
POINTS = np.array([[-16.0, -12], [16, -12], [0, 0], [-12, 16], [12, 16]])
"""Its landmarks, px from the middle: eyes, nose, corners of the mouth, left ones in the picture first."""


def write_yunet() -> bytes:
    """The model file."""
    nodes, constants, outputs = [], [], []
    for stride in (8, 16, 32):
        for name, channels in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            weight, bias, pad = _filter(name, stride, channels)
            constants += [_tensor(f"w_{name}_{stride}", weight), _tensor(f"b_{name}_{stride}", bias)]
            constants.append(_tensor(f"shape_{name}_{stride}", np.array([1, -1, channels])))
            nodes += _head(f"{name}_{stride}", stride, pad, is_probability=name in ("cls", "obj"))
            outputs.append(_value(f"{name}_{stride}", (1, "cells", channels)))
    graph = b"".join(
        [
            *(_field(1, node) for node in nodes),
            _field(2, b"yunet"),
            *(_field(5, constant) for constant in constants),
            _field(11, _value("input", (1, 3, "height", "width"))),
            *(_field(12, output) for output in outputs),
        ]
    )
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 12))


def _filter(name: str, stride: int, channels: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Weights and biases of one output; only the finest stride ever answers."""
    if stride > CELL_PX:
        return np.zeros((channels, 3, 1, 1)), np.full(channels, -20.0), 0
    if name == "cls":
        # bright inside of the cell, dark around it: fires at one scale only
        weight = np.full((1, 3, 3 * CELL_PX, 3 * CELL_PX), -1.0)
        weight[..., CELL_PX:-CELL_PX, CELL_PX:-CELL_PX] = 1.0
        return weight / (3 * CELL_PX**2 * 255.0) * 20, np.array([-12.0]), CELL_PX
    # boxes and points are given in strides from the cell's corner, sides as logarithms
    middle, side = 0.5, np.log(FACE_PX / stride)
    constant = {"obj": np.array([20.0]), "bbox": np.array([middle, middle, side, side])}
    return np.zeros((channels, 3, 1, 1)), constant.get(name, (POINTS / stride + middle).ravel()), 0


def _head(name: str, stride: int, pad: int, is_probability: bool) -> list[bytes]:
    """From the picture to one output [1, cells, channels]."""
    kernel = 3 * CELL_PX if pad else 1
    conv = [
        _attribute("kernel_shape", [kernel] * 2),
        _attribute("strides", [stride] * 2),
        _attribute("pads", [pad] * 4),
    ]
    last = f"rows_{name}" if is_probability else name
    nodes = [
        _node("Conv", ["input", f"w_{name}", f"b_{name}"], f"map_{name}", conv),
        _node("Transpose", [f"map_{name}"], f"last_{name}", [_attribute("perm", [0, 2, 3, 1])]),
        _node("Reshape", [f"last_{name}", f"shape_{name}"], last),
    ]
    return [*nodes, _node("Sigmoid", [last], name)] if is_probability else nodes


def _node(kind: str, inputs: Sequence[str], output: str, attributes: Sequence[bytes] = ()) -> bytes:
    fields = [_field(1, name.encode()) for name in inputs]
    fields += [_field(2, output.encode()), _field(3, output.encode()), _field(4, kind.encode())]
    return b"".join(fields + [_field(5, attribute) for attribute in attributes])


def _attribute(name: str, values: Sequence[int]) -> bytes:
    return _field(1, name.encode()) + b"".join(_field(8, value) for value in values) + _field(20, 7)


def _tensor(name: str, values: np.ndarray) -> bytes:
    is_float = values.dtype.kind == "f"
    dims = b"".join(_field(1, length) for length in values.shape)
    raw = values.astype("<f4" if is_float else "<i8").tobytes()
    return dims + _field(2, FLOAT if is_float else INT64) + _field(8, name.encode()) + _field(9, raw)


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    dims = [_field(1, length) if isinstance(length, int) else _field(2, length.encode()) for length in shape]
    tensor_type = _field(1, FLOAT) + _field(2, b"".join(_field(1, dim) for dim in dims))
    return _field(1, name.encode()) + _field(2, _field(1, tensor_type))


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    groups = []
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return struct.pack(f"{len(groups) + 1}B", *groups, value)
