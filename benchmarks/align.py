"""Alignment against the official formulation: the warp alone, a rebuild from given landmarks, and with detection.

python benchmarks/align.py [FOLDER OF PORTRAITS]

One core, 1024 px, the photograph of scikit-image's astronaut enlarged, with film grain and the fall of contrast towards
fine detail that pictures have; and every twelfth of the labelled portraits of Battle for Wesnoth, fetched with apt-get
without a folder. The official scripts decode with Pillow, warp by `warp_reference` and write PNG at Pillow's default
level; they are given landmarks and do not detect. Times are processor seconds, but for the throughput of two workers.
"""

import io
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from memory import peak_mb
from PIL import Image

from aahq_builder.align.aligner import Aligner, AlignTask
from aahq_builder.align.config import AlignConfig
from aahq_builder.align.ensemble import make_finder
from aahq_builder.align.fast_warp import warp_fast
from aahq_builder.align.geometry import crop_quad, four_points, quad_side
from aahq_builder.align.warp import warp_reference
from aahq_builder.engine import run_local
from aahq_builder.images import decode, encode_png
from aahq_builder.workdir import WorkDir
from pipelines.demo_config import DemoConfig
from pipelines.local_museum.portraits import fetch_portraits

SIZE, ROUNDS, PAIRS = 1024, 3, 4
SIDES = {
    "upscaled": 500,
    "as it is": 1000,
    "with border": 1000,
    "by 1.5": 1500,
    "halved": 2000,
    "by 3": 3000,
    "by 4": 4000,
    "to a fifth": 5000,
    "to a sixth": 6200,
}
LABELS = Path(__file__).with_name("portrait_faces.json")
EVERY = 12
"""Every twelfth portrait is timed."""
LARGE_PX = 8000


def fastest(function: Callable[[], object]) -> float:
    """Processor seconds of the fastest of some rounds."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        function()
        seconds.append(time.process_time() - began)
    return min(seconds)


def enlarged(side: int) -> np.ndarray:
    """The astronaut at this size."""
    import skimage.data

    return cv2.resize(skimage.data.astronaut(), (side, side), interpolation=cv2.INTER_CUBIC)


def photograph(side: int) -> np.ndarray:
    """The astronaut at this size, with detail down to the pixel."""
    picture = enlarged(side).astype(np.float32)
    random = np.random.default_rng(0)
    for reduction, contrast in ((16, 5), (8, 4), (4, 3), (2, 2), (1, 1)):
        grain = random.normal(0, contrast, (side // reduction, side // reduction, 1)).astype(np.float32)
        picture += cv2.resize(grain, (side, side), interpolation=cv2.INTER_CUBIC)[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


def quad_of(centre: float, side: float, degrees: float) -> np.ndarray:
    """A square turned by some degrees."""
    turn = np.radians(degrees)
    across = np.array([np.cos(turn), np.sin(turn)]) * side / 2
    down = np.array([-across[1], across[0]])
    return centre + np.array([-across - down, -across + down, across + down, across - down])


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    """Peak signal to noise ratio, dB."""
    return float(10 * np.log10(255**2 / np.mean((first.astype(float) - second) ** 2)))


def warps() -> dict[str, dict[str, float]]:
    """Times faster and decibels, for crops of several sizes."""
    return {name: compare_warps(name, side) for name, side in SIDES.items()}


def compare_warps(name: str, side: int) -> dict[str, float]:
    """Both warps of a crop of this size, in the middle of the picture or over its border."""
    picture = photograph(int(side * 1.5))
    quad = quad_of(len(picture) * (0.3 if name == "with border" else 0.5), side, 10)
    slow_s = fastest(lambda: warp_reference(picture, quad, SIZE))
    fast_s = fastest(lambda: warp_fast(picture, quad, SIZE))
    decibels = psnr(warp_fast(picture, quad, SIZE), warp_reference(picture, quad, SIZE))
    print(f"warp of {side} px, {name}: {slow_s:.3f} s / {fast_s:.4f} s = {slow_s / fast_s:.0f}x, {decibels:.1f} dB")
    return {"times": round(slow_s / fast_s, 1), "dB": round(decibels, 1)}


def encoded(pixels: np.ndarray, form: str, **options: object) -> bytes:
    """A file in memory."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, form, **options)
    return content.getvalue()


def official(content: bytes, quad: np.ndarray) -> bytes:
    """What the official script does with one picture."""
    pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    return encoded(warp_reference(pixels, quad, SIZE), "PNG")


def rebuilt(content: bytes, quad: np.ndarray) -> bytes:
    """What we do when the landmarks are given."""
    picture = decode(content, int(2000 * SIZE / quad_side(quad)))
    return encode_png(warp_fast(picture.pixels, picture.reduced(quad), SIZE))


