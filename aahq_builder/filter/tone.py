"""Light and colour of an aligned face: exposure, clipping, contrast, saturation.

Drawings use the whole scale on purpose (ink, white paper, night scenes, monochrome), so these mostly inform; only a
face with next to no contrast, or nearly all clipped, shows nothing that one could learn from.
"""

import cv2
import numpy as np

from aahq_builder.filter.sharpness import luminance

BLACK, WHITE = 5.0 / 255.0, 250.0 / 255.0


def centre(pixels: np.ndarray) -> np.ndarray:
    """The inner 5/8 of an aligned face in each direction: the face itself, without background and padding."""
    height, width = pixels.shape[:2]
    return pixels[3 * height // 16 : height - 3 * height // 16, 3 * width // 16 : width - 3 * width // 16]


def tone(aligned: np.ndarray) -> dict[str, float]:
    """Scores of uint8 RGB [S, S, 3], all in [0, 1]."""
    face = centre(aligned)
    grey = luminance(face)
    low, high = np.percentile(grey, (2.0, 98.0))
    return {
        "exposure": float(np.median(grey)),
        "contrast": float(high - low),
        "clipped": float(np.mean((grey <= BLACK) | (grey >= WHITE))),
        "saturation": saturation(face),
    }


def saturation(pixels: np.ndarray) -> float:
    """Mean chroma (largest minus smallest channel); 0 is greyscale, which is art and never a reason."""
    return float(np.mean(cv2.subtract(pixels.max(axis=2), pixels.min(axis=2)))) / 255.0
