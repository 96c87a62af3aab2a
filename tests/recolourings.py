"""Recolourings of a picture as a whole, as copies go through them: grey, sepia, other white balance, gamma, hue."""

import colorsys
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from blendgan.data.decode import decode

SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
LIGHTNESS = np.array([0.299, 0.587, 0.114])


def grey(picture: np.ndarray) -> np.ndarray:
    """Lightness in all three channels (ITU-R BT.601)."""
    return np.repeat(np.round(picture @ LIGHTNESS)[..., None], 3, axis=2).astype(np.uint8)


def grey_16_bit(picture: np.ndarray) -> np.ndarray:
    """Written as a PNG of 16-bit grey and decoded as a crawl does."""
    content = cv2.imencode(".png", np.round(picture @ LIGHTNESS * 257).astype(np.uint16))[1].tobytes()
    return decode(content).pixels


def sepia(picture: np.ndarray) -> np.ndarray:
    """The common matrix of sepia filters; bright colours are cut off."""
    return np.round(np.clip(picture @ SEPIA.T, 0, 255)).astype(np.uint8)


def graded(gamma: float, gains: tuple[float, float, float], picture: np.ndarray) -> np.ndarray:
    """A power of every channel, then its gain."""
    return np.round(255 * np.clip((picture / 255.0) ** gamma * gains, 0, 1)).astype(np.uint8)


def negative(picture: np.ndarray) -> np.ndarray:
    """Dark for light."""
    return 255 - picture


def hue_turned(degrees: float, picture: np.ndarray) -> np.ndarray:
    """Colour by colour, in HSV."""
    colours, where = np.unique(picture.reshape(-1, 3), axis=0, return_inverse=True)
    hsv = (colorsys.rgb_to_hsv(*colour) for colour in colours / 255.0)
    turned = [colorsys.hsv_to_rgb((hue + degrees / 360.0) % 1.0, s, v) for hue, s, v in hsv]
    return np.round(255 * np.array(turned))[where.ravel()].reshape(picture.shape).astype(np.uint8)


RECOLOURINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "grey": grey,
    "16-bit grey": grey_16_bit,
    "sepia": sepia,
    "gamma": partial(graded, 1.6, (1.0, 1.0, 1.0)),
    "inverse gamma": partial(graded, 1 / 1.6, (1.0, 1.0, 1.0)),
    "warmer": partial(graded, 1.0, (1.2, 1.0, 0.8)),
    "cooler and lighter": partial(graded, 0.8, (0.85, 1.0, 1.15)),
    "negative": negative,
    "hue by 120 degrees": partial(hue_turned, 120.0),
    "hue by 75 degrees": partial(hue_turned, 75.0),
}
