"""The page of one model: its parts and their events."""

import gradio as gr

from blendgan.demo.desk import SECONDS_KEPT, Desk
from blendgan.demo.face_events import FaceEvents
from blendgan.demo.layout import TITLE, lay_out
from blendgan.demo.offer import Offer
from blendgan.demo.result_events import ResultEvents
from blendgan.demo.studio import Studio
from blendgan.demo.style_events import StyleEvents
from blendgan.demo.uploads import Align

SECONDS_BETWEEN_CLEANING = 600


def make_page(studio: Studio, align: Align, offer: Offer) -> gr.Blocks:
    """The page; a visitor's choices live in states of their own, the model is shared."""
    cleaning = SECONDS_BETWEEN_CLEANING, SECONDS_KEPT
    blocks = gr.Blocks(analytics_enabled=False, title=TITLE, delete_cache=cleaning)
    with blocks:
        desk = Desk(studio, lay_out(studio, offer))
        FaceEvents(desk, align, offer.faces)
        StyleEvents(desk, offer.styles, offer.style_map)
        ResultEvents(desk, blocks)
    return blocks
