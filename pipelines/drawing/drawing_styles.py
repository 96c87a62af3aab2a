"""Ten filters that stand in for styles where the right answer must be known: no art, and nobody's hand.

Each is a few lines of OpenCV with fixed numbers, made for pictures of about 128 px. What a painter does, choosing what
to leave out, none of them does: whatever learns or is judged with them has learned filters, and says nothing about art.
"""

from collections.abc import Callable

import cv2
import numpy as np

Picture = np.ndarray
"""[size, size, 3] uint8 RGB."""
Filter = Callable[[Picture], Picture]
"""Gives a drawing of the same size."""
LIGHT = np.array([[-2, -1, 0], [-1, 0, 1], [0, 1, 2]], np.float32)
"""A slope towards the upper left is bright."""
CLAY = np.array([1.0, 0.78, 0.6], np.float32)


def pencil(image: Picture) -> Picture:
    """Graphite on white paper: the picture over its own blurred negative."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return _grey(cv2.divide(grey, 255 - cv2.GaussianBlur(255 - grey, (0, 0), 4), scale=256))


def ink(image: Picture) -> Picture:
    """Black lines on sepia."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (0, 0), 1)
    lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 4)
    return _two_colours(lines == 0, (40, 26, 13), (244, 228, 193))


def cartoon(image: Picture) -> Picture:
    """Flat colours inside dark outlines."""
    flat = image
    for _ in range(4):
        flat = cv2.bilateralFilter(flat, 7, 40, 7)
    flat = np.minimum(flat // 48, 4) * 48 + 24
    grey = cv2.medianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), 5)
    lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 7, 5)
    return cv2.bitwise_and(flat, flat, mask=lines)


def watercolour(image: Picture) -> Picture:
    """Smooth patches, lightened."""
    patches: Picture = np.clip(cv2.stylization(image, sigma_s=40, sigma_r=0.5) * 0.8 + 60, 0, 255).astype(np.uint8)
    return patches


def oil(image: Picture) -> Picture:
    """Broad strokes: medians of large windows with lively colours."""
    strokes = cv2.cvtColor(cv2.medianBlur(image, 9), cv2.COLOR_RGB2HSV)
    strokes[..., 1] = np.clip(strokes[..., 1] * 1.5, 0, 255)
    return cv2.cvtColor(strokes, cv2.COLOR_HSV2RGB)


def halftone(image: Picture) -> Picture:
    """Dots of newspaper print."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    rows, columns = np.mgrid[: grey.shape[0], : grey.shape[1]]
    screen = 127 + 127 * np.sin((rows + columns) * 0.9) * np.sin((rows - columns) * 0.9)
    return _grey(np.where(grey > screen, 255, 0).astype(np.uint8))


def hatching(image: Picture) -> Picture:
    """Blue ballpoint: more directions of lines where it is darker."""
    grey = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    rows, columns = np.mgrid[: grey.shape[0], : grey.shape[1]]
    drawn = np.zeros(grey.shape, bool)
    for limit, phase in ((180, rows + columns), (110, rows - columns), (60, rows)):
        drawn |= (grey < limit) & (phase % 5 == 0)
    return _two_colours(drawn, (20, 40, 150), (250, 250, 245))


def mosaic(image: Picture) -> Picture:
    """Tiles with dark joints."""
    size, tile = image.shape[0], 6
    small = cv2.resize(image, (size // tile, size // tile), interpolation=cv2.INTER_AREA)
    tiles: Picture = cv2.resize(small, (size, size), interpolation=cv2.INTER_NEAREST)
    joints = (np.arange(size) % tile == 0)[:, None] | (np.arange(size) % tile == 0)[None, :]
    tiles[joints] = tiles[joints] // 3
    return tiles


def neon(image: Picture) -> Picture:
    """Glowing edges in the dark."""
    edges = cv2.Laplacian(cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 1), cv2.COLOR_RGB2GRAY), cv2.CV_32F)
    glow = np.clip(np.abs(edges) * 12, 0, 255).astype(np.uint8)
    coloured: Picture = cv2.cvtColor(cv2.applyColorMap(glow, cv2.COLORMAP_PLASMA), cv2.COLOR_BGR2RGB)
    return coloured


def relief(image: Picture) -> Picture:
    """Clay, lit from the upper left."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    lit: np.ndarray = cv2.filter2D(grey, cv2.CV_32F, LIGHT) + 128
    return np.clip(lit[..., None] * CLAY, 0, 255).astype(np.uint8)


def _two_colours(drawn: np.ndarray, ink: tuple[int, int, int], paper: tuple[int, int, int]) -> Picture:
    return np.where(drawn[..., None], ink, paper).astype(np.uint8)


def _grey(channel: np.ndarray) -> Picture:
    return np.repeat(channel[..., None], 3, axis=2)


STYLES: dict[str, Filter] = {
    style.__name__: style
    for style in (pencil, ink, cartoon, watercolour, oil, halftone, hatching, mosaic, neon, relief)
}
