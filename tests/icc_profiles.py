"""Profiles (ICC.1, version 2.4) made by hand, and pictures encoded in them by algebra."""

import struct

import numpy as np

# columns: XYZ of red, green and blue at D50, as the makers of these spaces publish them
SRGB = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])
P3 = np.array([[0.5151, 0.2920, 0.1571], [0.2412, 0.6922, 0.0666], [-0.0011, 0.0419, 0.7841]])
PROPHOTO = np.array([[0.7977, 0.1352, 0.0313], [0.2880, 0.7119, 0.0001], [0.0, 0.0, 0.8249]])
D50 = (0.9642, 1.0, 0.8249)


def profile(name: str, matrix: np.ndarray | None = None, gamma: float = 2.2, padding: bytes = b"") -> bytes:
    """An RGB profile, or without `matrix` one for grey; `padding` makes it as large as one likes."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags = {b"desc": _described(name), b"cprt": b"text" + bytes(4) + b"none\0", b"wtpt": _xyz(D50)}
    if matrix is None:
        tags[b"kTRC"] = curve
    else:
        for column, channel in enumerate((b"r", b"g", b"b")):
            tags |= {channel + b"XYZ": _xyz(matrix[:, column]), channel + b"TRC": curve}
    if padding:
        tags[b"priv"] = b"data" + bytes(8) + padding
    return _assembled(tags, b"GRAY" if matrix is None else b"RGB ")


def printer_profile(corners: np.ndarray) -> bytes:
    """A CMYK profile: `corners` [2, 2, 2, 2, 3] are Lab in bytes at no and full ink of each colour."""
    identity = np.arange(256, dtype=np.uint8).tobytes()
    matrix = struct.pack(">9i", *(65536 if k in (0, 4, 8) else 0 for k in range(9)))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + identity * 4 + corners.tobytes() + identity * 3
    tags = {b"desc": _described("Printer"), b"cprt": b"text" + bytes(4) + b"none\0", b"wtpt": _xyz(D50)}
    return _assembled(tags | {b"A2B0": table}, b"CMYK", b"prtr", b"Lab ")


def light(srgb: np.ndarray) -> np.ndarray:
    """Linear light in [0, 1] of sRGB levels 0 to 255."""
    v = np.asarray(srgb, dtype=np.float64) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def levels(linear: np.ndarray) -> np.ndarray:
    """sRGB levels 0 to 255, not rounded, of linear light."""
    v = np.clip(linear, 0, 1)
    return 255 * np.where(v <= 0.0031308, 12.92 * v, 1.055 * v ** (1 / 2.4) - 0.055)


def encoded(srgb: np.ndarray, matrix: np.ndarray = SRGB, gamma: float = 2.2, white: int = 255) -> np.ndarray:
    """The same colours as values of another space: what an editor would have saved."""
    linear = light(srgb) @ SRGB.T @ np.linalg.inv(matrix).T
    values = np.clip(linear, 0, 1) ** (1 / gamma) * white
    return np.round(values).astype(np.uint8 if white == 255 else np.uint16)


def _described(name: str) -> bytes:
    text = name.encode() + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)


def _xyz(values: np.ndarray | tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _assembled(tags: dict[bytes, bytes], space: bytes, device: bytes = b"mntr", connection: bytes = b"XYZ ") -> bytes:
    table, bodies = struct.pack(">I", len(tags)), b""
    for tag, body in tags.items():
        table += tag + struct.pack(">II", 132 + 12 * len(tags) + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    head = struct.pack(">I4sI4s4s4s", 128 + len(table) + len(bodies), b"none", 0x02400000, device, space, connection)
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _xyz(D50)[8:] + bytes(48)
    return head + table + bodies
