"""Sample grids: rows of styles, columns of faces, references in the first column, natural faces in the first row."""

from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor

from blendgan.data.pixels import to_pixels

MIN_CELL_PX, MAX_CELL_PX = 96, 256


def faces_by_styles(
    natural: Float[Tensor, "faces 3 size size"],
    references: Float[Tensor, "styles 3 size size"],
    styled: Float[Tensor, "styles faces 3 size size"],
) -> UInt8[Tensor, "3 height width"]:
    """The grid of (styles + 1) x (faces + 1) cells; the corner stays white."""
    corner = torch.ones_like(natural[:1])
    rows = [torch.cat([corner, natural])]
    rows += [torch.cat([reference[None], cells]) for reference, cells in zip(references, styled, strict=True)]
    return tiled(torch.stack(rows))


def tile(images: Float[Tensor, "images 3 size size"]) -> Float[Tensor, "images 3 side side"]:
    """Pictures at the size that they have in a grid: large ones are averaged down to `MAX_CELL_PX`."""
    if images.shape[-1] <= MAX_CELL_PX:
        return images
    return F.adaptive_avg_pool2d(images.float().clamp(-1, 1), MAX_CELL_PX)


def tiled(cells: Float[Tensor, "rows columns 3 height width"]) -> UInt8[Tensor, "3 all_height all_width"]:
    """Cells side by side, small ones enlarged without smoothing so that their pixels can be seen."""
    small = torch.stack([tile(row) for row in cells])
    zoom = cell_px(small.shape[-1]) // small.shape[-1]
    pixels = to_pixels(small).repeat_interleave(zoom, dim=-1).repeat_interleave(zoom, dim=-2)
    # rows columns 3 height width -> 3 (rows height) (columns width)
    return pixels.permute(2, 0, 3, 1, 4).flatten(3, 4).flatten(1, 2)


def cell_px(size: int) -> int:
    """Side of a cell for pictures of `size` px."""
    side = min(size, MAX_CELL_PX)
    return side * max(1, MIN_CELL_PX // side)


def without_references(grid: Path, size: int) -> Image.Image:
    """A stored grid of a model of `size` px without its first column."""
    with Image.open(grid) as picture:
        return picture.convert("RGB").crop((cell_px(size), 0, *picture.size))


def write_png(path: Path, pixels: UInt8[Tensor, "3 height width"]) -> None:
    """Save a picture; a viewer never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    Image.fromarray(pixels.cpu().permute(1, 2, 0).numpy()).save(temporary, format="PNG")
    temporary.replace(path)
