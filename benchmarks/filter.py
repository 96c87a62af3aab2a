"""Near-duplicates on an injected set: six kinds of copies of 200 works, among as many others of the same artists.

The works are the portraits of Battle for Wesnoth and its campaigns, from Debian's packages (350 MB, fetched once), or
the folders given as arguments. Every copy is made from the whole work, its landmarks are found anew from a face box
that is up to 5 % off, and it is cut out and sketched as `align` and `filter` do. The baseline is what most tools do:
perceptual hashes of whole works that differ in at most 10 of 64 bits.

Works that are versions of one drawing were grouped by eye (`filter_versions.txt`): pairs within a group are right, any
other pair of different works is wrong. Run: python -m benchmarks.filter [FOLDER …]
"""

import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from aahq_builder.align.augmentation import AugmentedCopy, render, to_picture
from aahq_builder.align.detectors.dlib_hog import DlibHog
from aahq_builder.align.fast_warp import warp_fast
from aahq_builder.align.landmarks import DlibShapePredictor, FaceBox, coarse_landmarks, consensus
from aahq_builder.align.models import shape_predictor
from aahq_builder.errors import ItemError
from aahq_builder.filter.comparing import Descriptors, find_candidate_pairs
from aahq_builder.filter.duplicates import ComparedFace, compare, duplicate_type
from aahq_builder.filter.known import perceptual_hash
from aahq_builder.filter.neighbours import AVERAGE_FACE, AVERAGE_WORK, DescriptorIndex, average_of
from aahq_builder.filter.sketch import sketch_face, sketch_work
from aahq_builder.images import decode

CACHE = Path("demo/benchmark-portraits")
VERSIONS = Path(__file__).parent / "filter_versions.txt"
DETECTION_PX, DETECTION_THRESHOLD = 1000, -0.7
WORKS, SIZE_PX, MIN_SIDE_PX, WORKERS = 200, 256, 150, 2
MIN_SHARED_STROKES, BASELINE_BITS = 0.5, 10
LIGHTNESS = np.array([0.299, 0.587, 0.114])
SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
CAMPAIGNS = (
    "dm",
    "did",
    "dw",
    "ei",
    "httt",
    "l",
    "low",
    "nr",
    "sof",
    "sota",
    "sotbe",
    "thot",
    "trow",
    "tsg",
    "ttb",
    "utbs",
)

Transform = Callable[[np.ndarray, np.random.Generator], tuple[np.ndarray, np.ndarray]]
"""A copy of the pixels, and the affine map [2, 3] from the work to it."""


def reencoded(pixels: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """JPEG of quality 30 to 85."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=int(random.integers(30, 86)))
    return np.asarray(Image.open(content).convert("RGB")), np.eye(2, 3)


def resized(pixels: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Half to one and a half times the size."""
    scale = random.uniform(0.5, 1.5)
    size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)), scale * np.eye(2, 3)


def cropped(pixels: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """5 to 10 % of width and of height cut away, shared by the sides at random."""
    height, width = pixels.shape[:2]
    lost_x, lost_y = random.uniform(0.05, 0.1, 2) * (width, height)
    left, top = int(random.uniform(0, lost_x)), int(random.uniform(0, lost_y))
    part = pixels[top : top + int(height - lost_y), left : left + int(width - lost_x)]
    return part.copy(), np.array([[1.0, 0, -left], [0, 1, -top]])


def mirrored(pixels: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Left and right exchanged."""
    return pixels[:, ::-1].copy(), np.array([[-1.0, 0, pixels.shape[1] - 1], [0, 1, 0]])


def recoloured(pixels: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Hue turned by 40 degrees or more, saturation, gamma and each channel's strength changed."""
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV).astype(float)
    hsv[..., 0] = (hsv[..., 0] + random.uniform(20, 160)) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * random.uniform(0.3, 1.7), 0, 255)
    rgb = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB) / 255.0
    changed = rgb ** random.uniform(0.6, 1.6) * random.uniform(0.85, 1.15, 3)
    return np.round(255 * np.clip(changed, 0, 1)).astype(np.uint8), np.eye(2, 3)


