"""A figure as pages show it: pictures in rows and columns that say what they are, and below them what was measured."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from blendgan.inference.sheet import Sheet, tile_side

FONT_PX, LINE_PX, GAP = 13, 17, 6
LETTER_PX, LARGE_LETTER_PX = 6.6, 8.0
"""Widths of a letter of the font: on the mean of a sentence, and of a single word."""
MOST_LABEL_LINES = 4
LARGEST_TILE = 160
Cell = Float[Tensor, "3 height width"] | None


@dataclass(frozen=True)
class Figure:
    """Cells are RGB in [-1, 1] of any size, or None for white; every row has one for each column."""

    columns: Sequence[str]
    rows: Sequence[str]
    cells: Sequence[Sequence[Cell]]
    caption: Sequence[str]
    """Sentences below the pictures, each on lines of its own."""
    size: int
    """Side in px of the model's pictures, from which that of the tiles follows."""


def draw_figure(figure: Figure) -> UInt8[np.ndarray, "height width 3"]:
    """The figure with labels at the left and on top, and the caption."""
    tile = min(tile_side(figure.size), LARGEST_TILE)
    sheet = Sheet(len(figure.rows), len(figure.columns), tile)
    for row, cells in enumerate(figure.cells):
        for column, cell in enumerate(cells):
            sheet.paste(row, column, cell)
    columns, rows = wrapped(figure.columns, tile), wrapped(figure.rows, tile)
    left, top = tile + GAP, max(len(lines) for lines in columns) * LINE_PX + GAP
    height, width = sheet.canvas.shape[:2]
    below = [line for sentence in figure.caption for line in textwrap.wrap(sentence, int((left + width) / LETTER_PX))]
    canvas = Image.new("RGB", (left + width + GAP, top + height + 2 * GAP + len(below) * LINE_PX), "white")
    canvas.paste(Image.fromarray(sheet.canvas), (left, top))
    write = Writer(canvas)
    for column, lines in enumerate(columns):
        write(lines, left + column * tile + GAP // 2, top - len(lines) * LINE_PX - GAP // 2)
    for row, lines in enumerate(rows):
        write(lines, GAP, top + row * tile + (tile - len(lines) * LINE_PX) // 2)
    write(below, GAP, top + height + GAP)
    return np.asarray(canvas)


class Writer:
    """Lines of text upon a picture, in the font that Pillow carries."""

    def __init__(self, canvas: Image.Image) -> None:
        self.pen, self.font = ImageDraw.Draw(canvas), ImageFont.load_default(FONT_PX)

    def __call__(self, lines: Sequence[str], x: int, y: int) -> None:
        """Write the lines with their upper left corner at a place."""
        for number, line in enumerate(lines):
            self.pen.text((x, y + number * LINE_PX), line, fill="black", font=self.font)


def wrapped(labels: Sequence[str], width: int) -> list[list[str]]:
    """Labels as lines that fit into `width` px; the end of one that is too long is left out."""
    return [
        textwrap.wrap(label, letters(width), max_lines=MOST_LABEL_LINES, placeholder="…") if label else [""]
        for label in labels
    ]


def letters(width: int) -> int:
    """How many letters fit into `width` px."""
    return max(4, int(width / LARGE_LETTER_PX))
