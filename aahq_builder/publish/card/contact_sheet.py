"""The contact sheet of a card: some faces whose licence is open, each with a number that its credit line carries."""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from aahq_builder.errors import ItemError
from aahq_builder.images import decode
from aahq_builder.publish.card.summary import SummedRow
from aahq_builder.publish.rows import ReleaseRow
from aahq_builder.rights.licenses import is_open
from aahq_builder.thumbnails import shrink

MOST_FACES = 24
COLUMNS = 8
TILE_PX, MARGIN_PX, CAPTION_PX = 128, 6, 18
JPEG_QUALITY = 88
PAPER, INK = "white", "#333333"


def choose(rows: Sequence[SummedRow]) -> list[SummedRow]:
    """Faces to show: those with pixels under an open licence, turn by turn from every source and artist."""
    by_source: defaultdict[str, defaultdict[str, list[SummedRow]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.has_pixels and is_open(row.license, stated_by_museum=row.rights == "open"):
            by_source[row.source][row.artist or row.artwork_id].append(row)
    return _turn_by_turn([_turn_by_turn(list(artists.values())) for artists in by_source.values()])[:MOST_FACES]


def draw(pictures: Sequence[np.ndarray]) -> bytes:
    """JPEG bytes of the sheet; every picture is `[TILE_PX, TILE_PX, 3]` uint8 and stands over its number, from 1."""
    columns = min(COLUMNS, len(pictures))
    wide, high = TILE_PX + MARGIN_PX, TILE_PX + CAPTION_PX + MARGIN_PX
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * wide + MARGIN_PX, rows * high + MARGIN_PX), PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(CAPTION_PX - 5)
    for index, pixels in enumerate(pictures):
        left, top = MARGIN_PX + index % columns * wide, MARGIN_PX + index // columns * high
        sheet.paste(Image.fromarray(pixels), (left, top))
        pen.text((left + TILE_PX // 2, top + TILE_PX + 1), str(index + 1), INK, font, anchor="ma")
    content = io.BytesIO()
    sheet.save(content, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return content.getvalue()


def contact_sheet(
    rows: Sequence[SummedRow], released: Mapping[str, ReleaseRow]
) -> tuple[bytes, list[Mapping[str, Any]]]:
    """The sheet and the columns of its faces, in the order of their numbers; no bytes if there is nothing to show."""
    pictures, shown = [], []
    for row in choose(rows):
        pixels = _tile(released[row.face_id].pixels)
        if pixels is not None:
            pictures.append(pixels)
            shown.append(released[row.face_id].facts)
    return (draw(pictures) if pictures else b""), shown


def _tile(path: Path | None) -> np.ndarray | None:
    """A face as the sheet shows it; None for a file that cannot be read, which its release row tells."""
    assert path is not None, "only faces with pixels are chosen"
    try:
        return shrink(decode(path).pixels, TILE_PX)
    except ItemError:
        return None


def _turn_by_turn(groups: Sequence[Sequence[SummedRow]]) -> list[SummedRow]:
    """The first of every group, then the second of every group, and so on."""
    return [row for row in chain.from_iterable(zip_longest(*groups)) if row is not None]
