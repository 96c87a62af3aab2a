"""Thumbnails in texture atlases: up to a thousand in one WebP file, those of neighbours on the map in the same one."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from jaxtyping import Float, Int

from aahq_builder.thumbnails import from_jpeg, shrink

ATLAS_PX = 1536
"""Both sides of 48 and 128 divide it; 9 MB when decoded."""
SMALL_PX, LARGE_PX = 48, 128
MOST_LARGE = 4000
"""Of so many faces a page carries thumbnails of 128 px: about 20 MB."""
QUALITY = 75


def tile_side(count: int) -> int:
    """Side of a thumbnail in px, so that a page of 33,000 faces stays below 60 MB."""
    return LARGE_PX if count <= MOST_LARGE else SMALL_PX


def along_curve(positions: Float[np.ndarray, "faces 2"]) -> Int[np.ndarray, "faces"]:
    """Order along a Z-curve (Morton 1966): what is near on the map is near in it, so that a view needs few atlases."""
    low = positions.min(axis=0)
    extent = float((positions.max(axis=0) - low).max()) or 1.0
    cells = ((positions - low) / extent * 65535).astype(np.uint32)
    return np.argsort(_spread(cells[:, 0]) | (_spread(cells[:, 1]) << np.uint32(1)), kind="stable")


def draw_atlases(thumbnails: Sequence[bytes], px: int) -> Iterator[bytes]:
    """WebP files of JPEG thumbnails, `ATLAS_PX // px` in a row and as many rows; the last file is lower."""
    columns = ATLAS_PX // px
    for start in range(0, len(thumbnails), columns**2):
        part = thumbnails[start : start + columns**2]
        canvas = np.zeros((-(-len(part) // columns) * px, ATLAS_PX, 3), dtype=np.uint8)
        for index, picture in enumerate(part):
            top, left = index // columns * px, index % columns * px
            canvas[top : top + px, left : left + px] = shrink(from_jpeg(picture), px)
        done, encoded = cv2.imencode(".webp", canvas[:, :, ::-1], [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
        assert done, "OpenCV could not encode an atlas"
        yield encoded.tobytes()


def _spread(values: Int[np.ndarray, "faces"]) -> Int[np.ndarray, "faces"]:
    """16 bits apart from each other: bit i moves to bit 2 i."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        values = (values | (values << np.uint32(shift))) & np.uint32(mask)
    return values
