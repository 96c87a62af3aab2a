"""Quality against the indicator: one panel a measure, one line a model, as SVG for a page."""

import io
from collections.abc import Sequence
from math import ceil

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blendgan.evaluation.reading import MEASURES, Reading

COLUMNS = 3


def quality_curves(readings: Sequence[Reading]) -> str:
    """One plot of what was measured at two or more indicators."""
    panels = panels_of(readings)
    rows = ceil(len(panels) / COLUMNS)
    with mpl.rc_context({"svg.hashsalt": "evaluation", "text.parse_math": False}):
        figure = Figure(figsize=(4 * COLUMNS, 2.7 * rows + 0.5), layout="constrained")
        for place, panel in enumerate(panels, 1):
            draw(panel, figure.add_subplot(rows, COLUMNS, place))
        figure.supxlabel("indicator i: first layers that keep the face alone", fontsize="small")
        if panels:
            handles, labels = figure.axes[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside upper left", ncols=2, fontsize="small", frameon=False)
        svg = io.StringIO()
        figure.savefig(svg, format="svg", metadata={"Date": None})
    return svg.getvalue()[svg.getvalue().index("<svg") :]


def draw(panel: Sequence[Reading], axes: Axes) -> None:
    """One measure: a line for each model."""
    first = panel[0]
    arrow = {"higher": "↑", "lower": "↓"}[MEASURES[first.measure].better]
    axes.set_title(f"{first.title} {arrow}", fontsize="small")
    for model in dict.fromkeys(some.model for some in panel):
        own = [some for some in panel if some.model == model]
        indicators, values = [some.indicator for some in own], [some.value for some in own]
        axes.plot(indicators, values, marker="o", markersize=4, linewidth=1.3, label=model)
    axes.set_xticks(sorted({some.indicator for some in panel}))
    axes.grid(alpha=0.25)


def panels_of(readings: Sequence[Reading]) -> list[list[Reading]]:
    """Readings that share a panel, where they make a curve."""
    names = dict.fromkeys((some.measure, some.against) for some in readings)
    panels = [[some for some in readings if (some.measure, some.against) == name] for name in names]
    return [panel for panel in panels if len({some.indicator for some in panel}) > 1]