def toned(pixels: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Grey, sepia, or another white balance (red and blue stronger and weaker by a tenth to a quarter)."""
    balance = random.uniform(0.1, 0.25) * random.choice((-1, 1))
    ways = (np.tile(LIGHTNESS, (3, 1)), SEPIA, np.diag([1 + balance, 1.0, 1 - balance]))
    toned_pixels = pixels @ ways[random.integers(len(ways))].T
    return np.round(np.clip(toned_pixels, 0, 255)).astype(np.uint8), np.eye(2, 3)


TRANSFORMS: tuple[Transform, ...] = (reencoded, resized, cropped, mirrored, recoloured, toned)


@dataclass(frozen=True)
class Portrait:
    """A work or a copy of one, as far as it is compared."""

    work: str
    kind: str
    """`work`, or the name of the transform."""
    face: ComparedFace
    hash: int


def portraits_of(task: tuple[str, int, bool]) -> list[Portrait]:
    """A work with a likely face, and its copies; empty if nothing like a face is in it."""
    path, seed, with_copies = task
    cv2.setNumThreads(1)
    try:
        pixels = decode(Path(path)).pixels
    except ItemError:
        return []
    box = likely_face(pixels) if min(pixels.shape[:2]) >= MIN_SIDE_PX else None
    if box is None:
        return []
    model, random = landmark_model(), np.random.default_rng(seed)
    found = [_portrait(model, pixels, box, path, "work")]
    for transform in TRANSFORMS if with_copies else ():
        copy, matrix = transform(pixels, random)
        scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
        centre = matrix @ [*box.centre, 1.0] + scale * box.side * random.uniform(-0.05, 0.05, 2)
        side = scale * box.side * random.uniform(0.93, 1.07)
        degrees = -box.degrees if transform is mirrored else box.degrees
        found.append(_portrait(model, copy, FaceBox(centre, float(side), degrees), path, transform.__name__))
    return found


@cache
def detector() -> DlibHog:
    """Made once in each process."""
    return DlibHog(DETECTION_THRESHOLD)


@cache
def landmark_model() -> DlibShapePredictor:
    """Loaded once in each process."""
    packaged = shape_predictor(None)
    return DlibShapePredictor(packaged.path, packaged.name)


def likely_face(pixels: np.ndarray) -> FaceBox | None:
    """Where a face is most likely; half of these places show none, and are as good a test."""
    middle = (np.array(pixels.shape[1::-1]) - 1) / 2
    matrix = AugmentedCopy().matrix(middle, 1.05 * max(pixels.shape[:2]), DETECTION_PX)
    found = detector().detect(render(pixels, matrix, DETECTION_PX))
    if not found:
        return None
    best = max(found, key=lambda detection: detection.score)
    return FaceBox(to_picture(best.centre[None], matrix)[0], float(best.side / matrix[0, 0]), 0.0)


def _portrait(model: DlibShapePredictor, pixels: np.ndarray, box: FaceBox, path: str, kind: str) -> Portrait:
    quad = consensus(model, pixels, FaceBox.of_quad(coarse_landmarks(model, pixels, box).quad)).quad
    size = (pixels.shape[1], pixels.shape[0])
    sketch = sketch_face(warp_fast(pixels, quad, SIZE_PX))
    face = ComparedFace(f"{path} {kind}-0", sketch, sketch_work(pixels), quad, size)
    return Portrait(path, kind, face, int(perceptual_hash(pixels), 16))


def find_pairs(portraits: Sequence[Portrait]) -> list[tuple[int, int, str]]:
    """Rows and reason of the pairs that the filter calls duplicates."""
    faces = [portrait.face for portrait in portraits]
    of_faces = np.array([face.face.descriptor for face in faces])
    of_works = np.array([face.work.descriptor for face in faces])
    descriptors = Descriptors(
        [face.face_id for face in faces],
        DescriptorIndex.of(of_faces, average_of(of_faces, AVERAGE_FACE)),
        DescriptorIndex.of(of_works, average_of(of_works, AVERAGE_WORK)),
        0,
    )
    reasons: dict[tuple[int, int], str] = {}
    for pair in find_candidate_pairs(descriptors, 0, len(faces)):
        resemblance = compare(faces[pair.first], faces[pair.second], pair.mirrored)
        if resemblance and (reason := duplicate_type(resemblance, MIN_SHARED_STROKES)):
            reasons[pair.first, pair.second] = reason
    return [(*rows, reason) for rows, reason in reasons.items()]


def find_by_hash(portraits: Sequence[Portrait]) -> list[tuple[int, int, str]]:
    """The baseline: nearby perceptual hashes of whole works."""
    hashes = np.array([portrait.hash for portrait in portraits], np.uint64)
    near = np.bitwise_count(hashes[:, None] ^ hashes[None, :]) <= BASELINE_BITS
    return [(int(first), int(second), "hash") for first, second in np.argwhere(near) if first < second]


def measure(portraits: Sequence[Portrait], pairs: Sequence[tuple[int, int, str]]) -> dict[str, float]:
    """Recall of copies by kind (a copy is found if it is paired with its work), precision of pairs."""
    version = versions()
    rows = {(portrait.work, portrait.kind): row for row, portrait in enumerate(portraits)}
    found = {frozenset(pair[:2]) for pair in pairs}
    copies = [(work, kind) for work, kind in rows if kind != "work"]
    hit = {copy: frozenset((rows[copy], rows[copy[0], "work"])) in found for copy in copies}
    right = [_same(portraits[first].work, portraits[second].work, version) for first, second, _ in pairs]
    result = {"recall": np.mean(list(hit.values())), "precision": np.mean(right), "wrong_pairs": right.count(False)}
    for transform in TRANSFORMS:
        name = transform.__name__
        result[f"recall_{name}"] = np.mean([hit[copy] for copy in copies if copy[1] == name])
    return {name: round(float(value), 4) for name, value in result.items()}


def versions() -> dict[str, int]:
    """Number of the group, by the end of a work's path."""
    lines = [line.split() for line in VERSIONS.read_text().splitlines() if line and not line.startswith("#")]
    return {name: number for number, names in enumerate(lines) for name in names}


def short(path: str) -> str:
    """The end of a path by which works are listed: what follows the last `portraits`, and the campaign before it."""
    parts = Path(path).parts
    at = len(parts) - 1 - parts[::-1].index("portraits") if "portraits" in parts else len(parts) - 1
    campaign = parts[at - 2] if at >= 2 else ""
    return "/".join([campaign, *parts[at + 1 :]]).replace(" ", "_")


def _same(first: str, second: str, version: dict[str, int]) -> bool:
    one, other = version.get(short(first)), version.get(short(second))
    return first == second or (one is not None and one == other)


def fetch(target: Path) -> Path:
    """Unpack the game's packages into `target` with apt-get and dpkg, without root."""
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            names = subprocess.run(["apt-cache", "pkgnames", "wesnoth-1."], capture_output=True, text=True, check=True)
            newest = max(name.removesuffix("-data") for name in names.stdout.split() if name.endswith("-data"))
            wanted = [f"{newest}-{part}" for part in ("data", *CAMPAIGNS)]
            subprocess.run(["apt-get", "-qq", "download", *wanted], cwd=scratch, check=True)
            for package in Path(scratch).glob("*.deb"):
                subprocess.run(["dpkg", "-x", str(package), f"{scratch}/unpacked"], check=True)
            (Path(scratch) / "unpacked").replace(target)
    return target


def pictures(folders: Sequence[Path]) -> Iterator[Path]:
    """Portraits below the folders, in order."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".png", ".webp", ".jpg") and "portraits" in path.parts:
                yield path


def main(folders: Sequence[Path]) -> None:
    """Print pairs of different works, a table, and the figures."""
    paths = [str(path) for path in pictures(folders or [fetch(CACHE)])]
    chosen = set(np.random.default_rng(0).permutation(len(paths))[: len(paths) // 2].tolist())
    tasks = [(path, number, number in chosen) for number, path in enumerate(paths)]
    with ProcessPoolExecutor(WORKERS) as pool:
        by_work = [found for found in pool.map(portraits_of, tasks, chunksize=4) if found]
    injected = [found for found in by_work if len(found) > 1][:WORKS]
    others = [found[:1] for found in by_work if len(found) == 1][:WORKS]
    portraits = [portrait for found in (*injected, *others) for portrait in found]
    began = time.process_time()
    pairs = find_pairs(portraits)
    seconds = time.process_time() - began
    version = versions()
    for first, second, reason in pairs:
        a, b = portraits[first], portraits[second]
        if a.kind == b.kind == "work":
            verdict = "version" if _same(a.work, b.work, version) else "WRONG"
            print(f"{verdict}  {reason:<11} {short(a.work)} {short(b.work)}")
    ours, baseline = measure(portraits, pairs), measure(portraits, find_by_hash(portraits))
    facts = {"works": len(injected), "others": len(others), "copies": sum(len(found) - 1 for found in injected)}
    compared = sum(1 for _ in combinations(range(len(portraits)), 2))
    facts |= {"pairs_compared": compared, "cpu_seconds": round(seconds, 1)}
    print(json.dumps({"compares": "sketches with perceptual hashes", **facts, "filter": ours, "phash_10": baseline}))


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
