"""The page of one model: its parts and their events."""

from collections.abc import Sequence

import gradio as gr

from blendgan.demo.desk import SECONDS_KEPT, Desk
from blendgan.demo.face_events import FaceEvents
from blendgan.demo.layout import TITLE, lay_out
from blendgan.demo.references import Reference
from blendgan.demo.result_events import ResultEvents
from blendgan.demo.studio import Studio
from blendgan.demo.style_events import StyleEvents
from blendgan.demo.style_map import StyleMap
from blendgan.demo.uploads import Align

SECONDS_BETWEEN_CLEANING = 600


def make_page(
    studio: Studio,
    align: Align,
    faces: Sequence[Reference] = (),
    styles: Sequence[Reference] = (),
    style_map: StyleMap | None = None,
) -> gr.Blocks:
    """The page; a visitor's choices live in states of their own, the model is shared."""
    with gr.Blocks(
        analytics_enabled=False, title=TITLE, delete_cache=(SECONDS_BETWEEN_CLEANING, SECONDS_KEPT)
    ) as blocks:
        desk = Desk(studio, lay_out(studio, faces, styles, style_map))
        FaceEvents(desk, align, faces)
        StyleEvents(desk, styles, style_map)
        ResultEvents(desk, blocks)
    return blocks
