"""Boxes of the package's own network around a bright square."""

from pathlib import Path

import numpy as np
import pytest

from aahq_builder.align.detectors.fan_blazeface import FanBlazeFace
from tests.fan_files import BLAZEFACE_SIDE, write_fan_files


@pytest.mark.parametrize("size", [128, 640])
def test_a_bright_cell_has_its_box_and_an_empty_picture_none(tmp_path: Path, size: int) -> None:
    folder = write_fan_files(tmp_path)
    detector = FanBlazeFace(next(folder.glob("blazeface-*")), next(folder.glob("anchors-*")), "cpu", 0.5)
    picture = np.zeros((size, size, 3), dtype=np.uint8)
    assert detector.detect(picture) == []
    cell = size // 16
    picture[6 * cell : 7 * cell, 9 * cell : 10 * cell] = 255
    (found,) = detector.detect(picture)
    np.testing.assert_allclose(found.centre, np.array([9.5, 6.5]) * cell - 0.5, atol=1e-3)
    assert found.side == pytest.approx(BLAZEFACE_SIDE * size)
    assert 0.99 < found.score <= 1
