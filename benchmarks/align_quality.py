"""Recall at precision of face finding on portraits labelled by eye, and how well the crop repeats on moved copies.

python benchmarks/align_quality.py [FOLDER OF PORTRAITS]

Without a folder the portraits of Battle for Wesnoth are fetched with apt-get. `portrait_faces.json` holds the labels:
`clear` (frontal to three-quarter, human), `hard` (profile, masked, shadowed) and `creature` (orc, troll, skull).
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np

from aahq_builder.align.confidence import DEFAULT_BOUND
from aahq_builder.align.detectors.dlib_hog import DlibHog
from aahq_builder.align.ensemble import make_finder
from aahq_builder.align.find import FaceFinder
from aahq_builder.align.geometry import crop_quad, four_points, quad_side
from aahq_builder.align.looks import Look, render, to_picture
from aahq_builder.align.models import shape_predictor
from aahq_builder.images import decode
from pipelines.portraits import fetch_portraits

LABELS = Path(__file__).with_name("portrait_faces.json")
BOUNDS = (0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.9, 0.95)
MOVES = tuple(Look(degrees=d, mirrored=m, zoom=z) for d, z in ((-12, 0.85), (9, 1.15)) for m in (False, True))
MOVED_PX = 512


@dataclass(frozen=True)
class Found:
    """A found face and what the labels say of it: a class, or `wrong`."""

    confidence: float
    verdict: str


def verdict(quad: np.ndarray, labels: list[dict[str, Any]]) -> str:
    """The class of the labelled face at this place and of this size."""
    for label in labels:
        if label["centre"] is None:
            continue
        ratio = quad_side(quad) / label["side"]
        if np.hypot(*(quad.mean(axis=0) - label["centre"])) < 0.25 * label["side"] and 1 / 1.4 < ratio < 1.4:
            return str(label["class"])
    return "wrong"


def plain_quad(pixels: np.ndarray, hog: DlibHog, predictor: "dlib.shape_predictor") -> np.ndarray | None:
    """What the official script does: HOG on the doubled picture, one look of the landmark model."""
    doubled = cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    found = max(hog.detect(doubled), key=lambda detection: detection.score, default=None)
    if found is None:
        return None
    left, top = (found.centre - found.side / 2).astype(int).tolist()
    box = dlib.rectangle(left, top, left + int(found.side), top + int(found.side))
    points = np.array([(part.x, part.y) for part in predictor(doubled, box).parts()])
    return crop_quad(four_points(points / 2))


def repeat_errors(pixels: np.ndarray, quad: np.ndarray, find: Any) -> list[float]:
    """Mean distance of the corners found in moved copies from where they should be, in sides of the crop."""
    errors = []
    for move in MOVES:
        matrix = move.matrix(quad.mean(axis=0), 2.2 * quad_side(quad), MOVED_PX)
        found = find(render(pixels, matrix, MOVED_PX))
        if found is None:
            continue
        corners = to_picture(found, matrix)
        if move.mirrored:
            corners = corners[[3, 2, 1, 0]]
        errors.append(float(np.linalg.norm(corners - quad, axis=1).mean() / quad_side(quad)))
    return [error for error in errors if error < 0.5]  # another face was found, or none


def ours(finder: FaceFinder, pixels: np.ndarray) -> np.ndarray | None:
    """The crop of the most confident face."""
    best = max(finder.find(pixels), key=lambda face: face.confidence, default=None)
    return best.quad if best and best.confidence >= DEFAULT_BOUND else None


def table(found: list[Found], clear: int) -> list[dict[str, float]]:
    """Recall on clear faces and precision over all, at each bound of the confidence."""
    rows = []
    for bound in BOUNDS:
        kept = [face for face in found if face.confidence >= bound]
        right = sum(face.verdict != "wrong" for face in kept)
        recall = sum(face.verdict == "clear" for face in kept) / clear
        rows.append({"bound": bound, "kept": len(kept), "recall": recall, "precision": right / max(len(kept), 1)})
    return rows


def main() -> None:
    """Find, compare with the labels, move, find again."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("demo/portraits")
    fetch_portraits(folder)
    labels = json.loads(LABELS.read_text())
    finder, hog = make_finder("auto", None), DlibHog(0.0)
    predictor = dlib.shape_predictor(str(shape_predictor(None).path))
    found, plain, errors, plain_errors, began = [], [], [], [], time.perf_counter()
    for name, faces in labels.items():
        pixels = decode(folder / name).pixels
        for face in finder.find(pixels):
            seen = verdict(face.quad, faces)
            found.append(Found(face.confidence, seen))
            if face.confidence >= DEFAULT_BOUND and seen == "clear":
                errors += repeat_errors(pixels, face.quad, lambda moved: ours(finder, moved))
        single = plain_quad(pixels, hog, predictor)
        if single is not None:
            seen = verdict(single, faces)
            plain.append(seen)
            if seen == "clear":
                plain_errors += repeat_errors(pixels, single, lambda moved: plain_quad(moved, hog, predictor))
    clear = sum(face["class"] == "clear" for faces in labels.values() for face in faces)
    rows = table(found, clear)
    print("bound   kept  recall on clear  precision")
    for row in rows:
        print(f"{row['bound']:5.2f}  {row['kept']:5.0f}  {row['recall']:15.3f}  {row['precision']:9.3f}")
    at_default = next(row for row in rows if row["bound"] == DEFAULT_BOUND)
    print(
        json.dumps(
            {
                "pictures": len(labels),
                "clear_faces": clear,
                "recall": round(at_default["recall"], 3),
                "precision": round(at_default["precision"], 3),
                "plain_hog_recall": round(plain.count("clear") / clear, 3),
                "plain_hog_precision": round(1 - plain.count("wrong") / len(plain), 3),
                "quad_error_median": round(float(np.median(errors)), 4),
                "quad_error_p90": round(float(np.quantile(errors, 0.9)), 4),
                "plain_quad_error_median": round(float(np.median(plain_errors)), 4),
                "plain_quad_error_p90": round(float(np.quantile(plain_errors, 0.9)), 4),
                "moved_copies": len(errors),
                "minutes": round((time.perf_counter() - began) / 60, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
