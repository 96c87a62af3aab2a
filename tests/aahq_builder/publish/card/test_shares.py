"""Shares against slow counts."""

import dataclasses
from collections import Counter

import numpy as np
import pytest

from aahq_builder.publish.card.shares import (
    MAP_CELLS,
    centuries,
    century_of,
    map_spread,
    share_of_frequent_artists,
    share_of_grey,
)
from aahq_builder.publish.card.summary import SummedRow, shortened

ROW = SummedRow("a-0", "dlib", "dlib-68", 100.0, "a", "met", "Ann", "1665", "CC0-1.0", "open", None, True)


@pytest.mark.parametrize(
    ("written", "century"),
    [
        *(("1665", 17), ("c. 1650-60", 17), ("ca. 1799/1801", 18), ("1900", 20), ("1900s", 20), ("1700-tallet", 18)),
        *(("17th century", 17), ("18e eeuw", 18), ("19. århundrede", 19)),
        *(("2021-05-03T10:00:00Z", 21), ("03/05/2021", 21), ("1085", 11)),
        *(("", None), (None, None), ("n.d.", None), ("12345", None), ("200 BC", None), ("Roman", None)),
    ],
)
def test_the_century_is_read_from_what_museums_write(written: str | None, century: int | None):
    assert century_of(written) == century


def test_centuries_come_in_order_of_time_with_the_undated_last():
    dates = ["1999", "1350", None, "1665", "1601", "unknown", "1210", "2001"]
    counted = centuries([dataclasses.replace(ROW, date=date) for date in dates])
    assert counted == [("before 1400", 2), ("17th", 2), ("20th", 1), ("21st", 1), ("no date", 2)]


def test_the_share_of_frequent_artists_leaves_out_the_unnamed():
    artists = [f"artist {n}" for n in range(20)] + ["artist 0"] * 5 + [None] * 5
    rows = [dataclasses.replace(ROW, artist=artist) for artist in artists]
    assert share_of_frequent_artists(rows) == (6 + 9) / 30
    assert share_of_frequent_artists([]) == 0


def test_greyscale_is_a_share_of_what_was_measured():
    assert share_of_grey([0.0, 0.01, 0.2, 0.3]) == 0.5
    assert share_of_grey([]) is None


def test_half_of_the_faces_lie_in_the_fewest_cells_that_hold_them():
    positions = np.random.default_rng(0).normal(size=(200, 2)) ** 3
    low, extent = positions.min(axis=0), (positions.max(axis=0) - positions.min(axis=0)).max()
    cells = Counter(
        tuple(
            min(int((value - edge) / extent * MAP_CELLS), MAP_CELLS - 1) for value, edge in zip(place, low, strict=True)
        )
        for place in positions
    )
    held, crowded = 0, 0
    for _, count in cells.most_common():
        held, crowded = held + count, crowded + 1
        if held >= 100:
            break
    spread = map_spread(positions)
    assert spread is not None
    assert (spread.cells, spread.crowded) == (len(cells), crowded)
    alike = map_spread(np.zeros((5, 2)))
    assert alike is not None and (alike.cells, alike.crowded) == (1, 1)
    assert map_spread(np.zeros((0, 2))) is None


def test_a_long_list_is_cut_and_its_rest_added_up():
    counts = [(f"name {n}", 100 - n) for n in range(30)]
    short = shortened(counts, 10)
    assert len(short) == 10
    assert short[-1] == ("21 others", sum(count for _, count in counts[9:]))
    assert shortened(counts[:10], 10) == counts[:10]
