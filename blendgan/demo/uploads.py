"""What strangers upload: bytes through the project's one decoder, and a friendly sentence for whatever is wrong."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8

from blendgan.data.decode import MAX_PIXELS, decode
from blendgan.errors import PictureError, PictureFault, UserError
from blendgan.inference.pictures import LARGEST_SIDE

Align = Callable[[bytes], Sequence[UInt8[np.ndarray, "side side 3"]]]
"""Finds faces in the bytes of a picture and gives them upright, the largest first; raises `PictureError`."""
MOST_FACES = 24
"""Of one picture, the largest ones."""
FAULTS = {
    PictureFault.EMPTY: "This file is empty. Please choose another one.",
    PictureFault.NOT_AN_IMAGE: "This file is not a picture. Please choose a JPEG, PNG or WebP file.",
    PictureFault.UNSUPPORTED: "This kind of picture is not read here. Please save it as JPEG or PNG and try again.",
    PictureFault.TRUNCATED: "A part of this picture is missing. Please copy it again, or choose another one.",
    PictureFault.TOO_LARGE: "This file is too large. Please choose a smaller one.",
    PictureFault.TOO_MANY_PIXELS: f"This picture has more than {MAX_PIXELS // 10**6} million pixels. "
    "Please choose a smaller one.",
    PictureFault.DECODE: "This picture is damaged. Please choose another one.",
}
NO_FACE = "No face was found. Please choose a picture in which a face looks towards you and is at least 80 pixels wide."


def read_style(content: bytes) -> UInt8[np.ndarray, "height width 3"]:
    """The picture, or a `UserError` that a visitor understands."""
    try:
        return decode(content, least_px=LARGEST_SIDE).pixels
    except PictureError as error:
        raise UserError(FAULTS[error.fault]) from error


def find_faces(content: bytes, align: Align) -> list[UInt8[np.ndarray, "side side 3"]]:
    """Aligned faces of the picture, or a `UserError` that a visitor understands."""
    try:
        faces = list(align(content))[:MOST_FACES]
    except PictureError as error:
        raise UserError(FAULTS[error.fault]) from error
    if not faces:
        raise UserError(NO_FACE)
    return faces


def only_uploads(component: Any) -> None:
    """Let a `gr.File` take files only: Gradio would also fetch an address that a visitor puts in the place of one.

    Paths outside of the folder of uploads are refused by Gradio itself.
    """
    import gradio as gr

    take = component.async_move_resource_to_block_cache

    async def checked(place: str | None) -> str | None:
        if place and "://" in place:
            raise gr.Error("Please upload the file itself.", print_exception=False)
        taken: str | None = await take(place)
        return taken

    component.async_move_resource_to_block_cache = checked
