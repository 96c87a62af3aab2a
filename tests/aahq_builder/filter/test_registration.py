import cv2
import numpy as np
import pytest

from aahq_builder.filter.registration import coarse_correlation, shared_magnitude
from aahq_builder.filter.sketch import sketch_face
from tests.aahq_builder.filter.build import QUAD, aligned_of, draw_portrait

MAGNITUDE = sketch_face(aligned_of(draw_portrait(1))).magnitude


def test_a_picture_shares_all_magnitude_with_itself() -> None:
    share, transform = shared_magnitude(MAGNITUDE, MAGNITUDE)
    assert share == pytest.approx(1.0, abs=1e-2)
    assert transform == pytest.approx(np.eye(2, 3), abs=1e-3)


def test_a_shift_is_found_and_undone() -> None:
    moved = cv2.warpAffine(MAGNITUDE, np.array([[1, 0, 3], [0, 1, -2.0]]), (64, 64), borderMode=cv2.BORDER_REPLICATE)
    share, transform = shared_magnitude(MAGNITUDE, moved)
    assert share > 0.95
    assert transform[:, 2] == pytest.approx([3.0, -2.0], abs=0.2)


def test_a_slightly_turned_and_larger_crop_shares_its_magnitude() -> None:
    corners = np.array(QUAD)
    middle = corners.mean(axis=0)
    angle = np.radians(5)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    other = middle + 1.1 * (corners - middle) @ turn.T
    share, _ = shared_magnitude(MAGNITUDE, sketch_face(aligned_of(draw_portrait(1), other)).magnitude)
    assert share > 0.8


def test_unrelated_gradients_coincide_only_by_chance() -> None:
    random = np.random.default_rng(0)
    shares = []
    for _ in range(20):
        noise = [cv2.GaussianBlur(random.integers(0, 255, (64, 64), dtype=np.uint8), (0, 0), 1.5) for _ in range(2)]
        shares.append(shared_magnitude(*noise)[0])
    assert max(shares) < 0.3


def test_in_the_coarse_pass_a_picture_is_itself_and_no_other_part_of_it() -> None:
    assert coarse_correlation(MAGNITUDE, MAGNITUDE) == pytest.approx(1.0, abs=1e-5)
    other = sketch_face(aligned_of(draw_portrait(1), np.add(QUAD, 120))).magnitude
    assert coarse_correlation(MAGNITUDE, other) < 0.45


def test_blank_pictures_share_nothing() -> None:
    blank = np.zeros((64, 64), np.uint8)
    assert shared_magnitude(blank, blank)[0] == 0.0
    assert shared_magnitude(MAGNITUDE, blank)[0] == 0.0
