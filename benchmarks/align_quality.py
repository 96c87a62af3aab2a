"""Recall at precision of face finding on portraits labelled by eye, and how well the crop repeats on moved copies.

python benchmarks/align_quality.py [FOLDER OF PORTRAITS]

Without a folder the portraits of Battle for Wesnoth are fetched with apt-get. `portrait_faces.json` holds the labels:
`clear` (frontal to three-quarter, human), `hard` (profile, masked, shadowed) and `creature` (orc, troll, skull).
"""

import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np
from sklearn.linear_model import LogisticRegression

from aahq_builder.align.augmentation import AugmentedCopy, render, to_picture
from aahq_builder.align.confidence import DEFAULT_BOUND
from aahq_builder.align.config import AlignConfig
from aahq_builder.align.detectors.dlib_hog import DlibHog
from aahq_builder.align.ensemble import make_finder
from aahq_builder.align.find import FaceFinder
from aahq_builder.align.geometry import crop_quad, four_points, quad_side
from aahq_builder.align.models import shape_predictor
from aahq_builder.images import decode
from pipelines.demo_config import DemoConfig
from pipelines.local_museum.portraits import fetch_portraits

LABELS = Path(__file__).with_name("portrait_faces.json")
BOUNDS = (0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.9, 0.95)
MOVES = tuple(AugmentedCopy(degrees=d, mirrored=m, zoom=z) for d, z in ((-12, 0.85), (9, 1.15)) for m in (False, True))
MOVED_PX = 512
REPEAT_EVERY = 3
"""Every third clear face is moved and found again."""


@dataclass(frozen=True)
class Found:
    """A found face and what the labels say of it: a class, or `wrong`."""

    confidence: float
    verdict: str
    people: str
    """Folder of the picture: elves, humans, …"""
    hog: float
    mmod: float | None
    """Scores of dlib's two detectors in verification; None where the network was not asked."""


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
    """What the official script does: HOG on the doubled picture, landmarks from a single copy."""
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


def held_out(found: list[Found]) -> list[Found]:
    """The same finds with a confidence fitted without the people of the picture."""
    judged = []
    for people in sorted({face.people for face in found}):
        others = [face for face in found if face.people != people]
        asked = [face for face in others if face.mmod is not None]
        by_both = LogisticRegression(C=3).fit([[face.hog, face.mmod] for face in asked], are_faces(asked))
        by_hog = LogisticRegression(C=3).fit([[face.hog] for face in others], are_faces(others))
        for face in found:
            if face.people == people:
                model, facts = (by_hog, [face.hog]) if face.mmod is None else (by_both, [face.hog, face.mmod])
                judged.append(replace(face, confidence=float(model.predict_proba([facts])[0, 1])))
    return judged


def are_faces(found: list[Found]) -> list[bool]:
    """Which are faces."""
    return [face.verdict != "wrong" for face in found]


def table(found: list[Found], clear: int) -> list[dict[str, float]]:
    """Recall on clear faces and precision over all, at each bound of the confidence."""
    rows = []
    for bound in BOUNDS:
        kept = [face for face in found if face.confidence >= bound]
        right = sum(face.verdict != "wrong" for face in kept)
        recall = sum(face.verdict == "clear" for face in kept) / clear
        row = {"bound": bound, "kept": len(kept), "recall": recall, "precision": right / max(len(kept), 1)}
        rows.append(row | {kind: sum(face.verdict == kind for face in kept) for kind in ("hard", "creature")})
    return rows


def main() -> None:
    """Find, compare with the labels, move, find again."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DemoConfig().portraits
    fetch_portraits(folder)
    labels = json.loads(LABELS.read_text())
    finder, hog = make_finder(AlignConfig()), DlibHog(0.0)
    predictor = dlib.shape_predictor(str(shape_predictor(None).path))
    found, plain, errors, plain_errors, began = [], [], [], [], time.perf_counter()
    for number, (name, faces) in enumerate(labels.items()):
        pixels = decode(folder / name).pixels
        repeat = number % REPEAT_EVERY == 0
        for face in finder.find(pixels):
            seen = verdict(face.quad, faces)
            people, hog_score = name.partition("/")[0], face.scores["hog"]
            found.append(Found(face.confidence, seen, people, hog_score, face.scores.get("mmod")))
            if repeat and face.confidence >= DEFAULT_BOUND and seen == "clear":
                errors += repeat_errors(pixels, face.quad, lambda moved: ours(finder, moved))
        single = plain_quad(pixels, hog, predictor)
        if single is not None:
            plain.append(verdict(single, faces))
            if repeat and plain[-1] == "clear":
                plain_errors += repeat_errors(pixels, single, lambda moved: plain_quad(moved, hog, predictor))
    clear = sum(face["class"] == "clear" for faces in labels.values() for face in faces)
    rows = table(found, clear)
    apart = next(row for row in table(held_out(found), clear) if row["bound"] == DEFAULT_BOUND)
    print("bound   kept  recall on clear  hard  creatures  precision")
    for row in rows:
        print("{bound:5.2f}  {kept:5.0f}  {recall:15.3f}  {hard:4.0f}  {creature:9.0f}  {precision:9.3f}".format(**row))
    at_default = next(row for row in rows if row["bound"] == DEFAULT_BOUND)
    print(
        json.dumps(
            {
                "pictures": len(labels),
                "clear_faces": clear,
                "recall": round(at_default["recall"], 3),
                "precision": round(at_default["precision"], 3),
                "held_out_recall": round(apart["recall"], 3),
                "held_out_precision": round(apart["precision"], 3),
                "plain_hog_recall": round(plain.count("clear") / clear, 3),
                "plain_hog_precision": round(1 - plain.count("wrong") / len(plain), 3),
                "quad_error_median": round(float(np.median(errors)), 4),
                "quad_error_p90": round(float(np.quantile(errors, 0.9)), 4),
                "plain_quad_error_median": round(float(np.median(plain_errors)), 4),
                "plain_quad_error_p90": round(float(np.quantile(plain_errors, 0.9)), 4),
                "moved_copies_found": len(errors),
                "plain_moved_copies_found": len(plain_errors),
                "minutes": round((time.perf_counter() - began) / 60, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
