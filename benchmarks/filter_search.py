"""Speed and memory of the filter: scores per face, duplicates among as many faces as AAHQ has, and among a million.

33,245 faces are windows of drawn portraits, turned and placed at random, with a thousand mirrored copies among them; they go
through the stage's own search in a work folder. The same descriptors then go to other indexes: scikit-learn's exact search and
OpenCV's FLANN, each asked for the ten nearest of every face and of its mirror image. A million random descriptors show
memory and time of the approximate index. Run: python -m benchmarks.filter_search
"""

import json
import resource
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from aahq_builder.build import Build
from aahq_builder.filter import comparing
from aahq_builder.filter.average import AVERAGE_FACE
from aahq_builder.filter.neighbours import Index, candidates
from aahq_builder.filter.scores import FaceView, measure
from aahq_builder.filter.sketch import mirror_descriptor, sketch_face, sketch_work
from aahq_builder.manifest import Manifest
from aahq_builder.records import Artwork, Face, Fingerprint, Resemblance
from aahq_builder.workdir import WorkDir
from blendgan.console import Console
from tests.drawn_faces import draw_portrait

FACES, COPIES, MILLION, WORKERS = 33_245, 1_000, 1_000_000, 2
CANVASES, CANVAS_PX, SIZE_PX, TIMED_FACES = 512, 768, 256, 100
QUAD = np.array([[128.0, 107], [128, 363], [384, 363], [384, 107]])


def scores_ms() -> float:
    """Milliseconds to measure one 256-px face in a picture of 512 px, on one core, sketches included."""
    cv2.setNumThreads(1)
    pictures = [draw_portrait(seed, 512) for seed in range(8)]
    facts = {"face_px": 256.0, "pad_fraction": 0.0, "confidence": 1.0}
    began = time.perf_counter()
    for number in range(TIMED_FACES):
        picture = pictures[number % len(pictures)]
        aligned = picture[107:363, 128:384]
        measure(FaceView(aligned, picture, QUAD, facts))
        sketch_face(aligned)
        sketch_work(picture)
    return 1000 * (time.perf_counter() - began) / TIMED_FACES


def windows(task: tuple[int, int]) -> list[tuple[bytes, bytes]]:
    """Sketches of face and artwork of the faces from `start` to `end`."""
    cv2.setNumThreads(1)
    return [_window(number) for number in range(*task)]


def _window(number: int) -> tuple[bytes, bytes]:
    original = number - FACES + COPIES  # the last faces are mirrored copies of the first
    random = np.random.default_rng(original if original >= 0 else number)
    canvas = _canvas(int(random.integers(CANVASES)))
    pictures = []
    for side in (random.uniform(60, 140), random.uniform(150, 300)):
        matrix = cv2.getRotationMatrix2D(tuple(random.uniform(150, CANVAS_PX - 150, 2)), random.uniform(0, 360), 128 / side)
        matrix[:, 2] += 64 - matrix @ [*_centre(matrix), 1.0] if False else 0
        pictures.append(cv2.warpAffine(canvas, matrix, (128, 128), borderMode=cv2.BORDER_REFLECT))
    face, work = (picture[:, ::-1] if original >= 0 else picture for picture in pictures)
    return sketch_face(np.ascontiguousarray(face)).to_bytes(), sketch_work(np.ascontiguousarray(work)).to_bytes()
