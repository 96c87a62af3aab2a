"""Curves out of a training log, as SVG for a page."""

import io
import json
from pathlib import Path

import numpy as np

SMOOTHING_POINTS = 60


def curves(log: Path, groups: tuple[str, ...], unit: str = "loss") -> str:
    """Plot the quantities of a JSON-lines training log whose names begin with one of `groups`; empty without a log."""
    if not log.exists():
        return ""
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    names = sorted({name for row in rows for name in row if name.startswith(groups)})
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.2), layout="constrained")
    axes = figure.subplots()
    for name in names:
        points = np.array([(row["step"], row[name]) for row in rows if name in row])
        axes.plot(*_smoothed(points).T, label=name.replace("/", ": ").replace("_", " "), linewidth=1.3)
    axes.set_xlabel("step")
    axes.set_ylabel(unit)
    axes.grid(alpha=0.25)
    axes.legend(ncols=2, fontsize="small", frameon=False)
    svg = io.StringIO()
    figure.savefig(svg, format="svg", metadata={"Date": None})
    return svg.getvalue()[svg.getvalue().index("<svg") :]


def _smoothed(points: np.ndarray) -> np.ndarray:
    """Means over equal shares of the log, so that a noisy curve can be read."""
    return np.array([share.mean(axis=0) for share in np.array_split(points, min(len(points), SMOOTHING_POINTS))])
