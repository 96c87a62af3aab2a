"""Opening a set of pictures for training, the first time and again, against decoding every picture at every start.

    python benchmarks/open_data.py

Gradients with noise as JPEG and PNG of 512 px for a training at 256 px, and many small files, whose rate says how long
95,000 take to be opened again. Seconds are those of the clock, with all cores that there are, if not said otherwise.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch

from blendgan.console import Console
from blendgan.data import manifest
from blendgan.data.folder import ImageFolder, open_folder, picture_files
from blendgan.data.processes import own_cores
from blendgan.training.engine.inputs import manifest_of
from blendgan.training.engine.opening import KeptSet, Opening
from blendgan.training.parallel.distributed import World

QUIET, WORLD = Console(verbosity=-1), World(torch.device("cpu"))
LARGE, SMALL = 400, 10_000
GOAL_FILES = 95_000


def draw(folder: Path, suffix: str, count: int, size: int) -> Path:
    """Gradients with some noise: files as large as those of photographs. Trailing bytes make contents differ."""
    folder.mkdir()
    y, x = np.mgrid[0:size, 0:size] * 255 // size
    noise = np.random.default_rng(0).integers(0, 24, (size, size, 3))
    pixels = np.clip(np.dstack([x, y, 255 - x]) + noise, 0, 255).astype(np.uint8)
    content = cv2.imencode(suffix, pixels)[1].tobytes()
    for number in range(count):
        (folder / f"{number:06d}{suffix}").write_bytes(content + number.to_bytes(4, "big"))
    return folder


def as_before(root: Path, kept: Path, size: int) -> ImageFolder:
    """Hash what has changed, then decode everything."""
    manifest.save(manifest_of(root, manifest.load(kept), QUIET), kept)
    return open_folder(root, size)


def as_now(root: Path, kept: Path, size: int) -> ImageFolder:
    """Hash what has changed, and decode what was never seen."""
    files = manifest_of(root, manifest.load(kept), QUIET)
    manifest.save(files, kept)
    place = KeptSet(kept.parent, "faces")
    return Opening(root=root, size=size, kept=place, world=WORLD, console=QUIET).pictures(files)


def seconds(call: Callable[[Path, Path, int], ImageFolder], root: Path, kept: Path, size: int) -> tuple[float, float]:
    """Of opening, and of reading every picture after it as an epoch does; files were just written, so none is cold."""
    began = time.perf_counter()
    found = call(root, kept, size)
    opened = time.perf_counter()
    for index in range(len(found)):
        found.read(index)
    assert len(found) + len(found.refused) == len(picture_files(root))
    return opened - began, time.perf_counter() - opened


def measure(root: Path, size: int) -> dict[str, float]:
    """First and again, before and now."""
    took: dict[str, float] = {}
    for name, call in (("before", as_before), ("now", as_now)):
        for turn in ("first", "again"):
            took[f"{name}_{turn}_s"], took[f"{name}_{turn}_epoch_s"] = seconds(
                call, root, root.with_suffix(f".{name}") / "m.json", size
            )
    both = {name: took[f"{name}_first_s"] + took[f"{name}_first_epoch_s"] for name in ("before", "now")}
    facts = took | {
        "ratio_first": took["before_first_s"] / took["now_first_s"],
        "ratio_first_with_epoch": both["before"] / both["now"],
        "ratio_again": took["before_again_s"] / took["now_again_s"],
        "ratio_epoch": took["before_again_epoch_s"] / took["now_again_epoch_s"],
    }
    print(f"{root.name}: " + ", ".join(f"{name} {value:.2f}" for name, value in facts.items()), flush=True)
    return {name: round(value, 3) for name, value in facts.items()}


def cpu_seconds_again(root: Path) -> float:
    """Of this process alone, whatever else the machine does."""
    began = time.process_time()
    as_now(root, root.with_suffix(".now") / "m.json", 32)
    return time.process_time() - began


def main() -> None:
    """Three sets."""
    with tempfile.TemporaryDirectory() as folder:
        sets = {
            "jpeg": measure(draw(Path(folder, "jpeg"), ".jpg", LARGE, 512), 256),
            "png": measure(draw(Path(folder, "png"), ".png", LARGE, 512), 256),
            "small": measure(draw(Path(folder, "small"), ".png", SMALL, 32), 32),
        }
        again = cpu_seconds_again(Path(folder, "small")) * GOAL_FILES / SMALL
    print(f"{GOAL_FILES:,} known files would be opened in {again:.1f} CPU seconds")
    facts = {"cores": own_cores(), "again_cpu_s_of_95000": round(again, 1), "sets": sets}
    print(json.dumps({"compares": "opening a set: decoding all at every start / now (ratio)", **facts}))


if __name__ == "__main__":
    main()
