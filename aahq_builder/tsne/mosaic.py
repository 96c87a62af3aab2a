"""The style map as one picture: each face is drawn at its position, moved to the nearest free cell of a grid.

Thumbnails drawn where t-SNE puts them would cover one another. On a grid with free cells every face can be seen, and
neighbours stay near each other.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

FILLED = 0.4
"""Share of the cells that hold a face; the rest keeps the map's empty regions visible."""
CANVAS_PX = 4096
THUMBNAIL_PX = (24, 160)
MAX_FACES = 10_000
PAPER = 250
"""Grey level of empty cells."""


def grid_side(count: int) -> int:
    """Cells along each side for `count` faces."""
    return max(1, int(np.ceil(np.sqrt(count / FILLED))))


def snap_to_grid(positions: Float[np.ndarray, "faces 2"], side: int) -> Int[np.ndarray, "faces 2"]:
    """A cell (column, row) of its own for each position, as near as those before it leave free."""
    assert len(positions) <= side * side, f"{len(positions)} faces do not fit into {side} x {side} cells"
    low = positions.min(axis=0)
    extent = float((positions.max(axis=0) - low).max()) or 1.0
    wanted = (positions - low) / extent * (side - 1)
    wanted += (side - 1 - wanted.max(axis=0)) / 2  # centre the shorter direction
    free = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1).reshape(-1, 2)
    cells = np.empty((len(positions), 2), dtype=np.int64)
    centre = wanted.mean(axis=0)
    for index in np.argsort(((wanted - centre) ** 2).sum(axis=1), kind="stable"):
        nearest = int(((free - wanted[index]) ** 2).sum(axis=1).argmin())
        cells[index] = free[nearest]
        free[nearest] = free[-1]
        free = free[:-1]
    return cells


def thumbnail_side(grid: int) -> int:
    """Side of a cell in px, so that the picture stays near `CANVAS_PX`."""
    return int(np.clip(CANVAS_PX // grid, *THUMBNAIL_PX))


def draw(thumbnails: Sequence[np.ndarray], cells: Int[np.ndarray, "faces 2"], side: int) -> np.ndarray:
    """uint8 RGB picture of `side` x `side` cells; every thumbnail is `[px, px, 3]`. Row 0 lies at the bottom."""
    px = len(thumbnails[0])
    canvas = np.full((side * px, side * px, 3), PAPER, dtype=np.uint8)
    for thumbnail, (column, row) in zip(thumbnails, cells, strict=True):
        top, left = (side - 1 - row) * px, column * px
        canvas[top : top + px, left : left + px] = thumbnail
    return canvas
