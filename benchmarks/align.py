"""Alignment against the official formulation: the warp alone, a rebuild from given landmarks, and with detection.

python benchmarks/align.py

One core, 1024 px, the photograph of scikit-image's astronaut enlarged, with film grain and the fall of contrast towards
fine detail that pictures have. The official scripts decode with Pillow, warp by `warp_reference` and write PNG at
Pillow's default level; they are given landmarks and do not detect.
"""

import io
import json
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from PIL import Image

from aahq_builder.align.aligner import Aligner, Task
from aahq_builder.align.ensemble import make_finder
from aahq_builder.align.fast_warp import warp_fast
from aahq_builder.align.geometry import crop_quad, four_points, quad_side
from aahq_builder.align.warp import warp_reference
from aahq_builder.config import AlignConfig
from aahq_builder.engine import run_local
from aahq_builder.images import decode
from aahq_builder.workdir import WorkDir

SIZE, ROUNDS = 1024, 3
SIDES = {"upscaled": 500, "as it is": 1000, "halved": 2000, "to a fifth": 5000, "with border": 1000}


def fastest(function: Callable[[], object]) -> float:
    """Processor seconds of the fastest of some rounds."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        function()
        seconds.append(time.process_time() - began)
    return min(seconds)


def photograph(side: int) -> np.ndarray:
    """The astronaut at this size, with detail down to the pixel."""
    picture = cv2.resize(skimage.data.astronaut(), (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32)
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
    return encoded(warp_fast(picture.pixels, (quad + 0.5) / picture.reduction - 0.5, SIZE), "PNG", compress_level=1)


def per_image() -> dict[str, float]:
    """Ratios for whole files."""
    content = encoded(photograph(2000), "JPEG", quality=92)
    face = make_finder(AlignConfig()).find(decode(content).pixels)[0]
    quad = crop_quad(four_points(face.landmarks))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "picture.jpg").write_bytes(content)
        aligner = Aligner(WorkDir(Path(folder)), AlignConfig(work=Path(folder), size=SIZE), "benchmark")
        official_s, rebuild_s = fastest(lambda: official(content, quad)), fastest(lambda: rebuilt(content, quad))
        align_s = fastest(lambda: aligner(Task("folder-0", "picture.jpg")))
        print(f"official {official_s:.3f} s, rebuild {rebuild_s:.3f} s, with detection {align_s:.3f} s per picture")
        one_s, two_s = (throughput(Path(folder), workers) for workers in (1, 2))
    print(f"pictures per second: {1 / one_s:.2f} with one worker, {1 / two_s:.2f} with two")
    return {
        "rebuild_times": round(official_s / rebuild_s, 1),
        "align_with_detection_times": round(official_s / align_s, 2),
        "two_workers_times": round(one_s / two_s, 2),
    }


def throughput(folder: Path, workers: int, pictures: int = 24) -> float:
    """Seconds per picture once all workers are warm."""
    config = AlignConfig(work=folder, size=SIZE)
    tasks = [Task(f"folder-{number}", "picture.jpg") for number in range(pictures + 2 * workers)]
    outcomes = run_local(partial(Aligner, WorkDir(folder), config, "benchmark"), tasks, workers, 120)
    for _ in range(2 * workers):
        next(outcomes)
    began = time.perf_counter()
    assert sum(1 for _ in outcomes) == pictures
    return (time.perf_counter() - began) / pictures


def main() -> None:
    """Print every ratio."""
    cv2.setNumThreads(1)
    print(json.dumps({"warp_1024": warps(), **per_image(), "processors": len(os.sched_getaffinity(0))}))


if __name__ == "__main__":
    main()
