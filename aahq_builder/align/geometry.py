"""Where the crop lies: the oriented square of FFHQ alignment (Karras et al. 2019) and measures of faces and squares.

Pure: points are float arrays in pixels, x to the right, y down. `left` and `right` are as seen in the picture.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

# iBUG 68-point scheme
EYE_LEFT, EYE_RIGHT = slice(36, 42), slice(42, 48)
MOUTH_LEFT, MOUTH_RIGHT = 48, 54


class FourPoints(NamedTuple):
    """What FFHQ alignment needs of a face: two eye centres and two mouth corners, [2] each."""

    eye_left: np.ndarray
    eye_right: np.ndarray
    mouth_left: np.ndarray
    mouth_right: np.ndarray


def four_points(landmarks: np.ndarray) -> FourPoints:
    """Eye centres and mouth corners of 68 points [68, 2]."""
    return FourPoints(
        landmarks[EYE_LEFT].mean(axis=0),
        landmarks[EYE_RIGHT].mean(axis=0),
        landmarks[MOUTH_LEFT],
        landmarks[MOUTH_RIGHT],
    )


@dataclass(frozen=True)
class CropStyle:
    """Published variants of the crop; the default is FFHQ's."""

    rotation: bool = True
    """Turn the crop with the head, else keep it upright in the picture."""
    half_pixel: bool = False
    """Move by half a pixel, as MetFaces does."""
    margin: float = 0.0
    """Widen by this share of the side on each side."""


FFHQ = CropStyle()


def crop_quad(points: FourPoints, style: CropStyle = FFHQ) -> np.ndarray:
    """Corners [4, 2] of the crop: top-left, bottom-left, bottom-right, top-right; ValueError if the points coincide."""
    eyes = (points.eye_left + points.eye_right) / 2
    eye_to_eye = points.eye_right - points.eye_left
    eye_to_mouth = (points.mouth_left + points.mouth_right) / 2 - eyes
    # the mean of where the eyes and where the mouth say 'right' is, so that a turned head is cut upright
    right = eye_to_eye + _quarter_turn_left(eye_to_mouth)
    length = np.hypot(*right)
    if not length > 0:
        raise ValueError("these landmarks have no direction: eyes and mouth coincide or cancel")
    direction = right / length if style.rotation else np.array([1.0, 0.0])
    half_side = max(2.0 * np.hypot(*eye_to_eye), 1.8 * np.hypot(*eye_to_mouth)) * (1 + 2 * style.margin)
    right = direction * half_side
    down = -_quarter_turn_left(right)
    centre = eyes + 0.1 * eye_to_mouth + (0.5 if style.half_pixel else 0.0)
    return np.stack([centre - right - down, centre - right + down, centre + right + down, centre + right - down])


def _quarter_turn_left(vector: np.ndarray) -> np.ndarray:
    """Turn by 90 degrees so that 'down' becomes 'right' (y points down)."""
    return np.array([vector[1], -vector[0]])


def quad_side(quad: np.ndarray) -> float:
    """Length of the sides of the square, px."""
    return float(np.hypot(*(quad[3] - quad[0])))


def pad_fraction(quad: np.ndarray, width: int, height: int) -> float:
    """Share of the square that lies outside a picture of this size."""
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    corners = quad.astype(np.float32)
    inside, _ = cv2.intersectConvexConvex(corners, frame)
    return float(np.clip(1.0 - inside / quad_side(quad) ** 2, 0.0, 1.0))


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union of two squares given by their corners."""
    common, _ = cv2.intersectConvexConvex(first.astype(np.float32), second.astype(np.float32))
    return float(common / (quad_side(first) ** 2 + quad_side(second) ** 2 - common))


def roll_degrees(points: FourPoints) -> float:
    """How far the head is tilted in the picture plane; positive is clockwise on the screen."""
    across = points.eye_right - points.eye_left + points.mouth_right - points.mouth_left
    return float(np.degrees(np.arctan2(across[1], across[0])))


def yaw_proxy(landmarks: np.ndarray) -> float:
    """How far the nose tip (point 30) stands from the middle of the eyes, in eye distances: 0 frontal, 0.5 profile."""
    points = four_points(landmarks)
    across = points.eye_right - points.eye_left
    middle = (points.eye_left + points.eye_right) / 2
    return float((landmarks[30] - middle) @ across / max(across @ across, 1e-9))


def impossible(points: FourPoints, width: int, height: int) -> bool:
    """Whether no face can look like this: mouth above the eyes, sides swapped, far outside, squeezed to a line."""
    quad = crop_quad(points)
    side = quad_side(quad)
    right, down = (quad[3] - quad[0]) / side, (quad[1] - quad[0]) / side
    eye_distance = (points.eye_right - points.eye_left) @ right
    mouth_width = (points.mouth_right - points.mouth_left) @ right
    eyes, mouth = (points.eye_left + points.eye_right) / 2, (points.mouth_left + points.mouth_right) / 2
    inside = np.all((np.stack(points) >= 0) & (np.stack(points) < (width, height)))
    # a crop is twice the eye distance or 1.8 times the drop to the mouth, half each way: 0.25 and 0.28 for any face
    return bool(
        not inside or eye_distance < 0.08 * side or mouth_width < 0.03 * side or (mouth - eyes) @ down < 0.08 * side
    )
