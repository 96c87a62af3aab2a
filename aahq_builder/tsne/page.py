"""The style map as one HTML file that opens without a network: bokeh inline, thumbnails as data URIs.

Titles and names come from strangers; bokeh escapes what fills a tooltip, the rest is escaped here.
"""

import html
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from aahq_builder.thumbnails import data_uri, from_jpeg, jpeg, shrink
from aahq_builder.tsne.shown import Cluster, MapFace

MOST_THUMBNAILS_ON_PLOT = 2000
"""Above this, faces are dots that show their picture under the pointer."""
SMALL_PX, SMALL_QUALITY = 48, 70
NAMED_COLOURS = 9
OTHERS = "all others"

TOOLTIP = """
<div style="display:flex; gap:10px; max-width:360px">
  <img src="@thumbnail" width="96" height="96" alt="">
  <div style="overflow-wrap:anywhere"><b>@title</b><br>@artist<br><small>@license<br>@face_id</small></div>
</div>
"""

HIGHLIGHT = """
const words = cb_obj.value.toLowerCase().trim();
const texts = source.data.search, alpha = source.data.alpha;
for (let i = 0; i < texts.length; i++) alpha[i] = texts[i].includes(words) ? 1 : 0.08;
source.change.emit();
"""


def small(picture: bytes) -> bytes:
    """A thumbnail of about 1 kB: 33,000 of them make a page of 50 MB, which browsers still open."""
    return jpeg(shrink(from_jpeg(picture), SMALL_PX), SMALL_QUALITY)


def colour_groups(names: Sequence[str]) -> list[str]:
    """Each name, or `all others` if it is not among the most frequent (ties in alphabetical order)."""
    ranked = sorted(Counter(names).items(), key=lambda item: (-item[1], item[0]))
    named = {name for name, _ in ranked[:NAMED_COLOURS]}
    return [name if name in named else OTHERS for name in names]


def render(faces: Sequence[MapFace], title: str, remarks: Sequence[str], clusters: Sequence[Cluster] = ()) -> str:
    """The whole page."""
    from bokeh.embed import file_html
    from bokeh.layouts import column
    from bokeh.models.widgets import Div
    from bokeh.resources import INLINE

    paragraphs = "".join(f"<p>{html.escape(remark)}</p>" for remark in remarks)
    heading = Div(text=f"<h1>{html.escape(title)}</h1>{paragraphs}", sizing_mode="stretch_width")
    layout = column(heading, *_plot(faces), sizing_mode="stretch_both")
    page = file_html(layout, resources=INLINE, title=title)
    return page.replace('<html lang="en">', '<html lang="en" style="height:100%">', 1)


def _columns(faces: Sequence[MapFace], few: bool) -> dict[str, Sequence[Any] | Any]:
    return {
        "x": [face.x for face in faces],
        "y": [face.y for face in faces],
        "face_id": [face.face_id for face in faces],
        "title": [face.title for face in faces],
        "artist": [face.artist for face in faces],
        "license": [face.license for face in faces],
        "group": colour_groups([face.artist for face in faces]),
        "search": [f"{face.title} {face.artist} {face.source} {face.face_id}".lower() for face in faces],
        "thumbnail": [data_uri(face.thumbnail if few else small(face.thumbnail)) for face in faces],
        "alpha": [1.0] * len(faces),
    }


def _plot(faces: Sequence[MapFace]) -> list[Any]:
    from bokeh.models import ColumnDataSource, CustomJS, HoverTool
    from bokeh.models.widgets import TextInput
    from bokeh.palettes import Category10_10
    from bokeh.plotting import figure
    from bokeh.transform import factor_cmap

    few = len(faces) <= MOST_THUMBNAILS_ON_PLOT
    source = ColumnDataSource(_columns(faces, few))
    plot = figure(
        tools="pan,wheel_zoom,box_zoom,reset",
        active_scroll="wheel_zoom",
        match_aspect=True,
        sizing_mode="stretch_both",
        min_height=500,
        output_backend="webgl",
    )
    plot.axis.visible = plot.grid.visible = False
    groups = [*sorted(set(source.data["group"]) - {OTHERS}), OTHERS]
    colour = factor_cmap("group", palette=Category10_10[: len(groups)], factors=groups)
    look: dict[str, Any] = {"color": colour, "alpha": "alpha", "legend_group": "group", "source": source}
    if few:
        side = _thumbnail_extent(faces)
        frames: Any = plot.rect("x", "y", width=side * 1.12, height=side * 1.12, **look)
        plot.image_url("thumbnail", "x", "y", w=side, h=side, anchor="center", global_alpha="alpha", source=source)
    else:
        frames = plot.scatter("x", "y", size=7, **look)
    plot.add_tools(HoverTool(tooltips=TOOLTIP, renderers=[frames]))
    plot.legend.title, plot.legend.background_fill_alpha = "artist", 0.7
    search = TextInput(title="Show only faces whose title, artist, source or id contains", name="search")
    search.js_on_change("value_input", CustomJS(args={"source": source}, code=HIGHLIGHT))
    return [search, plot]


def _thumbnail_extent(faces: Sequence[MapFace]) -> float:
    """Side of a thumbnail in map units: the faces would cover a third of the map if none overlapped."""
    positions = np.array([[face.x, face.y] for face in faces])
    extent = float(np.ptp(positions, axis=0).max()) or 1.0
    return extent * float(np.sqrt(0.33 / max(len(faces), 4)))
