"""The published reference values of FFHQ alignment, as test cases."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aahq_builder.align.geometry import FourPoints

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = ("interior", "rotated", "padded", "shrink", "upscale")


@dataclass(frozen=True)
class ReferenceCase:
    """A picture, four points, and what the reference made of them."""

    image: np.ndarray
    points: FourPoints
    quad: np.ndarray
    aligned: np.ndarray


def reference_case(name: str) -> ReferenceCase:
    """One case of the files in `tests/golden`."""
    landmarks = json.loads((GOLDEN / "ffhq_alignment.json").read_text())[name]["landmarks"]
    arrays = np.load(GOLDEN / ("ffhq_alignment_shrink.npz" if name == "shrink" else "ffhq_alignment.npz"))
    points = FourPoints(*(np.array(landmarks[point]) for point in FourPoints._fields))
    return ReferenceCase(arrays[f"{name}_image"], points, arrays[f"{name}_quad"], arrays[f"{name}_aligned"])
