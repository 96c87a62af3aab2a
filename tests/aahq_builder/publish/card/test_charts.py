"""Charts, looked at as pixels: lengths and dots follow the numbers, and nothing else changes a byte."""

import io
import time

import matplotlib
import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from aahq_builder.publish.card import charts
from aahq_builder.publish.card.charts import Spread, label, map_chart, score_chart, share_chart


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def coloured(png: bytes, colour: str) -> np.ndarray:
    """Where a picture has exactly this colour."""
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return (pixels(png) == wanted).all(axis=2)


def test_bars_are_as_long_as_their_counts():
    png = share_chart({"by source": [("met", 100), ("smk", 50), ("nga", 25)]})
    rows = coloured(png, charts.BLUE).sum(axis=1)
    lengths = [int(np.median(part)) for part in np.split(rows, np.flatnonzero(rows == 0)) if (part > 0).sum() > 3]
    assert len(lengths) == 3
    assert np.allclose(np.array(lengths) / lengths[0], [1, 0.5, 0.25], atol=0.01)


def test_a_bound_of_the_filter_is_a_line_among_the_faces():
    values = list(np.linspace(0, 1, 101))
    assert not coloured(score_chart([Spread("sharpness", values)]), charts.ORANGE).any()
    png = score_chart([Spread("sharpness", values, [0.25])])
    line = np.flatnonzero(coloured(png, charts.ORANGE).any(axis=0)).mean()
    bars = np.flatnonzero(coloured(png, charts.BLUE).any(axis=0))
    assert (line - bars[0]) / (bars[-1] - bars[0]) == pytest.approx(0.25, abs=0.01)


def test_dots_lie_where_the_map_puts_the_faces():
    positions = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 1.0]])
    png = map_chart(positions, ["met", "smk", "smk"], ["smk", "met"])
    legend = int(0.92 * pixels(png).shape[1])
    second, first = (np.argwhere(coloured(png, colour)[:, :legend]) for colour in charts.COLOURS[:2])
    assert first[:, 1].max() < second[:, 1].min(), "x grows to the right"
    assert second[:, 0].min() < first[:, 0].min(), "y grows upwards"


def test_the_same_numbers_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch):
    positions = np.random.default_rng(0).normal(size=(30, 2))

    def all_charts() -> list[bytes]:
        shares = share_chart({"a": [("x", 3), ("y", 1)], "b": [("z", 4)]})
        return [shares, score_chart([Spread("s", [1.0, 2.0], [1.5])]), map_chart(positions, ["x"] * 30, ["x"])]

    before = all_charts()
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    with matplotlib.rc_context({"figure.dpi": 37, "font.size": 30, "lines.linewidth": 9, "axes.facecolor": "pink"}):
        assert all_charts() == before
    monkeypatch.undo()
    time.tzset()


def test_labels_are_short_and_in_letters_that_the_font_has():
    assert label("$x$ \u4e2d\u6587") == "$x$ ??"
    assert len(label("LicenseRef-" + "x" * 300)) == charts.LONGEST_LABEL
    assert share_chart({"by licence": [("$\\frac$ \u4e2d", 1)]}), "no formula, and no letter that warns"


def test_nothing_to_show_is_an_empty_chart():
    assert not coloured(share_chart({"a": [], "b": []}), charts.BLUE).any()


@pytest.mark.parametrize("count", [1, 8, 9, 12])
def test_every_face_of_the_map_has_a_colour_however_many_groups_there_are(count: int):
    names = [f"source {n}" for n in range(count)]
    positions = np.array([[n % 4, n // 4] for n in range(count)], dtype=float)
    png = map_chart(positions, names, names)
    found = [ndimage.label(coloured(png, colour)) for colour in charts.COLOURS]
    sizes = [size for parts, _ in found for size in np.bincount(parts.ravel())[1:]]
    dots = sum(size > 20 for size in sizes)  # letters have greys of a few pixels
    assert dots == count + min(count, len(charts.COLOURS)), "the faces, and a line of the legend for each colour"
