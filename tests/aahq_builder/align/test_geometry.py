"""The crop follows the published reference, and moves, turns and grows with the landmarks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aahq_builder.align.geometry import (
    CropStyle,
    FourPoints,
    crop_quad,
    impossible,
    overlap,
    pad_fraction,
    quad_side,
    roll_degrees,
)
from tests.aahq_builder.align.reference import CASES, reference_case

coordinates = st.floats(-500, 500)
points = st.tuples(coordinates, coordinates).map(np.array)


def a_face(eye_distance: float = 40.0, drop: float = 45.0) -> FourPoints:
    half = eye_distance / 2
    offsets = ((-half, 0.0), (half, 0.0), (-half * 0.8, drop), (half * 0.8, drop))
    return FourPoints(*(np.array([200.0, 150.0]) + offset for offset in offsets))


def mapped(face: FourPoints, matrix: np.ndarray, shift: np.ndarray) -> FourPoints:
    return FourPoints(*(matrix @ point + shift for point in face))


@pytest.mark.parametrize("name", CASES)
def test_the_crop_is_the_reference_crop(name: str) -> None:
    case = reference_case(name)
    np.testing.assert_allclose(crop_quad(case.points), case.quad, atol=1e-9)


def test_the_crop_of_an_upright_face_is_computed_by_hand() -> None:
    quad = crop_quad(a_face(eye_distance=40.0, drop=45.0))
    # half side: the longer of 2 x 40 and 1.8 x 45; centre a tenth of the way from the eyes to the mouth
    centre, half = np.array([200.0, 154.5]), 81.0
    corners = centre + half * np.array([[-1, -1], [-1, 1], [1, 1], [1, -1]])
    np.testing.assert_allclose(quad, corners, atol=1e-9)


@given(st.floats(-180, 180), st.floats(0.1, 10), points)
def test_the_crop_follows_a_turned_scaled_and_moved_face(degrees: float, scale: float, shift: np.ndarray) -> None:
    turn = np.radians(degrees)
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = crop_quad(mapped(a_face(), matrix, shift))
    np.testing.assert_allclose(moved, crop_quad(a_face()) @ matrix.T + shift, atol=1e-6)


@given(st.tuples(points, points, points, points))
def test_every_crop_is_a_square(corners: tuple[np.ndarray, ...]) -> None:
    try:
        quad = crop_quad(FourPoints(*corners))
    except ValueError:
        return
    sides = np.linalg.norm(quad - np.roll(quad, 1, axis=0), axis=1)
    np.testing.assert_allclose(sides, quad_side(quad), rtol=1e-6, atol=1e-9)
    diagonals = np.linalg.norm(quad[0] - quad[2]), np.linalg.norm(quad[1] - quad[3])
    np.testing.assert_allclose(diagonals, quad_side(quad) * np.sqrt(2), rtol=1e-6, atol=1e-9)


def test_coinciding_points_make_no_crop() -> None:
    with pytest.raises(ValueError, match="no direction"):
        crop_quad(FourPoints(*[np.array([5.0, 5.0])] * 4))


def test_variants_of_the_crop() -> None:
    turn = np.radians(25)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    face = mapped(a_face(), matrix, np.array([7.0, 3.0]))
    plain = crop_quad(face)
    upright = crop_quad(face, CropStyle(rotation=False))
    assert upright[0][1] == upright[3][1] and quad_side(upright) == pytest.approx(quad_side(plain))
    np.testing.assert_allclose(upright.mean(axis=0), plain.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(crop_quad(face, CropStyle(half_pixel=True)), plain + 0.5, atol=1e-9)
    wider = crop_quad(face, CropStyle(margin=0.1))
    assert quad_side(wider) == pytest.approx(1.2 * quad_side(plain))
    np.testing.assert_allclose(wider.mean(axis=0), plain.mean(axis=0), atol=1e-9)


def square(left: float, top: float, side: float) -> np.ndarray:
    return np.array([[left, top], [left, top + side], [left + side, top + side], [left + side, top]])


@pytest.mark.parametrize(
    ("quad", "outside"),
    [(square(10, 10, 50), 0.0), (square(-25, 10, 50), 0.5), (square(75, 75, 50), 0.75), (square(200, 0, 50), 1.0)],
)
def test_pad_fraction_is_the_share_of_the_area_outside(quad: np.ndarray, outside: float) -> None:
    assert pad_fraction(quad, 100, 100) == pytest.approx(outside, abs=1e-6)


def test_overlap_is_intersection_over_union() -> None:
    assert overlap(square(0, 0, 10), square(5, 0, 10)) == pytest.approx(50 / 150, abs=1e-6)
    assert overlap(square(0, 0, 10), square(20, 0, 10)) == 0.0
    assert overlap(square(0, 0, 10), square(0, 0, 10)) == pytest.approx(1.0, abs=1e-6)


def test_roll_is_the_angle_by_which_the_face_was_turned() -> None:
    turn = np.radians(25)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert roll_degrees(mapped(a_face(), matrix, np.zeros(2))) == pytest.approx(25)


def test_faces_that_cannot_be_are_refused() -> None:
    face = a_face()
    assert not impossible(face, 400, 400)
    assert impossible(face, 190, 400), "an eye outside the picture"
    swapped = FourPoints(face.eye_right, face.eye_left, face.mouth_left, face.mouth_right)
    assert impossible(swapped, 400, 400), "eyes swapped, mouth not"
    squeezed = FourPoints(face.eye_left, face.eye_left + 1e-3, face.mouth_left, face.mouth_right)
    assert impossible(squeezed, 400, 400), "no distance between the eyes"
