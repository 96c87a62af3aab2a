from pathlib import Path

import numpy as np
import torch
from PIL import Image

from blendgan.training.engine.grids import faces_by_styles, write_png


def test_rows_are_styles_and_columns_faces_with_references_first():
    size = 96
    natural = torch.full((2, 3, size, size), -1.0)
    references = torch.stack([torch.full((3, size, size), value) for value in (0.0, 0.2, 0.4)])
    styled = torch.rand(3, 2, 3, size, size)
    grid = faces_by_styles(natural, references, styled)
    assert grid.shape == (3, 4 * size, 3 * size)
    assert (grid[:, :size, :size] == 255).all()
    assert (grid[:, :size, size:] == 0).all()
    assert (grid[:, size : 2 * size, :size] == 128).all()
    expected = ((styled[2, 1] + 1) * 127.5).round().byte()
    assert torch.equal(grid[:, 3 * size :, 2 * size :], expected)


def test_large_cells_are_averaged_down_to_256_px():
    cells = torch.rand(2, 3, 512, 512) * 2 - 1
    grid = faces_by_styles(cells[:1], cells[1:], cells[None, :1])
    assert grid.shape == (3, 512, 512)
    means = cells[0].view(3, 256, 2, 256, 2).mean(dim=(2, 4))
    difference = grid[:, :256, 256:].int() - ((means + 1) * 127.5).round().int()
    assert difference.abs().max() <= 1  # sums in another order may round to the other side


def test_small_cells_are_enlarged_pixel_by_pixel(tmp_path: Path):
    cells = torch.rand(1, 3, 32, 32)
    grid = faces_by_styles(cells, cells, cells[None])
    assert grid.shape == (3, 192, 192)
    write_png(tmp_path / "grid.png", grid)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "grid.png")), grid.permute(1, 2, 0).numpy())
