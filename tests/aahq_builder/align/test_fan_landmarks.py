"""Peaks of heat maps, and points of a drawn face through the package's own network."""

from pathlib import Path

import numpy as np
import pytest

from aahq_builder.align.augmentation import AugmentedCopy
from aahq_builder.align.fan_landmarks import FanLandmarks, peaks
from aahq_builder.align.geometry import four_points
from aahq_builder.align.landmarks import FaceBox, predict_augmented
from tests.fan_files import BOX_PX, QUAD_PX, draw_marked_face, marked_points, write_fan_files


def test_a_peak_between_two_cells_lies_on_their_common_edge() -> None:
    heat = np.zeros((1, 3, 6, 8))
    heat[0, 0, 2, 3] = heat[0, 0, 2, 4] = 1
    heat[0, 1, 5, 0] = 1  # in the corner, where neighbours are missing
    heat[0, 2, 1, 2], heat[0, 2, 2, 2] = 3, 1
    np.testing.assert_allclose(peaks(heat)[0], [[4, 2.5], [0.5, 5.5], [2.5, 1.75]], atol=1e-9)


def test_maps_without_anything_have_a_finite_peak() -> None:
    assert np.isfinite(peaks(np.full((2, 68, 4, 4), -1.0))).all()


@pytest.mark.slow
def test_points_of_a_turned_face_are_found_in_plain_and_mirrored_looks(tmp_path: Path) -> None:
    folder = write_fan_files(tmp_path)
    model = FanLandmarks(next(folder.glob("2DFAN4-*")), "cpu")
    picture = np.zeros((300, 300, 3), dtype=np.uint8)
    draw_marked_face(picture, (150, 140), degrees=10)
    box = FaceBox(np.array([152.0, 152.0]), BOX_PX, 10)
    found = predict_augmented(model, picture, box, (AugmentedCopy(), AugmentedCopy(mirrored=True), AugmentedCopy()))
    assert found.shape == (3, 68, 2)
    np.testing.assert_allclose(found[2], found[0], atol=1e-3, err_msg="the third is in another batch")
    expected = np.stack(marked_points((150, 140), 10))
    for points in found:
        # a cell of the heat map is 1.8 % of the crop
        assert np.linalg.norm(np.stack(four_points(points)) - expected, axis=1).max() < 0.03 * QUAD_PX
