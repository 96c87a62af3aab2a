"""Maps of the same drawings side by side, coloured by technique."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Int

COLOURS = "tab20"
PANEL_INCHES, LEGEND_INCHES, DPI = 4.6, 1.0, 110
DOT = 26


def draw_maps(
    maps: Mapping[str, Float[np.ndarray, "pictures 2"]],
    styles: Int[np.ndarray, " pictures"],
    names: Sequence[str],
    caption: str,
) -> bytes:
    """A PNG: a panel for each map under its title, one legend for all, the caption below.

    The same numbers give the same bytes.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.size": 10}):
        figure = Figure((PANEL_INCHES * len(maps), PANEL_INCHES + LEGEND_INCHES), dpi=DPI, layout="constrained")
        colours = mpl.colormaps[COLOURS]
        panels = figure.subplots(1, len(maps), squeeze=False)[0]
        for axes, (title, positions) in zip(panels, maps.items(), strict=True):
            for number, name in enumerate(names):
                own = positions[styles == number]
                axes.scatter(*own.T, s=DOT, color=colours(number % colours.N), label=name, linewidths=0)
            axes.set_title(title)
            axes.set_aspect("equal", adjustable="datalim")
            axes.set_xticks([])
            axes.set_yticks([])
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=6, frameon=False)
        figure.supxlabel(caption, fontsize=9)
        png = io.BytesIO()
        figure.savefig(png, format="png", metadata={"Software": None, "Description": caption})
    return png.getvalue()
