"""What stands where on the page; nothing happens yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from blendgan.demo.offer import Offer
from blendgan.demo.references import Reference
from blendgan.demo.studio import Studio
from blendgan.demo.style_map import StyleMap

FIRST, SECOND = "First style", "Second style"
MOST_SEED = 9999
SMALL_PX = 128
"""Pictures of models below are shown enlarged, pixel by pixel."""
TITLE = "BlendGAN: a face in any style"
INTRODUCTION = """# A face in any style
Choose a face and a style: on the left the face as it is, on the right all style, and between them you decide.
"""
HEAD = """<style>
.gradio-container { width: 100% !important; max-width: min(1280px, 100vw) !important; margin: 0 auto !important; }
.gradio-container .main, .gradio-container .contain { width: 100%; max-width: 100% !important; }
.grid-container { grid-template-columns: repeat(4, minmax(0, 1fr)) !important; }
.gallery-item, .gallery-item .thumbnail-item { width: 100% !important; min-width: 0 !important; }
.stages, .chosen { flex-wrap: nowrap !important; gap: 8px !important; }
.stages > *, .chosen > * { min-width: 0 !important; flex: 1 1 0 !important; }
.stages .image-container, .stages .image-frame, .stages button:has(img) { width: 100% !important; }
.stages img { width: 100% !important; height: min(30vw, 300px) !important; object-fit: contain !important; }
.stages.small img { image-rendering: pixelated; }
#film video { max-height: 320px; }
/* what comes and goes is hidden while empty: shown and hidden by Gradio in quick succession, it would lose its value */
.notices:not(:has(.notice)), #face-shown:not(:has(img)), #found-faces:not(:has(img)) { display: none !important; }
.notice { margin: 0; padding: 6px 10px; border-left: 4px solid var(--color-accent); overflow-wrap: anywhere; }
#command textarea { font-family: var(--font-mono); }
@media (max-width: 640px) {
  .gradio-container .main { padding: 8px !important; }
  .gradio-container h1 { font-size: 1.3rem !important; }
  .sliders, .sliders .form { flex-direction: column !important; }
  .sliders .form > * { min-width: 100% !important; }
}
</style>"""


@dataclass(frozen=True)
class Panels:
    """What the visitor sees and uses, by name. Gradio brings no types."""

    natural: Any
    intermediate: Any
    styled: Any
    indicator: Any
    mix_share: Any
    truncation: Any
    result_notice: Any
    film_button: Any
    film: Any
    save_button: Any
    save: Any
    command: Any
    face_seed: Any
    another_face: Any
    face_upload: Any
    face_notice: Any
    found_faces: Any
    face_gallery: Any
    face_shown: Any
    which_style: Any
    style_gallery: Any
    style_map: Any
    style_upload: Any
    style_notice: Any
    style_seed: Any
    another_style: Any
    first_shown: Any
    second_shown: Any
    one_style: Any


def lay_out(studio: Studio, offer: Offer) -> Panels:
    """The page's parts, inside of an open `gr.Blocks`."""
    gr.Markdown(INTRODUCTION)
    parts = _results(studio)
    with gr.Row():
        with gr.Column(min_width=320):
            parts |= _face_side(studio, offer.faces)
        with gr.Column(min_width=320):
            parts |= _style_side(studio, offer.styles, offer.style_map)
    return Panels(**parts)


