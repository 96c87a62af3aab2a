"""A sketch of a picture: its gradients at 64 x 64 px, from which copies are recognised.

Copies of a picture keep its gradients when they are re-encoded, scaled, recoloured or mirrored; other pictures of the
same artist, or of the same sitter, have theirs elsewhere. A sketch holds a coarse `descriptor` (a histogram of gradient
directions), which finds candidate pairs among a million faces; the gradient `magnitude`, by which `registration.py`
compares a pair; and `colours`, which `colours.py` compares after registration.
"""

from dataclasses import dataclass

import cv2
import numpy as np

SKETCH_VERSION = "3"
GRADIENT_PX = 64
CELLS = 4
DIRECTIONS = 8
SMOOTHING_PX = 1.0
MAGNITUDE_UNIT = 10.0
"""Stored values per unit; the unit is the square root of a slope in grey levels per two pixels."""
COLOURS_PX = 32
DESCRIPTOR_BYTES = CELLS * CELLS * DIRECTIONS
COLOUR_BYTES = COLOURS_PX * COLOURS_PX * 3
SKETCH_BYTES = DESCRIPTOR_BYTES + COLOUR_BYTES + GRADIENT_PX * GRADIENT_PX
FACE_MARGIN, FACE_CORE_MARGIN = 0.06, 0.15
"""Border, as a share of the side, that is cut off an aligned face before its gradient magnitude is taken (padding) and
before its descriptor is (hair, background)."""


@dataclass(frozen=True)
class Sketch:
    """What is kept of a picture to recognise its copies: 7,296 bytes."""

    descriptor: np.ndarray
    """uint8 [4, 4, 8]: cell row, cell column, gradient direction; each cell relative to its own magnitude."""
    colours: np.ndarray
    """uint8 [32, 32, 3]: RGB of the same area as `magnitude`."""
    magnitude: np.ndarray
    """uint8 [64, 64]: gradient magnitude, see `MAGNITUDE_UNIT`."""

    def to_bytes(self) -> bytes:
        """As the journal stores it."""
        return self.descriptor.tobytes() + self.colours.tobytes() + self.magnitude.tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Sketch":
        """Read what `to_bytes` wrote."""
        values = np.frombuffer(stored, np.uint8)
        descriptor, colours, magnitude = np.split(values, [DESCRIPTOR_BYTES, DESCRIPTOR_BYTES + COLOUR_BYTES])
        return cls(
            descriptor.reshape(CELLS, CELLS, DIRECTIONS),
            colours.reshape(COLOURS_PX, COLOURS_PX, 3),
            magnitude.reshape(GRADIENT_PX, GRADIENT_PX),
        )

    def mirrored(self) -> "Sketch":
        """The sketch of the mirrored picture."""
        return Sketch(mirror_descriptor(self.descriptor), self.colours[:, ::-1], self.magnitude[:, ::-1])


def sketch_face(aligned: np.ndarray) -> Sketch:
    """Sketch of an aligned face, uint8 RGB [S, S, 3]."""
    face, core = (_reduced(_without_border(aligned, margin)) for margin in (FACE_MARGIN, FACE_CORE_MARGIN))
    return Sketch(_descriptor(*_gradients(core)), _colours(face), _magnitude(_gradients(face)[0]))


def sketch_work(artwork: np.ndarray) -> Sketch:
    """Sketch of a whole picture, uint8 RGB [H, W, 3], stretched to a square."""
    work = _reduced(artwork)
    slope, angle = _gradients(work)
    return Sketch(_descriptor(slope, angle), _colours(work), _magnitude(slope))


def describe(pixels: np.ndarray) -> np.ndarray:
    """Histogram of gradient directions in each of 4 x 4 cells, uint8 [4, 4, 8] (HOG, Dalal and Triggs 2005).

    Directions are unsigned and the three channels are pooled, because recolouring may turn dark to light.
    """
    return _descriptor(*_gradients(_reduced(pixels)))


def _descriptor(slope: np.ndarray, angle: np.ndarray) -> np.ndarray:
    position = (angle % np.pi) * (DIRECTIONS / np.pi)
    lower = np.floor(position).astype(np.int64)
    share = (position - lower).astype(np.float32)
    spread = np.zeros((GRADIENT_PX, GRADIENT_PX, DIRECTIONS), np.float32)
    rows, columns = np.indices((GRADIENT_PX, GRADIENT_PX))
    spread[rows, columns, lower % DIRECTIONS] += slope * (1 - share)
    spread[rows, columns, (lower + 1) % DIRECTIONS] += slope * share
    side = GRADIENT_PX // CELLS
    smooth = cv2.GaussianBlur(spread, (0, 0), side / 2)  # cells overlap, so that a small shift changes little
    cells = smooth.reshape(CELLS, side, CELLS, side, DIRECTIONS).mean(axis=(1, 3))
    energy = np.linalg.norm(cells, axis=2, keepdims=True)
    return np.asarray(np.round(255 * cells / (energy + 0.3 * energy.mean() + 1e-6)), dtype=np.uint8)


def mirror_descriptor(descriptor: np.ndarray) -> np.ndarray:
    """Descriptors [..., 4, 4, 8] of the mirrored pictures: the order of columns is reversed, and that of directions."""
    return np.asarray(np.roll(descriptor[..., ::-1, ::-1], 1, axis=-1))


def _reduced(pixels: np.ndarray) -> np.ndarray:
    """The picture at 64 x 64 px."""
    return cv2.resize(pixels, (GRADIENT_PX, GRADIENT_PX), interpolation=cv2.INTER_AREA)


def _gradients(reduced: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope (grey levels per two pixels) and its direction (radians), float32 [64, 64] each."""
    small: np.ndarray = cv2.GaussianBlur(reduced.astype(np.float32), (0, 0), SMOOTHING_PX)
    across = cv2.Sobel(small, cv2.CV_32F, 1, 0, ksize=1)
    down = cv2.Sobel(small, cv2.CV_32F, 0, 1, ksize=1)
    # structure tensor over the channels: gradients of opposite sign in two channels must not cancel
    xx, yy, xy = (across**2).sum(axis=2), (down**2).sum(axis=2), (across * down).sum(axis=2)
    return np.sqrt(xx + yy), 0.5 * np.arctan2(2 * xy, xx - yy)


def _magnitude(slope: np.ndarray) -> np.ndarray:
    """As it is stored."""
    return np.asarray(np.minimum(np.round(MAGNITUDE_UNIT * np.sqrt(slope)), 255), dtype=np.uint8)


def _colours(reduced: np.ndarray) -> np.ndarray:
    return cv2.resize(reduced, (COLOURS_PX, COLOURS_PX), interpolation=cv2.INTER_AREA)


def _without_border(pixels: np.ndarray, share: float) -> np.ndarray:
    border = int(pixels.shape[0] * share)
    return pixels[border : pixels.shape[0] - border, border : pixels.shape[1] - border]
