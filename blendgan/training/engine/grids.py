"""Sample grids: rows of styles, columns of faces, references in the first column, natural faces in the first row."""

from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor

from blendgan.data.pixels import to_pixels

MIN_CELL_PX = 96


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


def tiled(cells: Float[Tensor, "rows columns 3 height width"]) -> UInt8[Tensor, "3 all_height all_width"]:
    """Cells side by side, small ones enlarged without smoothing so that their pixels can be seen."""
    zoom = max(1, MIN_CELL_PX // cells.shape[-1])
    pixels = to_pixels(cells).repeat_interleave(zoom, dim=-1).repeat_interleave(zoom, dim=-2)
    # rows columns 3 height width -> 3 (rows height) (columns width)
    return pixels.permute(2, 0, 3, 1, 4).flatten(3, 4).flatten(1, 2)


def write_png(path: Path, pixels: UInt8[Tensor, "3 height width"]) -> None:
    """Save a picture; a viewer never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    Image.fromarray(pixels.cpu().permute(1, 2, 0).numpy()).save(temporary, format="PNG")
    temporary.replace(path)
