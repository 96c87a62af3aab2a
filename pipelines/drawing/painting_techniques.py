"""Twelve ways to paint the same portrait in its own colours: what differs is the stroke, not the palette.

`benchmarks/drawing_sheet.py` makes a sheet of them.

The styles of `drawing_styles.py` can be told apart by their colours alone. These are the harder half of the question:
whoever goes by colour confuses the portrait with the painting.
"""

from functools import partial

import cv2
import numpy as np

from pipelines.drawing.drawing_styles import Filter, Picture


def crayon(image: Picture) -> Picture:
    """Coloured pencil, soft: grain of the paper shows through everywhere."""
    return _shaded(image, 0.75 + 0.5 * _paper(image, grain=0.7))


def coloured_pencil(image: Picture) -> Picture:
    """Coloured pencil, hard: fine strokes in one direction, light where the paper is left."""
    strokes = cv2.filter2D(_noise(image), cv2.CV_32F, np.eye(9, dtype=np.float32) / 9)
    return _towards_white(image, np.clip(0.3 + strokes * 0.45, 0, 0.7))


def hatched(image: Picture) -> Picture:
    """Ink hatching over a wash: darker lines, closer in the shadows."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    drawn = ((rows + columns) % 6 == 0) & (grey < 190) | ((rows - columns) % 6 == 0) & (grey < 90)
    return _shaded(image, np.where(drawn, 0.55, 1.1))


def cartoon(image: Picture) -> Picture:
    """Flat patches and thin dark outlines."""
    flat = image
    for _ in range(4):
        flat = cv2.bilateralFilter(flat, 7, 40, 7)
    grey = cv2.medianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), 3)
    lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 6)
    return _shaded(flat, np.where(lines > 0, 1.0, 0.4))


def gouache(image: Picture) -> Picture:
    """Smooth areas with crisp borders (edge-preserving filter)."""
    return cv2.edgePreservingFilter(image, flags=cv2.RECURS_FILTER, sigma_s=30, sigma_r=0.4)


def oil(image: Picture, brush: int) -> Picture:
    """Each spot takes the mean colour of the commonest brightness under the brush."""
    levels = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) // 26
    window = (2 * brush + 1, 2 * brush + 1)
    votes = np.stack([cv2.boxFilter((levels == level).astype(np.float32), -1, window) for level in range(10)])
    winner = votes.argmax(axis=0)
    painted = np.zeros(image.shape, np.float32)
    for level in range(10):
        mask = (levels == level).astype(np.float32)
        colour = cv2.boxFilter(image * mask[..., None], -1, window) / np.maximum(votes[level], 1e-6)[..., None]
        painted = np.where((winner == level)[..., None], colour, painted)
    return _bytes(painted)


def watercolour(image: Picture) -> Picture:
    """Pale washes that pool at their borders, on rough paper."""
    wash = cv2.pyrMeanShiftFiltering(image, sp=6, sr=18)
    edges = cv2.morphologyEx(cv2.cvtColor(wash, cv2.COLOR_RGB2GRAY), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return _shaded(
        _towards_white(wash, np.full(edges.shape, 0.3)),
        1.0 - 0.35 * np.minimum(edges / 128, 1) + 0.15 * (_paper(image, 0.5) - 0.5),
    )


def pointillism(image: Picture) -> Picture:
    """Round dabs of pure colour on the ground of the canvas."""
    step = 4
    random = np.random.default_rng(0)
    canvas = _towards_white(cv2.blur(image, (9, 9)), np.full(image.shape[:2], 0.35))
    rows, columns = np.mgrid[0 : image.shape[0] : step, 0 : image.shape[1] : step]
    centres = np.stack([rows, columns], axis=-1).reshape(-1, 2)
    for row, column in random.permutation(centres):
        at = np.clip(np.array([row, column]) + random.integers(-1, 2, 2), 0, np.array(image.shape[:2]) - 1)
        cv2.circle(canvas, (int(at[1]), int(at[0])), 2, image[tuple(at)].tolist(), -1, cv2.LINE_AA)
    return canvas


def digital(image: Picture) -> Picture:
    """Polished on a screen: every detail brought out."""
    return cv2.detailEnhance(image, sigma_s=10, sigma_r=0.25)


def poster(image: Picture) -> Picture:
    """Screen print: four tones a channel, borders smoothed."""
    return cv2.medianBlur((cv2.medianBlur(image, 3) // 64) * 64 + 32, 3)


def soft_focus(image: Picture) -> Picture:
    """Pastel rubbed with a finger: no edge is left, a faint grain lies on top."""
    return _shaded(cv2.GaussianBlur(image, (0, 0), 2), 0.95 + 0.1 * _paper(image, grain=0.6))


def _shaded(image: Picture, light: np.ndarray) -> Picture:
    return _bytes(image * light[..., None])


def _towards_white(image: Picture, share: np.ndarray) -> Picture:
    return _bytes(image + (255.0 - image) * share[..., None])


def _noise(image: Picture) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 1, image.shape[:2]).astype(np.float32)


def _paper(image: Picture, grain: float) -> np.ndarray:
    """Rough paper: smooth noise of unit range, about 0.5."""
    rough = cv2.GaussianBlur(_noise(image), (0, 0), grain)
    paper: np.ndarray = np.clip(0.5 + rough / (4 * rough.std()), 0, 1)
    return paper


def _bytes(values: np.ndarray) -> Picture:
    pixels: Picture = np.clip(values, 0, 255).astype(np.uint8)
    return pixels


TECHNIQUES: dict[str, Filter] = {
    "crayon": crayon,
    "coloured pencil": coloured_pencil,
    "hatching": hatched,
    "cartoon": cartoon,
    "gouache": gouache,
    "oil, fine brush": partial(oil, brush=2),
    "oil, broad brush": partial(oil, brush=4),
    "watercolour": watercolour,
    "pointillism": pointillism,
    "digital": digital,
    "poster": poster,
    "pastel": soft_focus,
}
