"""What a visitor takes home: the pictures as they were drawn, what they were drawn from, and the command for it."""

import io
import zipfile

from blendgan.demo.choices import Recipe, command_line
from blendgan.demo.studio import Studio
from blendgan.inference.pictures import as_png

NAME = "blendgan-pictures.zip"
COMMAND = "command.txt"


def pack(studio: Studio, recipe: Recipe) -> tuple[bytes, str]:
    """A zip archive and the command, which is to be run in the folder that the archive is unpacked to."""
    command = command_line(recipe.config(studio.base))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for stage, pixels in studio.draw(recipe):
            archive.writestr(f"{stage}.png", as_png(pixels))
        for name, pixels in recipe.pictures.items():
            archive.writestr(name, as_png(pixels))
        archive.writestr(COMMAND, command + "\n")
    return content.getvalue(), command
