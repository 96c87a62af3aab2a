"""Test-time augmentation: turned, mirrored, zoomed and shifted copies of a part of a picture, and the way back.

A detector that finds the same face in several such copies is believed; one that finds it in a single copy is not. The
median of the landmarks found in several copies is more accurate than the landmarks of one.
"""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class AugmentedCopy:
    """How a copy differs from the square of the picture that it shows; the default changes nothing."""

    degrees: float = 0.0
    """Turn of the copy, clockwise on the screen."""
    mirrored: bool = False
    """Left and right are exchanged, after the turn."""
    zoom: float = 1.0
    """Above 1 the copy shows less of the picture, enlarged."""
    shift: tuple[float, float] = (0.0, 0.0)
    """How far the content moves right and down, in sides of the square."""

    def matrix(self, centre: np.ndarray, side: float, out_px: int, upright_degrees: float = 0.0) -> np.ndarray:
        """Affine map [2, 3] from the picture to a copy of `out_px` px that shows the square around `centre`.

        `upright_degrees` is the roll of the face in the square. It is taken out first, so that `degrees` turns an
        upright face.
        """
        scale = self.zoom * out_px / side
        turn = np.radians(self.degrees - upright_degrees)
        rotation = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        if self.mirrored:
            rotation[0] = -rotation[0]
        middle = out_px * (0.5 + np.array(self.shift)) - 0.5
        return np.column_stack([rotation, middle - rotation @ centre])


def render(pixels: np.ndarray, matrix: np.ndarray, out_px: int) -> np.ndarray:
    """The copy [out_px, out_px, 3] that an affine map [2, 3] makes; outside the picture its edge is repeated."""
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    halvings = max(round(np.log2(1 / scale)), 0)
    if halvings:
        pixels, matrix = _halved(pixels, matrix, out_px, halvings)
    return _warp(pixels, matrix, out_px)


def _halved(pixels: np.ndarray, matrix: np.ndarray, out_px: int, times: int) -> tuple[np.ndarray, np.ndarray]:
    """The part of the picture that is shown, halved by averaging: bilinear sampling alone would skip pixels."""
    corners = to_picture(np.array([[0, 0], [out_px, 0], [out_px, out_px], [0, out_px]], dtype=float), matrix)
    factor, size = 2**times, np.array(pixels.shape[1::-1])
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int) - factor, 0, np.maximum(size - factor, 0))
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int) + factor, (left + factor, top + factor), size)
    part = pixels[top:bottom, left:right]
    for _ in range(times):
        height, width = max(part.shape[0] // 2, 1), max(part.shape[1] // 2, 1)
        part = cv2.resize(part[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    # pixel centres: x_picture + 0.5 = left + factor * (x_part + 0.5)
    offset = matrix[:, 2] + matrix[:, :2] @ (np.array([left, top]) + factor / 2 - 0.5)
    return part, np.column_stack([matrix[:, :2] * factor, offset])


def _warp(pixels: np.ndarray, matrix: np.ndarray, out_px: int) -> np.ndarray:
    return cv2.warpAffine(pixels, matrix, (out_px, out_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def to_picture(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points [N, 2] of the copy in pixels of the picture."""
    returned: np.ndarray = (points - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    return returned


def to_copy(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points [N, 2] of the picture in pixels of the copy."""
    moved: np.ndarray = points @ matrix[:, :2].T + matrix[:, 2]
    return moved
