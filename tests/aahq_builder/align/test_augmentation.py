"""What an augmented copy shows and the way back."""

import cv2
import numpy as np
import pytest

from aahq_builder.align.augmentation import AugmentedCopy, render, to_copy, to_picture
from aahq_builder.align.landmarks import MIRRORED

AUGMENTATIONS = (
    AugmentedCopy(),
    AugmentedCopy(mirrored=True),
    AugmentedCopy(degrees=33, zoom=1.3),
    AugmentedCopy(degrees=-12, mirrored=True, shift=(0.1, -0.05)),
)
CENTRE = np.array([70.0, 55.0])


@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
def test_points_come_back_to_where_they_were(augmentation: AugmentedCopy) -> None:
    points = np.random.default_rng(0).uniform(0, 200, (20, 2))
    matrix = augmentation.matrix(CENTRE, 80, 256, upright_degrees=7)
    np.testing.assert_allclose(to_picture(to_copy(points, matrix), matrix), points, atol=1e-9)


@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
@pytest.mark.parametrize("out_px", [30, 256])
def test_a_spot_is_shown_where_the_matrix_says(augmentation: AugmentedCopy, out_px: int) -> None:
    picture = np.zeros((120, 150, 3), dtype=np.uint8)
    spot = np.array([80.0, 50.0])
    cv2.circle(picture, (80, 50), 6, (255, 255, 255), -1)
    matrix = augmentation.matrix(CENTRE, 80, out_px)
    shown = render(picture, matrix, out_px)[..., 0].astype(float)
    y, x = np.mgrid[0:out_px, 0:out_px]
    centroid = np.array([(x * shown).sum(), (y * shown).sum()]) / shown.sum()
    np.testing.assert_allclose(centroid, to_copy(spot[None], matrix)[0], atol=0.02 * out_px)


def test_a_turned_face_is_shown_upright() -> None:
    right = np.array([np.cos(np.radians(20)), np.sin(np.radians(20))])
    matrix = AugmentedCopy().matrix(CENTRE, 80, 100, upright_degrees=20)
    left_end, right_end = to_copy(np.stack([CENTRE - 10 * right, CENTRE + 10 * right]), matrix)
    assert left_end[1] == pytest.approx(right_end[1])
    assert right_end[0] > left_end[0]


def test_mirroring_twice_renames_no_landmark() -> None:
    np.testing.assert_array_equal(MIRRORED[MIRRORED], np.arange(68))
    assert MIRRORED[36] == 45 and MIRRORED[48] == 54 and MIRRORED[30] == 30
