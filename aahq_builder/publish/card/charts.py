"""The charts of a card, as PNG bytes: the same numbers give the same bytes, whatever the day, time zone or settings.

Nothing but counts, scores and positions is drawn, so that a release of addresses shows no picture of anybody.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from aahq_builder.publish.card.summary import shortened
from blendgan.counting import Count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#3b6ea5", "#c8553d", "#8a8a8a"
COLOURS = (BLUE, ORANGE, "#5b8c5a", "#b08a2e", "#7d5ba6", "#3f8f8b", "#a05c7b", GREY)
"""Of the most frequent sources; all further ones share the last."""
WIDTH_INCHES = 10.0
DPI = 110
MOST_BARS = 8
LONGEST_LABEL = 26
BINS = 30


@dataclass(frozen=True)
class Spread:
    """One score of the released faces, and the bounds that the filter put."""

    title: str
    values: Sequence[float]
    bounds: Sequence[float] = ()


def share_chart(panels: Mapping[str, Sequence[Count]]) -> bytes:
    """Horizontal bars, one panel beside the other: what the release holds how much of."""
    lines = {title: shortened(counts, MOST_BARS) for title, counts in panels.items()}
    most = max(map(len, lines.values()))
    with _figure(0.6 + 0.3 * most) as (figure, png):
        for axes, (title, counts) in zip(figure.subplots(1, len(lines), squeeze=False)[0], lines.items(), strict=True):
            places = range(len(counts))
            bars = axes.barh(places, [count for _, count in counts], color=BLUE)
            axes.bar_label(bars, [f"{count:,}" for _, count in counts], padding=3, fontsize=8)
            axes.set_yticks(places, [label(name) for name, _ in counts])
            axes.set_ylim(most - 0.4, -0.6)  # bars of all panels are equally thick
            axes.set_title(title)
            axes.set_xticks([])
            axes.margins(x=0.2)
            _open_frame(axes, "top", "right", "bottom")
    return png.getvalue()


def score_chart(spreads: Sequence[Spread]) -> bytes:
    """Histograms of scores, three in a row, with the filter's bounds as lines."""
    rows = -(-len(spreads) // 3)
    with _figure(2.1 * rows) as (figure, png):
        places = figure.subplots(rows, 3, squeeze=False).ravel()
        for axes, spread in zip(places, spreads, strict=False):
            axes.hist(np.array(spread.values), bins=BINS, color=BLUE)
            for bound in spread.bounds:
                axes.axvline(bound, color=ORANGE, linewidth=1.5)
            axes.set_title(spread.title)
            axes.set_ylabel("faces")
            axes.locator_params("x", nbins=6)
            axes.locator_params("y", integer=True)
            _open_frame(axes, "top", "right")
        for axes in places[len(spreads) :]:
            axes.set_axis_off()
    return png.getvalue()


def map_chart(positions: Float[np.ndarray, "faces 2"], groups: Sequence[str], order: Sequence[str]) -> bytes:
    """The style map: a dot for each face, coloured by its group; `order` has the groups, the largest first."""
    with _figure(7.0) as (figure, png):
        axes = figure.subplots()
        most = len(COLOURS) if len(order) <= len(COLOURS) else len(COLOURS) - 1
        layers = [({name}, label(name)) for name in order[:most]]
        if others := set(order[most:]):
            layers.append((others, f"{len(others)} others"))
        area = max(2.0, min(24.0, 20_000 / len(positions)))
        for (names, words), colour in zip(layers, COLOURS, strict=False):
            chosen = positions[[group in names for group in groups]]
            axes.scatter(chosen[:, 0], chosen[:, 1], s=area, c=colour, label=words, linewidths=0)
        axes.set_aspect("equal", "datalim")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_title("Style map: faces that lie near each other are drawn or painted alike")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, markerscale=(40 / area) ** 0.5)
    return png.getvalue()


def label(name: str) -> str:
    """A name as a chart shows it: short, and in letters that its font has."""
    plain = "".join(letter if " " <= letter <= "~" else "?" for letter in name)
    return plain if len(plain) <= LONGEST_LABEL else plain[: LONGEST_LABEL - 3] + "..."


@contextmanager
def _figure(height_inches: float) -> Iterator[tuple["Figure", io.BytesIO]]:
    """A figure, and where its PNG lies after the block. A person's own settings of matplotlib are left aside."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    ours: Any = {"font.size": 9, "axes.titlesize": 10, "axes.titlelocation": "left", "text.parse_math": False}
    png = io.BytesIO()
    with matplotlib.rc_context(matplotlib.rcParamsDefault | ours):
        figure = Figure(figsize=(WIDTH_INCHES, height_inches), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        yield figure, png
        figure.savefig(png, format="png", metadata={"Software": None})


def _open_frame(axes: "Axes", *sides: str) -> None:
    axes.spines[list(sides)].set_visible(False)
