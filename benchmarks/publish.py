"""A release of real-size crops: speed against copying the same files, memory by size, and `diff` of 100,000 rows.

The build has 3,000 faces of 1,024 px; their PNG files are of a real crop's size (noise over a drawing), under names of
their own. Each command runs in a process of its own. Copying reads every file and writes it to one folder. Both end
with their bytes on the disk (`sync`), and go in turns, since the disk is not always equally fast.
Run: python -m benchmarks.publish
"""

import argparse
import io
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aahq_builder.cli import COMMANDS
from aahq_builder.journal import Journal
from aahq_builder.publish.row_digests import COLUMNS, ROWS
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from tests.drawn_build import Portrait, artwork_of, drawn_face, face_of

FACES, FEW, TURNS = 3_000, 1_000, 3
CROP_BYTES = 1_300_000
"""Of a typical PNG of 1,024 px as `align` writes it."""
FORMATS = ("imagefolder", "webdataset", "parquet")
DIFF_ROWS = 100_000
MEASURED = """
import re, sys, time
from pathlib import Path
sys.argv[0] = "aahq-build"
began = time.process_time()
try:
    from aahq_builder.cli import main; main()
finally:
    peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
    print("PEAK", peak, "CPU", time.process_time() - began, file=sys.stderr)
"""


def make_crops(folder: Path, count: int) -> None:
    """A build of `count` works with a face each, whose files have the size of real crops."""
    workdir = WorkDir(folder)
    noise = np.random.default_rng(0).integers(-4, 5, (1024, 1024, 3))
    artwork = artwork_of(Portrait(0), workdir)
    face = face_of(artwork, Portrait(0), workdir)
    pixels = np.clip(np.asarray(drawn_face(0, 1024)).astype(int) + noise, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(folder / "crop.png", compress_level=1)
    content = (folder / "crop.png").read_bytes()
    padding = CROP_BYTES - len(content)
    with Journal(workdir.database) as journal, journal.transaction():
        for number in range(count):
            artwork_id = f"met-{number:016x}"
            names: dict[str, Any] = {"artwork_id": artwork_id, "sha256": f"{number:064x}", "pixel_sha256": None}
            journal.insert([replace(artwork, **names, artist=f"Artist {number % 500}")])
            path = f"faces/{artwork_id}-0.png"
            journal.insert([replace(face, face_id=f"{artwork_id}-0", artwork_id=artwork_id, path=path)])
            # a chunk behind the end of the picture, so that no two files are alike
            (folder / path).write_bytes(content + os.urandom(max(padding, 16)))


def timed(action: Callable[[], object]) -> float:
    """Seconds until what it wrote is on the disk."""
    os.sync()
    began = time.perf_counter()
    action()
    os.sync()
    return time.perf_counter() - began


def publish(work: Path, to: Path, form: str, *flags: str) -> tuple[float, float]:
    """Peak memory in MB and processor time in s of the command."""
    words = ["publish", "--work", work, "--to", to, "--content", "pixels", "--format", form, "--quiet", *flags]
    command = [sys.executable, "-c", MEASURED, *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    found = re.search(r"PEAK (\d+) CPU ([\d.]+)", done.stderr)
    if done.returncode or not found:
        raise SystemExit(done.stderr[-2000:])
    return int(found[1]) / 1024, float(found[2])


def copy(faces: Path, to: Path) -> None:
    """What has to be beaten: every file read and written, and nothing known of it."""
    to.mkdir()
    for path in faces.iterdir():
        shutil.copyfile(path, to / path.name)


def speed(root: Path, form: str, turns: int) -> tuple[float, float]:
    """Median seconds to copy the faces and to publish them, in turns, by a program that has started."""
    words = ["--work", root / "work", "--to", root / "out", "--content", "pixels", "--format", form, "--quiet"]
    seconds: dict[str, list[float]] = {"copy": [], "publish": []}
    for _ in range(turns):
        seconds["copy"].append(timed(lambda: copy(root / "work" / "faces", root / "copied")))
        shutil.rmtree(root / "copied")
        seconds["publish"].append(timed(lambda: run("publish", COMMANDS["publish"], [*map(str, words)])))
        shutil.rmtree(root / "out")
    return statistics.median(seconds["copy"]), statistics.median(seconds["publish"])


def diff_seconds(root: Path, rows: int) -> float:
    """Seconds of `diff` on two releases of many rows, a hundredth of which differ."""
    for name, shift in (("a", 0), ("b", rows // 100)):
        folder = root / name
        folder.mkdir()
        (folder / "release.json").write_text("{}")
        with (folder / ROWS).open("w") as file:
            file.write(",".join(COLUMNS) + "\n")
            for number in range(shift, rows + shift):
                hashes = f"{number:064x},{number:064x},{number:016x},{number:016x},{number:016x},{number:016x}"
                file.write(f"met-{number:016x}-0,train,yes,CC0-1.0,open,{hashes}\n")
    began = time.perf_counter()
    command = [sys.executable, "-m", "aahq_builder", "diff", str(root / "a"), str(root / "b"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - began
    assert json.loads(done.stdout)["added"] == rows // 100
    return seconds


def main() -> None:
    """Measure, print a line for each, and last everything as JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--faces", type=int, default=FACES)
    options.add_argument("--turns", type=int, default=TURNS)
    arguments = options.parse_args()
    facts: dict[str, object] = {}
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        root = Path(folder)
        make_crops(root / "work", arguments.faces)
        with redirect_stdout(io.StringIO()):  # the first time imports what the others then have
            run("publish", COMMANDS["publish"], ["--work", str(root / "work"), "--limit", "1", "--quiet"])
        for form in FORMATS:
            few, _ = publish(root / "work", root / "few", form, "--limit", str(FEW))
            shutil.rmtree(root / "few")
            peak, cpu_s = publish(root / "work", root / "out", form)
            shutil.rmtree(root / "out")
            slope = (peak - few) / (arguments.faces - FEW) * 1000
            facts |= {f"{form}_peak_mb": round(peak), f"{form}_mb_per_1000_faces": round(slope, 2)}
            facts[f"{form}_cpu_ms_per_face"] = round(1000 * cpu_s / arguments.faces, 2)
            sizes = f"{peak:5.0f} MB at {arguments.faces} faces, {few:5.0f} MB at {FEW}"
            print(f"{form:<12} {sizes}: {slope:.2f} MB per 1,000", flush=True)
        for form in FORMATS[:2] if arguments.turns else ():
            copied_s, published_s = speed(root, form, arguments.turns)
            facts |= {f"{form}_s": round(published_s, 1), f"{form}_copy_s": round(copied_s, 1)}
            facts[f"{form}_speed_of_copying"] = round(copied_s / published_s, 2)
            print(
                f"{form:<12} {published_s:.1f} s, copying {copied_s:.1f} s: {copied_s / published_s:.0%} of its speed"
            )
        facts["diff_100000_rows_s"] = round(diff_seconds(root, DIFF_ROWS), 1)
    compares = f"publishing {arguments.faces} crops of 1.3 MB with copying their files; memory with {FEW} crops"
    print(json.dumps({"benchmark": "publish", "compares": compares, "goal_speed": 0.8, **facts}))


if __name__ == "__main__":
    main()
