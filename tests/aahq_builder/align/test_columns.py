"""Columns that follow from landmarks and crop."""

from dataclasses import fields

import numpy as np

from aahq_builder.align.columns import geometry_columns
from aahq_builder.align.geometry import FourPoints
from aahq_builder.records import Face

POINTS = FourPoints(*np.array([[18.0012, 18.0], [30.0, 18.0], [20.0, 30.0], [29.0, 30.0049]]))
QUAD = np.array([[-10.0, 0.0], [-10.0, 40.0], [30.0, 40.0], [30.0, 0.0]])
LANDMARKS = np.full((68, 2), 1 / 3)


def test_points_are_stored_in_hundredths_and_sizes_follow_from_the_crop() -> None:
    columns = geometry_columns(LANDMARKS, POINTS, QUAD, (100, 100))
    assert columns["eye_left"] == [18.0, 18.0] and columns["mouth_right"] == [29.0, 30.0]
    assert columns["landmarks"] == [[0.33, 0.33]] * 68
    assert columns["face_px"] == 40.0
    assert columns["pad_fraction"] == 0.25  # 10 of 40 px lie left of the picture
    assert columns.keys() <= {field.name for field in fields(Face)}


def test_points_of_a_published_list_stay_as_given() -> None:
    columns = geometry_columns(LANDMARKS, POINTS, QUAD, (100, 100), as_given=True)
    assert columns["eye_left"] == [18.0012, 18.0] and columns["mouth_right"] == [29.0, 30.0049]
    assert columns["landmarks"] == LANDMARKS.tolist()
