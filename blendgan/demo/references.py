"""The folders of pictures that a demo offers: small copies for the page, and what is known of who made them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from blendgan.console import Console
from blendgan.data.decode import decode
from blendgan.data.folder import picture_files
from blendgan.data.metadata import Facts, facts_below
from blendgan.data.pixels import area_averaged
from blendgan.errors import PictureError, UserError

THUMBNAIL_PX = 128
MOST_PICTURES = 120
"""More would make the page slow to load and tiresome to look through."""
MOST_LETTERS = 80


@dataclass(frozen=True)
class Reference:
    """A picture that visitors may choose."""

    path: Path
    facts: Facts
    """Its line in metadata.jsonl, if it has one."""
    thumbnail: UInt8[np.ndarray, "side side 3"]

    @cached_property
    def caption(self) -> str:
        """Title, artist and licence, as far as they are known."""
        words = [str(self.facts[name]) for name in ("title", "artist", "license") if self.facts.get(name)]
        text = ", ".join(words) or self.path.stem
        return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"

    def pixels(self) -> UInt8[np.ndarray, "height width 3"]:
        """The whole picture."""
        try:
            return decode(self.path).pixels
        except (PictureError, OSError) as error:
            raise UserError("This picture cannot be read any more. Please choose another one.") from error


def open_references(place: Path, console: Console, preferred: Sequence[str] = ()) -> list[Reference]:
    """Up to `MOST_PICTURES` of a folder, spread evenly over it, those whose stem is `preferred` before others.

    What its `metadata.jsonl` marks as denied or removed is not shown.
    """
    paths, facts = picture_files(place), facts_below(place)
    wanted = set(preferred)
    some = [path for path in paths if path.stem in wanted] or paths
    count = min(len(some), MOST_PICTURES)
    found = []
    for path in (some[k * len(some) // count] for k in range(count)):
        try:
            thumbnail = _thumbnail(decode(path).pixels)
        except (PictureError, OSError) as error:
            console.warn(f"left out {path}: {error}")
            continue
        found.append(Reference(path, facts.get(path, {}), thumbnail))
    if not found:
        raise UserError(f"{place} holds no picture that can be read; give another folder")
    if len(paths) > len(found):
        console.info(f"{len(found)} of the {len(paths)} pictures in {place} are offered")
    return found


def _thumbnail(pixels: np.ndarray) -> np.ndarray:
    """The middle square."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return area_averaged(np.ascontiguousarray(pixels[top : top + side, left : left + side]), THUMBNAIL_PX, THUMBNAIL_PX)
