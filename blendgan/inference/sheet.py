"""A contact sheet: equal tiles in rows and columns on white."""

import numpy as np
from jaxtyping import Float
from torch import Tensor

from blendgan.errors import UserError
from blendgan.inference.pictures import resize, to_pixels

MAX_PIXELS = 200_000_000
MIN_TILE, MAX_TILE = 96, 256


class Sheet:
    """Tiles are pasted as they come, so that only the sheet itself is in memory."""

    def __init__(self, rows: int, columns: int, tile: int):
        if rows * columns * tile**2 > MAX_PIXELS:
            raise UserError(f"{rows} x {columns} tiles of {tile} px make too large a sheet; give a smaller --tile")
        self.tile = tile
        self.canvas = np.full((rows * tile, columns * tile, 3), 255, dtype=np.uint8)

    def paste(self, row: int, column: int, image: Float[Tensor, "3 height width"] | None) -> None:
        """Put an RGB image in [-1, 1] of any size at a place; without one it stays white."""
        if image is None:
            return
        y, x = row * self.tile, column * self.tile
        self.canvas[y : y + self.tile, x : x + self.tile] = to_pixels(resize(image, self.tile)).numpy()


def tile_side(size: int) -> int:
    """How large a picture of `size` px is shown: small ones enlarged by a whole factor, so that pixels stay square."""
    return size * -(-MIN_TILE // size) if size < MIN_TILE else min(size, MAX_TILE)
