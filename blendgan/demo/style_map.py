"""Styles on a map: the offered pictures where `aahq-build tsne` has placed them, and which one a click hits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int, UInt8

from blendgan.data.pixels import area_averaged
from blendgan.demo.references import Reference
from blendgan.errors import UserError

Snap = Callable[[Float[np.ndarray, "pictures 2"], int], Int[np.ndarray, "pictures 2"]]
"""Gives positions cells (column, row) of their own on a square grid of that side."""
CANVAS_PX = 960
FILLED = 0.4
"""Share of the cells that hold a picture; the rest keeps the map's empty regions visible."""
PAPER = 250
"""Grey level of empty cells."""


@dataclass(frozen=True)
class StyleMap:
    """A picture of the map, and where on it the pictures lie."""

    canvas: UInt8[np.ndarray, "side side 3"]
    cell_px: int
    at: Mapping[tuple[int, int], int]
    """Numbers of the pictures by column and row, counted from the top left."""

    def nearest(self, x: float, y: float) -> int:
        """The picture at or next to a pixel of the canvas."""
        column, row = x / self.cell_px - 0.5, y / self.cell_px - 0.5
        cell = min(self.at, key=lambda cell: (cell[0] - column) ** 2 + (cell[1] - row) ** 2)
        return self.at[cell]


def read_positions(path: Path) -> dict[str, tuple[float, float]]:
    """Where `map.parquet` places the faces, by their ids."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, columns=["face_id", "x", "y"]).to_pydict()
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{path} is not a map.parquet of `aahq-build tsne` ({error}); give another file") from error
    return {str(name): (x, y) for name, x, y in zip(table["face_id"], table["x"], table["y"], strict=True)}


def draw_map(references: Sequence[Reference], positions: Mapping[str, tuple[float, float]], snap: Snap) -> StyleMap:
    """The pictures that have a position, drawn at it."""
    numbers = [k for k, reference in enumerate(references) if reference.path.stem in positions]
    if not numbers:
        raise UserError("--map names none of the pictures of --styles; give the map and the faces of one work folder")
    places = np.array([positions[references[k].path.stem] for k in numbers], dtype=np.float64)
    side = int(np.ceil(np.sqrt(len(numbers) / FILLED)))
    px = CANVAS_PX // side
    canvas = np.full((side * px, side * px, 3), PAPER, dtype=np.uint8)
    at = {}
    for k, (column, from_bottom) in zip(numbers, snap(places, side).tolist(), strict=True):
        row = side - 1 - from_bottom  # y grows upwards on a map
        at[column, row] = k
        thumbnail = area_averaged(references[k].thumbnail, px, px)
        canvas[row * px : (row + 1) * px, column * px : (column + 1) * px] = thumbnail
    return StyleMap(canvas, px, at)
