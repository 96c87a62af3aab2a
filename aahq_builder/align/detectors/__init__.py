"""Face detectors, one file each, behind one small protocol."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from aahq_builder.align.geometry import FourPoints


@dataclass(frozen=True)
class Detection:
    """A face box: a square, upright in the picture that the detector was given."""

    centre: np.ndarray
    """[2], px."""
    side: float
    """px; from the brows to the chin, as dlib's boxes."""
    score: float
    """The detector's own scale; only comparable within one detector."""
    points: FourPoints | None = None
    """Eyes and corners of the mouth, from a detector that sees them."""


class Detector(Protocol):
    """Finds faces in a picture."""

    name: str

    def detect(self, pixels: np.ndarray) -> list[Detection]:
        """Faces in a uint8 RGB picture [H, W, 3], in its pixels."""
        ...
