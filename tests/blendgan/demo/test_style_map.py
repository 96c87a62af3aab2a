"""A tap on the map finds the picture that is drawn there."""

from pathlib import Path

import numpy as np
import pytest

from aahq_builder.tsne.mosaic import snap_to_grid
from blendgan.demo.references import THUMBNAIL_PX, Reference
from blendgan.demo.style_map import draw_map, read_positions
from blendgan.errors import UserError


def reference(number: int) -> Reference:
    grey = np.full((THUMBNAIL_PX, THUMBNAIL_PX, 3), 20 * number, dtype=np.uint8)
    return Reference(Path(f"somewhere/face{number}.png"), {}, grey)


def test_the_nearest_picture_has_the_colour_at_that_place() -> None:
    places = np.random.default_rng(0).uniform(-3, 3, (9, 2))
    positions = {f"face{k}": (float(x), float(y)) for k, (x, y) in enumerate(places)}
    style_map = draw_map([reference(k) for k in range(10)], positions, snap_to_grid)  # the tenth has no place
    assert sorted(style_map.at.values()) == list(range(9))
    for (column, row), number in style_map.at.items():
        x, y = (column + 0.3) * style_map.cell_px, (row + 0.7) * style_map.cell_px
        assert style_map.nearest(x, y) == number
        assert style_map.canvas[int(y), int(x), 0] == 20 * number
    rows = {number: row for (_, row), number in style_map.at.items()}
    assert rows[int(places[:, 1].argmax())] < rows[int(places[:, 1].argmin())], "y grows upwards"


def test_a_map_of_other_pictures_and_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="names none of the pictures"):
        draw_map([reference(0)], {"else": (0.0, 0.0)}, snap_to_grid)
    (tmp_path / "map.parquet").write_bytes(b"PAR1 or so")
    with pytest.raises(UserError, match=r"is not a map\.parquet"):
        read_positions(tmp_path / "map.parquet")
