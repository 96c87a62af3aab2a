import cv2
import numpy as np
import pytest

from aahq_builder.filter.registration import coarse_correlation, register
from aahq_builder.filter.sketch import sketch_face
from tests.aahq_builder.filter.build import QUAD, aligned_of, draw_portrait

MAGNITUDE = sketch_face(aligned_of(draw_portrait(1))).magnitude


def test_a_picture_shares_all_magnitude_with_itself() -> None:
    found = register(MAGNITUDE, MAGNITUDE)
    assert found.share == pytest.approx(1.0, abs=1e-2)
    assert found.transform == pytest.approx(np.eye(2, 3), abs=1e-3)


def test_a_shift_is_found_and_undone() -> None:
    moved = cv2.warpAffine(MAGNITUDE, np.array([[1, 0, 3], [0, 1, -2.0]]), (64, 64), borderMode=cv2.BORDER_REPLICATE)
    found = register(MAGNITUDE, moved)
    assert found.share > 0.95
    assert found.transform[:, 2] == pytest.approx([3.0, -2.0], abs=0.2)


def test_a_slightly_turned_and_larger_crop_shares_its_magnitude() -> None:
    corners = np.array(QUAD)
    middle = corners.mean(axis=0)
    angle = np.radians(5)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    other = middle + 1.1 * (corners - middle) @ turn.T
    share = register(MAGNITUDE, sketch_face(aligned_of(draw_portrait(1), other)).magnitude).share
    assert share > 0.8


def test_unrelated_gradients_coincide_only_by_chance() -> None:
    random = np.random.default_rng(0)
    shares = []
    for _ in range(20):
        noise = [cv2.GaussianBlur(random.integers(0, 255, (64, 64), dtype=np.uint8), (0, 0), 1.5) for _ in range(2)]
        shares.append(register(*noise).share)
    assert max(shares) < 0.3


def test_in_the_coarse_pass_a_picture_is_itself_and_no_other_part_of_it() -> None:
    assert coarse_correlation(MAGNITUDE, MAGNITUDE) == pytest.approx(1.0, abs=1e-5)
    other = sketch_face(aligned_of(draw_portrait(1), np.add(QUAD, 120))).magnitude
    assert coarse_correlation(MAGNITUDE, other) < 0.45


def test_blank_pictures_share_nothing() -> None:
    blank = np.zeros((64, 64), np.uint8)
    assert register(blank, blank).share == 0.0
    assert register(MAGNITUDE, blank).share == 0.0


def test_the_worst_region_is_the_one_that_was_drawn_anew() -> None:
    changed = MAGNITUDE.copy()
    changed[:16, 16:32] = changed[:16, 16:32][::-1, ::-1]
    found = register(MAGNITUDE, changed)
    assert found.share > 0.85
    assert found.worst_region < register(MAGNITUDE, MAGNITUDE).worst_region - 0.3


def test_regions_without_edges_do_not_differ() -> None:
    empty = MAGNITUDE.copy()
    empty[:, :32] = 0
    assert register(empty, empty).worst_region > 0.9
