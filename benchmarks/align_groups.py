"""Recall and precision on pictures with many faces, put together from labelled portraits, and the time they take.

python benchmarks/align_groups.py [FOLDER OF PORTRAITS]

Without a folder the portraits of Battle for Wesnoth are fetched with apt-get. A group shows clear faces of
`portrait_faces.json`, each scaled so that its crop has the size wanted, in the cells of a grid, over parts of portraits
that show no face. So the place and size of every face is known by construction. Every picture is searched twice:
as `align` does, and without the search at the picture's own resolution.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from align_quality import LABELS, verdict

from aahq_builder.align.confidence import DEFAULT_BOUND
from aahq_builder.align.config import AlignConfig
from aahq_builder.align.ensemble import make_finder
from aahq_builder.align.find import FaceFinder
from aahq_builder.images import decode
from pipelines.demo_config import DemoConfig
from pipelines.local_museum.portraits import fetch_portraits

CELL_PX = 400
GRIDS = ((5, 4), (3, 2))
"""Columns and rows of the groups; cells are `CELL_PX` wide."""
CROPS_PX = (170, 140, 220)
SPREAD = 0.1
"""Sizes vary by this share to both sides, places by as much of a cell."""
SEED = 20211028


@dataclass(frozen=True)
class Group:
    """A picture and the labels of its faces, as in `portrait_faces.json`, in pixels of the picture."""

    pixels: np.ndarray
    labels: list[dict[str, Any]]


@dataclass(frozen=True)
class Portrait:
    """A labelled portrait and the one of its labels that a group is to show."""

    pixels: np.ndarray
    labels: Sequence[dict[str, Any]]
    shown: dict[str, Any]


def make_group(
    portraits: Sequence[Portrait],
    faceless: Sequence[np.ndarray],
    grid: tuple[int, int],
    crop_px: int,
    rng: np.random.Generator,
) -> Group:
    """One portrait per cell, row by row; the ground is put together from pictures without a face."""
    columns, rows = grid
    pixels = np.zeros((rows * CELL_PX, columns * CELL_PX, 3), dtype=np.uint8)
    labels: list[dict[str, Any]] = []
    for cell, portrait in enumerate(portraits):
        row, column = divmod(cell, columns)
        ground = faceless[rng.integers(len(faceless))]
        part = cv2.resize(ground, (CELL_PX, CELL_PX), interpolation=cv2.INTER_AREA)
        side = crop_px * (1 + SPREAD * rng.uniform(-1, 1))
        centre = CELL_PX * (0.5 + SPREAD * rng.uniform(-1, 1, 2))
        corner = np.array([column, row]) * CELL_PX
        labels += [{**label, "centre": label["centre"] + corner} for label in paste(part, portrait, centre, side)]
        pixels[row * CELL_PX : (row + 1) * CELL_PX, column * CELL_PX : (column + 1) * CELL_PX] = part
    return Group(pixels, labels)


def paste(cell: np.ndarray, portrait: Portrait, centre: np.ndarray, side: float) -> list[dict[str, Any]]:
    """Draw the portrait into `cell` so that the crop of the face shown lies there; gives all its labels inside."""
    scale = side / portrait.shown["side"]
    matrix = np.column_stack([scale * np.eye(2), centre - scale * np.array(portrait.shown["centre"])])
    height, width = portrait.pixels.shape[:2]
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    drawn = cv2.warpAffine(portrait.pixels, matrix, (CELL_PX, CELL_PX), flags=flags)
    mask = cv2.warpAffine(np.full((height, width), 255, np.uint8), matrix, (CELL_PX, CELL_PX)) == 255
    cell[mask] = drawn[mask]
    moved = []
    for label in portrait.labels:
        if label["centre"] is not None:
            place = matrix @ [*label["centre"], 1]
            if (place > 0).all() and (place < CELL_PX).all():
                moved.append({**label, "centre": place, "side": scale * label["side"]})
    return moved


def read_portraits(folder: Path) -> tuple[list[Portrait], list[np.ndarray]]:
    """A portrait per clear face, and the pixels of those that show no face of any class."""
    portraits, faceless = [], []
    for name, labels in json.loads(LABELS.read_text()).items():
        pixels = decode(folder / name).pixels
        portraits += [Portrait(pixels, labels, label) for label in labels if label["class"] == "clear"]
        faceless += [] if labels else [pixels]
    return portraits, faceless


def count(finder: FaceFinder, group: Group) -> tuple[Counter[str], float]:
    """How many finds above the default bound each class has, and the processor time they took, s."""
    began = time.process_time()
    faces = finder.find(group.pixels)
    seconds = time.process_time() - began
    return Counter(verdict(face.quad, group.labels) for face in faces if face.confidence >= DEFAULT_BOUND), seconds


def measure(finder: FaceFinder, groups: Sequence[Group]) -> dict[str, float]:
    """Recall of clear faces, precision and time per picture over these groups."""
    found, seconds = Counter[str](), 0.0
    for group in groups:
        seen, took = count(finder, group)
        found, seconds = found + seen, seconds + took
    clear = sum(label["class"] == "clear" for group in groups for label in group.labels)
    return {
        "faces": clear,
        "recall": round(found["clear"] / clear, 3),
        "precision": round(1 - found["wrong"] / max(found.total(), 1), 3),
        "seconds": round(seconds / len(groups), 2),
    }


def main() -> None:
    """Make groups of every size, find their faces with and without the fine search."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DemoConfig().portraits
    fetch_portraits(folder)
    portraits, faceless = read_portraits(folder)
    finder, rng, results = make_finder(AlignConfig()), np.random.default_rng(SEED), {}
    without = replace(finder, fine=None)
    print("grid   crop px  faces  recall  precision  s/picture  without fine search: recall  s/picture")
    for grid in GRIDS:
        places = grid[0] * grid[1]
        for crop_px in CROPS_PX:
            order = rng.permutation(len(portraits))
            chosen = [[portraits[i] for i in order[start : start + places]] for start in range(0, len(order), places)]
            groups = [make_group(each, faceless, grid, crop_px, rng) for each in chosen if len(each) == places]
            own, plain = measure(finder, groups), measure(without, groups)
            results[f"{grid[0]}x{grid[1]}_{crop_px}px"] = {**own, "recall_without": plain["recall"]}
            print(
                f"{grid[0]}x{grid[1]}  {crop_px:7d}  {own['faces']:5.0f}  {own['recall']:6.3f}  {own['precision']:9.3f}"
                f"  {own['seconds']:9.2f}  {plain['recall']:27.3f}  {plain['seconds']:9.2f}",
                flush=True,
            )
    print(json.dumps({"compares": "recall of clear faces with and without the search at own resolution", **results}))


if __name__ == "__main__":
    main()
