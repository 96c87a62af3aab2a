"""A release of real-size crops: speed against copying the same files, memory by size, and `diff` of 100,000 rows.

The build has 3,000 faces of 1,024 px; their PNG files are of a real crop's size (noise over a drawing), under names of
their own. Each command runs in a process of its own. Copying reads every file and writes it to one folder, by the
system's own call (`shutil.copyfile`). Both find the same files in the same caches, and end with their bytes on the disk
(`sync`); they go in turns, since the disk is not always equally fast, and take turns at going first.
Of a third of the faces and of all, seconds a face follow, and what is spent once (the card); from these, 33,000 faces.
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
from collections import defaultdict
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from aahq_builder.cli import COMMANDS
from aahq_builder.images import encode_png, hash_of_pixels
from aahq_builder.journal import Journal
from aahq_builder.publish.row_digests import COLUMNS, ROWS
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from tests.drawn_build import Portrait, artwork_of, drawn_face, face_of

FACES, TURNS = 3_000, 3
GOAL_FACES = 33_000
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
    noise = np.random.default_rng(0).integers(-2, 3, (1024, 1024, 3))
    artwork = artwork_of(Portrait(0), workdir)
    pixels = np.clip(np.asarray(drawn_face(0, 1024)).astype(int) + noise, 0, 255).astype(np.uint8)
    content = encode_png(pixels)
    face = replace(face_of(artwork, Portrait(0), workdir), crop_pixel_sha256=hash_of_pixels(pixels))
    with Journal(workdir.database) as journal, journal.transaction():
        for number in range(count):
            artwork_id = f"met-{number:016x}"
            names: dict[str, Any] = {"artwork_id": artwork_id, "sha256": f"{number:064x}", "pixel_sha256": None}
            journal.insert([replace(artwork, **names, artist=f"Artist {number % 500}")])
            path = f"faces/{artwork_id}-0.png"
            journal.insert([replace(face, face_id=f"{artwork_id}-0", artwork_id=artwork_id, path=path)])
            # behind the end of the picture, so that no two files are alike
            (folder / path).write_bytes(content + os.urandom(CROP_BYTES - len(content)))


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


def copy(faces: Path, to: Path, count: int) -> None:
    """What has to be beaten: every file read and written, and nothing known of it."""
    to.mkdir()
    for path in sorted(faces.iterdir())[:count]:
        shutil.copyfile(path, to / path.name)


@dataclass(frozen=True)
class Speed:
    """Median seconds for some of the faces and for all."""

    few: int
    many: int
    few_s: float
    many_s: float

    @property
    def ms_per_face(self) -> float:
        """What a further face takes."""
        return 1000 * (self.many_s - self.few_s) / (self.many - self.few)

    def seconds(self, faces: int) -> float:
        """For so many faces, by that slope."""
        return self.many_s + (faces - self.many) * self.ms_per_face / 1000


def speeds(root: Path, form: str, faces: int, turns: int) -> tuple[Speed, Speed]:
    """Of copying and of publishing, in turns, by a program that has started."""
    words = ["--work", root / "work", "--to", root / "out", "--content", "pixels", "--format", form, "--quiet"]
    actions: list[Callable[[int], object]] = [
        partial(copy, root / "work" / "faces", root / "out"),
        lambda count: run("publish", COMMANDS["publish"], [*map(str, words), "--limit", str(count)]),
    ]
    seconds: dict[tuple[int, int], list[float]] = defaultdict(list)
    for turn in range(turns):
        for count in (faces // 3, faces):
            for which in (turn % 2, 1 - turn % 2):
                seconds[which, count].append(timed(partial(actions[which], count)))
                shutil.rmtree(root / "out")
    medians = {key: statistics.median(values) for key, values in seconds.items()}
    copied, published = (
        Speed(faces // 3, faces, medians[which, faces // 3], medians[which, faces]) for which in range(2)
    )
    return copied, published


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


def measured_memory(root: Path, form: str, faces: int) -> dict[str, float]:
    """Peak memory and processor time of the whole command, and what further faces add."""
    few, few_cpu_s = publish(root / "work", root / "out", form, "--limit", str(faces // 3))
    shutil.rmtree(root / "out")
    peak, cpu_s = publish(root / "work", root / "out", form)
    shutil.rmtree(root / "out")
    more = (faces - faces // 3) / 1000
    slope, cpu_ms = (peak - few) / more, (cpu_s - few_cpu_s) / more
    sizes = f"{peak:.0f} MB at {faces} faces, {few:.0f} MB at {faces // 3}"
    print(f"{form:<12} {sizes}: {slope:.2f} MB per 1,000; processor {cpu_ms:.2f} ms a face", flush=True)
    return {
        f"{form}_peak_mb": round(peak),
        f"{form}_mb_per_1000_faces": round(slope, 2),
        f"{form}_cpu_ms_per_face": round(cpu_ms, 2),
    }


def measured_speed(root: Path, form: str, faces: int, turns: int) -> dict[str, float]:
    """The speed of copying that publishing has: measured, and by slope at the full scale."""
    copied, published = speeds(root, form, faces, turns)
    ratio = copied.many_s / published.many_s
    at_scale = copied.seconds(GOAL_FACES) / published.seconds(GOAL_FACES)
    print(
        f"{form:<12} {published.many_s:.1f} s, copying {copied.many_s:.1f} s: {ratio:.0%} of its speed; a further face "
        f"{published.ms_per_face:.2f} and {copied.ms_per_face:.2f} ms: {at_scale:.0%} at {GOAL_FACES}",
        flush=True,
    )
    return {
        f"{form}_s": round(published.many_s, 2),
        f"{form}_copy_s": round(copied.many_s, 2),
        f"{form}_speed_of_copying": round(ratio, 2),
        f"{form}_ms_per_face": round(published.ms_per_face, 2),
        f"{form}_copy_ms_per_face": round(copied.ms_per_face, 2),
        f"{form}_speed_of_copying_at_33000": round(at_scale, 2),
    }


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
            facts |= measured_memory(root, form, arguments.faces)
        for form in FORMATS[:2] if arguments.turns else ():
            facts |= measured_speed(root, form, arguments.faces, arguments.turns)
        facts["diff_100000_rows_s"] = round(diff_seconds(root, DIFF_ROWS), 1)
    compares = f"publishing {arguments.faces} crops of 1.3 MB with copying their files; slopes: from a third of them"
    print(json.dumps({"benchmark": "publish", "compares": compares, "goal_speed": 0.8, **facts}))


if __name__ == "__main__":
    main()
