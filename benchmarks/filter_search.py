"""Speed and memory of the filter: scores per face, duplicates among as many faces as AAHQ has, and among a million.

33,245 faces and artworks are drawn from random lines and patches, the last thousand are mirrored copies of the first;
they go through the stage's own search in a work folder. The same descriptors then go to other indexes, each asked for
the neighbours of every face and of its mirror image: scikit-learn's exact search and OpenCV's FLANN. A million random
descriptors with a thousand mirrored copies show memory, time and recall of the approximate index.
Run: python -m benchmarks.filter_search
"""

import json
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from aahq_builder.build import Build
from aahq_builder.filter import comparing
from aahq_builder.filter.neighbours import AVERAGE_FACE, DescriptorIndex, average_of, candidate_pairs
from aahq_builder.filter.scores import FaceView, measure
from aahq_builder.filter.sketch import mirror_descriptor, sketch_face, sketch_work
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, Fingerprint, Resemblance
from aahq_builder.workdir import WorkDir
from blendgan.console import Console

FACES, COPIES, MILLION, WORKERS = 33_245, 1_000, 1_000_000, 2
TIMED_FACES, DRAWING_PX, STROKES, NEIGHBOURS = 100, 96, 24, 5
QUAD = np.array([[128.0, 107], [128, 363], [384, 363], [384, 107]])


class Stopwatch:
    """Seconds on the clock, and seconds of processors, which other programs on the machine do not stretch."""

    def __init__(self) -> None:
        self.began, self.cpu_began = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        """Both, as they go into the figures."""
        clock, cpu = time.perf_counter() - self.began, time.process_time() - self.cpu_began
        return {"seconds": round(clock, 1), "cpu_seconds": round(cpu, 1)}