def per_image(folder: Path) -> dict[str, float]:
    """Ratios for a photograph of 2000 px."""
    content = encoded(photograph(2000), "JPEG", quality=92)
    (folder / "picture.jpg").write_bytes(content)
    face = make_finder(AlignConfig()).find(decode(content).pixels)[0]
    quad = crop_quad(four_points(face.landmarks))
    aligner = Aligner(WorkDir(folder), AlignConfig(work=folder, size=SIZE), "benchmark")
    official_s, rebuild_s = fastest(lambda: official(content, quad)), fastest(lambda: rebuilt(content, quad))
    align_s = fastest(lambda: aligner(AlignTask("folder-0", "picture.jpg")))
    print(f"2000 px JPEG: official {official_s:.3f} s, rebuild {rebuild_s:.3f} s, with detection {align_s:.3f} s")
    return {
        "rebuild_times": round(official_s / rebuild_s, 1),
        "align_with_detection_times": round(official_s / align_s, 2),
    }


def portraits(art: Path, folder: Path) -> dict[str, dict[str, float]]:
    """Ratios with detection on portraits, by the class of their face; the official script is given a crop."""
    aligner = Aligner(WorkDir(folder), AlignConfig(work=folder, size=SIZE), "benchmark")
    kinds: dict[str, list[tuple[float, float]]] = {"clear face": [], "other face": [], "no face": [], "all": []}
    for name, labels in list(json.loads(LABELS.read_text()).items())[::EVERY]:
        faces = [label for label in labels if label["centre"]]
        content = (art / name).read_bytes()
        (folder / "portrait.png").write_bytes(content)
        quad = quad_of(0, faces[0]["side"], 0) + faces[0]["centre"] if faces else quad_of(200, 150, 0)
        began = time.process_time()
        official(content, quad)
        between = time.process_time()
        aligner(AlignTask("folder-0", "portrait.png"))
        seconds = between - began, time.process_time() - between
        kind = "no face" if not labels else "clear face" if labels[0]["class"] == "clear" else "other face"
        kinds[kind].append(seconds)
        kinds["all"].append(seconds)
    return {kind: compare(kind, np.array(seconds)) for kind, seconds in kinds.items()}


def compare(kind: str, seconds: np.ndarray) -> dict[str, float]:
    """Ratios of medians and of means of seconds [N, 2], the official script's and ours."""
    (official_median, median), (official_mean, mean) = np.median(seconds, axis=0), seconds.mean(axis=0)
    print(f"{len(seconds)} portraits, {kind}: median {official_median:.3f} s / {median:.3f} s, mean {mean:.3f} s")
    return {"median_times": round(official_median / median, 2), "mean_times": round(official_mean / mean, 2)}


def throughput(folder: Path, workers: int, pictures: int = 24) -> float:
    """Seconds per picture once all workers are warm."""
    config = AlignConfig(work=folder, size=SIZE)
    tasks = [AlignTask(f"folder-{number}", "picture.jpg") for number in range(pictures + 2 * workers)]
    outcomes = run_local(partial(Aligner, WorkDir(folder), config, "benchmark"), tasks, workers, 120)
    for _ in range(2 * workers):
        next(outcomes)
    began = time.perf_counter()
    assert sum(outcome.error is None for outcome in outcomes) == pictures
    return (time.perf_counter() - began) / pictures


def scaling(folder: Path) -> float:
    """How much faster two workers are than one, in the best of some pairs: others may use the cores too."""
    pairs = [(throughput(folder, 1), throughput(folder, 2)) for _ in range(PAIRS)]
    one_s, two_s = max(pairs, key=lambda pair: pair[0] / pair[1])
    print(f"pictures per second: {1 / one_s:.2f} with one worker, {1 / two_s:.2f} with two")
    return round(one_s / two_s, 2)


def peaks(folder: Path) -> dict[str, int]:
    """Most memory of a worker on large originals, MB."""
    # without grain, of which 8000 px make larger files than a crawl takes
    large = enlarged(LARGE_PX)
    opaque = np.full((*large.shape[:2], 1), 255, dtype=np.uint8)
    pictures = {"jpg": (large, "JPEG"), "png": (large, "PNG"), "webp": (large, "WEBP")}
    pictures["rgba.png"] = np.concatenate([large, opaque], axis=2), "PNG"
    found = {}
    for name, (pixels, form) in pictures.items():
        (folder / name).write_bytes(encoded(pixels, form, quality=90, compress_level=1, method=0))
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as worker:
            found[name] = worker.submit(peak_of, folder, name).result()
        print(f"{LARGE_PX} px {name}: {found[name]} MB")
    return found


def peak_of(folder: Path, name: str) -> int:
    """Most memory of this process after aligning a picture, MB."""
    cv2.setNumThreads(1)
    Aligner(WorkDir(folder), AlignConfig(work=folder, size=SIZE), "benchmark")(AlignTask("folder-0", name))
    return round(peak_mb())


def main() -> None:
    """Print every ratio."""
    cv2.setNumThreads(1)
    art = Path(sys.argv[1]) if len(sys.argv) > 1 else DemoConfig().portraits
    fetch_portraits(art)
    with tempfile.TemporaryDirectory() as folder:
        ratios = {"warp_1024": warps(), **per_image(Path(folder)), "portraits": portraits(art, Path(folder))}
        ratios |= {"two_workers_times": scaling(Path(folder)), "peak_mb": peaks(Path(folder))}
    print(json.dumps(ratios | {"processors": len(os.sched_getaffinity(0))}))


if __name__ == "__main__":
    main()
