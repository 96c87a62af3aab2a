"""No two faces share a cell, and nobody moves without need."""

import numpy as np

from aahq_builder.tsne.mosaic import FILLED, draw, grid_side, snap_to_grid


def test_every_face_gets_a_cell_of_its_own():
    positions = np.random.default_rng(0).standard_normal((200, 2)) ** 3
    side = grid_side(200)
    cells = snap_to_grid(positions, side)
    assert len({tuple(cell) for cell in cells}) == 200
    assert cells.min() >= 0
    assert cells.max() < side


def test_positions_that_fit_the_grid_stay_where_they_are():
    positions = np.array([[0, 0], [4, 0], [0, 4], [4, 4], [2, 2]], dtype=float)
    assert snap_to_grid(positions, 5).tolist() == positions.astype(int).tolist()


def test_faces_on_one_spot_spread_around_it():
    cells = snap_to_grid(np.zeros((9, 2)), 7)
    assert sorted(map(tuple, cells.tolist())) == [(x, y) for x in (2, 3, 4) for y in (2, 3, 4)]


def test_the_grid_leaves_room():
    assert 200 / grid_side(200) ** 2 <= FILLED


def test_up_on_the_map_is_up_in_the_picture():
    thumbnail = np.zeros((4, 4, 3), dtype=np.uint8)
    picture = draw([thumbnail], np.array([[0, 1]]), side=2)
    assert (picture[:4, :4] == 0).all()
    assert (picture[4:] > 0).all()
