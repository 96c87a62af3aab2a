"""Moved points move the crop by the rule of the aligner, and nonsense is refused in words."""

import numpy as np
import pytest

from aahq_builder.align.geometry import FourPoints, crop_quad, four_points
from aahq_builder.errors import UserError
from aahq_builder.review.repair import checked_quad, cut, move_landmarks, parse_points, row_columns
from tests.drawn_build import landmarks


def shifted(points: FourPoints, x: float, y: float) -> FourPoints:
    return FourPoints(*(point + np.array([x, y]) for point in points))


def test_moved_landmarks_have_exactly_the_points_asked_for():
    wanted = FourPoints(*np.random.default_rng(0).uniform(50, 150, (4, 2)))
    moved = four_points(move_landmarks(landmarks(), wanted))
    np.testing.assert_allclose(np.stack(moved), np.stack(wanted), atol=1e-9)


def test_points_that_were_not_touched_leave_all_landmarks_alone():
    np.testing.assert_allclose(move_landmarks(landmarks(), four_points(landmarks())), landmarks(), atol=1e-9)


def test_an_eye_moves_as_a_whole():
    points = four_points(landmarks())
    moved = move_landmarks(landmarks(), points._replace(eye_left=points.eye_left + np.array([3, -2])))
    np.testing.assert_allclose(moved[36:42] - landmarks()[36:42], [[3, -2]] * 6)
    np.testing.assert_array_equal(moved[:36], landmarks()[:36])


def test_moving_all_points_moves_the_quad_along():
    moved = move_landmarks(landmarks(), shifted(four_points(landmarks()), 7, -4))
    quad = crop_quad(four_points(landmarks()))
    np.testing.assert_allclose(row_columns(moved, 200, 200)["quad"], quad + np.array([7, -4]), atol=0.01)


def test_an_upright_crop_of_whole_pixels_is_a_plain_resize():
    pixels = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    face = cut(pixels, landmarks(), 64)
    assert face.shape == (64, 64, 3)
    quad = crop_quad(four_points(landmarks()))
    left, top, right, bottom = *quad[0].round().astype(int), *quad[2].round().astype(int)
    assert abs(face.mean() - pixels[top:bottom, left:right].mean()) < 2


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ({}, "points need"),
        (None, "points need"),
        ({"eye_left": [1], "eye_right": [1, 2], "mouth_left": [1, 2], "mouth_right": [1, 2]}, "points need"),
        ({"eye_left": ["a", 1], "eye_right": [1, 2], "mouth_left": [1, 2], "mouth_right": [1, 2]}, "points need"),
    ],
)
def test_malformed_points_are_refused(points: object, words: str):
    with pytest.raises(UserError, match=words):
        parse_points(points)


@pytest.mark.parametrize("move", [(500, 0), (-500, -500), (float("nan"), 0), (1e300, 1e300)])
def test_crops_outside_the_picture_are_refused(move: tuple[float, float]):
    with pytest.raises(UserError):
        checked_quad(move_landmarks(landmarks(), shifted(four_points(landmarks()), *move)), 200, 200)


def test_points_on_one_spot_are_refused():
    point = np.array([100.0, 100.0])
    with pytest.raises(UserError, match="drag them apart"):
        checked_quad(move_landmarks(landmarks(), FourPoints(point, point, point, point)), 200, 200)
