"""What a visitor takes home: the pictures as they were drawn, what they were drawn from, and the command for it."""

import io
import zipfile

import numpy as np
from PIL import Image

from blendgan.demo.choices import Recipe, command_line
from blendgan.demo.studio import Studio

NAME = "blendgan-pictures.zip"
COMMAND = "command.txt"


def pack(studio: Studio, recipe: Recipe) -> tuple[bytes, str]:
    """A zip archive and the command, which is to be run in the folder that the archive is unpacked to."""
    command = command_line(recipe.config(studio.base))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for stage, pixels in studio.draw(recipe):
            archive.writestr(f"{stage}.png", png(pixels))
        for name, pixels in recipe.pictures.items():
            archive.writestr(name, png(pixels))
        archive.writestr(COMMAND, command + "\n")
    return content.getvalue(), command


def png(pixels: np.ndarray) -> bytes:
    """uint8 RGB [H, W, 3] without loss and without anything else that was in a visitor's file."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, format="PNG")
    return content.getvalue()