def _results(studio: Studio) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes=["stages", "small"] if studio.session.size < SMALL_PX else "stages"):
        for stage, label in (("natural", "Face"), ("intermediate", "Between"), ("styled", "Style")):
            parts[stage] = gr.Image(label=label, format="png", interactive=False, buttons=["download"], elem_id=stage)
    with gr.Row(elem_classes="sliders"):
        parts["indicator"] = gr.Slider(
            0,
            studio.layers,
            value=studio.session.indicator,
            step=1,
            precision=0,
            label="Layers of the face that stay",
            info="0 is all style; all layers are the natural face",
            elem_id="indicator",
        )
        parts["mix_share"] = gr.Slider(
            0, 1, value=0.5, step=0.01, label="Share of the second style", elem_id="mix-share"
        )
        parts["truncation"] = gr.Slider(
            0,
            1,
            value=min(max(studio.session.truncation, 0), 1),
            step=0.01,
            label="Variety of random faces",
            info="0 is the mean face; faces from pictures stay as they are",
            elem_id="truncation",
        )
    parts["result_notice"] = gr.HTML(elem_id="result-notice", elem_classes="notices")
    with gr.Row():
        parts["film_button"] = gr.Button("Film the change", elem_id="film-button")
        parts["save_button"] = gr.Button("Take the pictures home", variant="primary", elem_id="save-button")
    parts["film"] = gr.Video(
        label="Film", visible=False, autoplay=True, loop=True, interactive=False, height=340, elem_id="film"
    )
    parts["save"] = gr.File(label="Your pictures", visible=False, interactive=False, elem_id="save")
    parts["command"] = gr.Textbox(
        label="The command that draws them again, in the folder of the unpacked archive",
        visible=False,
        interactive=False,
        lines=2,
        buttons=["copy"],
        elem_id="command",
    )
    return parts


def _face_side(studio: Studio, faces: Sequence[Reference]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    gr.Markdown("## Face")
    with gr.Tabs():
        with gr.Tab("Random"):
            parts["face_seed"] = gr.Slider(
                0, MOST_SEED, value=0, step=1, precision=0, label="Number of the face", elem_id="face-seed"
            )
            parts["another_face"] = gr.Button("Another face", elem_id="another-face")
        with gr.Tab("Your picture", visible=studio.inverts):
            parts["face_upload"] = _upload("A picture with a face", "face-upload")
            parts["found_faces"] = _gallery([], "Several faces: choose one", "found-faces")
        with gr.Tab("Faces here", visible=bool(faces) and studio.inverts):
            parts["face_gallery"] = _gallery(faces, "Faces", "face-gallery")
    parts["face_notice"] = gr.HTML(elem_id="face-notice", elem_classes="notices")
    parts["face_shown"] = gr.Image(
        label="The face as it was read", interactive=False, height=180, buttons=[], elem_id="face-shown"
    )
    return parts


def _style_side(studio: Studio, styles: Sequence[Reference], style_map: StyleMap | None) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    gr.Markdown("## Style")
    parts["which_style"] = gr.Radio(
        [FIRST, SECOND], value=FIRST, label="What you choose below is the", elem_id="which-style"
    )
    with gr.Tabs():
        with gr.Tab("Gallery", visible=bool(styles) and studio.encodes):
            parts["style_gallery"] = _gallery(styles, "Styles", "style-gallery")
        with gr.Tab("Map", visible=style_map is not None and studio.encodes):
            canvas = None if style_map is None else style_map.canvas
            parts["style_map"] = gr.Image(
                canvas, label="Tap a picture", interactive=False, format="jpeg", buttons=[], elem_id="style-map"
            )
        with gr.Tab("Your picture", visible=studio.encodes):
            parts["style_upload"] = _upload("A picture in a style that you like", "style-upload")
        with gr.Tab("Random"):
            parts["style_seed"] = gr.Slider(
                0, MOST_SEED, value=0, step=1, precision=0, label="Number of the style", elem_id="style-seed"
            )
            parts["another_style"] = gr.Button("Another style", elem_id="another-style")
    parts["style_notice"] = gr.HTML(elem_id="style-notice", elem_classes="notices")
    with gr.Row(elem_classes="chosen"):
        for name, label in (("first_shown", FIRST), ("second_shown", SECOND)):
            parts[name] = gr.Image(
                label=label, interactive=False, height=160, buttons=[], elem_id=name.replace("_", "-")
            )
    parts["one_style"] = gr.Button("Without a second style", visible=False, elem_id="one-style")
    return parts


def _upload(label: str, name: str) -> Any:
    # not gr.Image, which would open a stranger's file with Pillow before our decoder sees it
    return gr.File(label=label, file_types=["image"], type="binary", elem_id=name, height=120)


def _gallery(references: Sequence[Reference], label: str, name: str) -> Any:
    return gr.Gallery(
        [(each.thumbnail, each.caption) for each in references],
        label=label,
        columns=4,
        height=340 if references else "auto",
        object_fit="cover",
        allow_preview=False,
        interactive=False,
        format="jpeg",
        buttons=[],
        elem_id=name,
    )