def draw(seed: int, side: int) -> np.ndarray:
    """Random lines and patches on a random ground."""
    random = np.random.default_rng(seed)
    picture = np.full((side, side, 3), random.integers(30, 226, 3), np.uint8)
    for _ in range(STROKES):
        start, end = random.integers(0, side, (2, 2)).tolist()
        colour, width = random.integers(0, 256, 3).tolist(), int(random.integers(1, side // 12))
        if random.random() < 0.5:
            cv2.line(picture, start, end, colour, width, cv2.LINE_AA)
        else:
            axes = random.integers(3, side // 4, 2).tolist()
            cv2.ellipse(picture, start, axes, float(random.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    return picture


def scores_ms() -> float:
    """Milliseconds of one core to measure and sketch a 256-px face in a picture of 512 px that is decoded already."""
    cv2.setNumThreads(1)
    picture = draw(0, 512)
    aligned = np.ascontiguousarray(picture[107:363, 128:384])
    facts = {"face_px": 256.0, "pad_fraction": 0.0, "confidence": 1.0}
    began = time.process_time()
    for _ in range(TIMED_FACES):
        measure(FaceView(aligned, picture, QUAD, facts))
        sketch_face(aligned)
        sketch_work(picture)
    return 1000 * (time.process_time() - began) / TIMED_FACES


def sketches(number: int) -> tuple[bytes, bytes]:
    """Of a face and its artwork; the last faces are mirrored copies of the first."""
    cv2.setNumThreads(1)
    original = number - (FACES - COPIES)
    pictures = [draw(2 * (original if original >= 0 else number) + part, DRAWING_PX) for part in (0, 1)]
    face, work = (np.ascontiguousarray(picture[:, ::-1]) if original >= 0 else picture for picture in pictures)
    return sketch_face(face).to_bytes(), sketch_work(work).to_bytes()


def fill(journal: Journal) -> None:
    """A build as it is after its faces were measured."""
    with ProcessPoolExecutor(WORKERS) as pool, journal.transaction():
        for number, (face, work) in enumerate(pool.map(sketches, range(FACES), chunksize=256)):
            artwork_id = f"drawn-{number:016x}"
            corner, points = (0.0, 0.0), [(0.0, 0.0)] * 68
            journal.insert(
                [
                    Artwork(artwork_id=artwork_id, source="drawn", status="fetched", width=500, height=500),
                    Face(
                        face_id=f"{artwork_id}-0", artwork_id=artwork_id, detector="", landmark_model="",
                        confidence=1.0, landmarks=points, eye_left=corner, eye_right=corner, mouth_left=corner,
                        mouth_right=corner, quad=QUAD.tolist(), face_px=256.0, pad_fraction=0.0, path="-",
                    ),
                    Fingerprint(
                        face_id=f"{artwork_id}-0", pixel_sha256="", perceptual_hash="", face_sketch=face,
                        work_sketch=work, version="",
                    ),
                ]
            )  # fmt: skip


def search() -> tuple[dict[str, float], np.ndarray]:
    """Time of the stage's search, recall of the copies; and the descriptors of all faces."""
    with tempfile.TemporaryDirectory() as folder, Journal(WorkDir(Path(folder)).database) as journal:
        fill(journal)
        build = Build(WorkDir(Path(folder)), journal, Console(verbosity=-1))
        watch = Stopwatch()
        comparing.compare_new(build, WORKERS)
        seconds = watch.read()
        found = {(row.first, row.second) for row in journal.select(Resemblance, "face_share > 0.5")}
        descriptors = comparing.read_descriptors(journal, "face_sketch", FACES)
    copies = {(f"drawn-{n:016x}-0", f"drawn-{FACES - COPIES + n:016x}-0") for n in range(COPIES)}
    return {**seconds, "recall": len(found & copies) / COPIES, "other_pairs": len(found - copies)}, descriptors


def rivals(descriptors: np.ndarray) -> dict[str, dict[str, float]]:
    """Seconds and recall of indexes that could take the place of ours, for faces alone."""
    from sklearn.neighbors import NearestNeighbors

    def flat(values: np.ndarray) -> np.ndarray:
        centred = values.astype(np.float32).reshape(len(values), -1) - average.ravel()
        return np.ascontiguousarray(centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 1e-6))

    average = average_of(descriptors, AVERAGE_FACE)
    plain, mirror = flat(descriptors), flat(mirror_descriptor(descriptors))
    results = {}

    def note(name: str, watch: Stopwatch, of_mirrors: np.ndarray) -> None:
        hits = [n in of_mirrors[FACES - COPIES + n] for n in range(COPIES)]
        results[name] = {**watch.read(), "recall": float(np.mean(hits))}

    watch = Stopwatch()
    pairs = candidate_pairs(DescriptorIndex.of(descriptors, average), comparing.MIN_FACE_SIMILARITY)
    hits = [(n, FACES - COPIES + n) in pairs for n in range(COPIES)]
    results["ours"] = {**watch.read(), "recall": float(np.mean(hits))}
    watch = Stopwatch()
    exact = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute", n_jobs=WORKERS).fit(plain)
    exact.kneighbors(plain, return_distance=False)
    note("sklearn_brute", watch, exact.kneighbors(mirror, return_distance=False))
    watch = Stopwatch()
    trees = cv2.flann.Index(plain, {"algorithm": 1, "trees": 4})
    trees.knnSearch(plain, NEIGHBOURS, params={"checks": 128})
    note("flann_kdtrees", watch, trees.knnSearch(mirror, NEIGHBOURS, params={"checks": 128})[0])
    return results


def million() -> dict[str, float]:
    """The approximate index over a million descriptors: time, recall, and what memory it adds."""
    random = np.random.default_rng(0)
    values = random.integers(0, 256, (MILLION, 4, 4, 8), dtype=np.uint8)
    noise = random.integers(-30, 31, (COPIES, 4, 4, 8))
    values[-COPIES:] = mirror_descriptor(np.clip(values[:COPIES].astype(int) + noise, 0, 255)).astype(np.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    watch = Stopwatch()
    pairs = candidate_pairs(
        DescriptorIndex.of(values, np.full((4, 4, 8), 127.5, np.float32)), comparing.MIN_FACE_SIMILARITY
    )
    seconds = watch.read()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    hits = [(n, MILLION - COPIES + n) in pairs for n in range(COPIES)]
    return {**seconds, "recall": float(np.mean(hits)), "added_mb": round(grown / 1024)}


def main() -> None:
    """Print each figure as it is known, and all as one line of JSON."""
    figures: dict[str, object] = {"compares": "our index with others", "scores_ms": round(scores_ms(), 1)}
    figures["search_33245"], descriptors = search()
    print(figures, flush=True)
    figures["index_33245"] = rivals(descriptors)
    print(figures["index_33245"], flush=True)
    figures["index_1000000"] = million()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
