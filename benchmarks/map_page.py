"""The style map's page of as many faces as AAHQ has: file size, memory of writing it, first picture, frames per second.

Headless Chromium opens it from a file with the network off and draws by software: no graphics card takes part. The
faces are made up, in clusters; thumbnails are those of a build, repeated, or drawn ones. Frames are counted while a
key moves the map at every one of them, on the whole map and close to it; processor time of a frame is the browser's.
Run: python -m benchmarks.map_page [FACES [WORK]]
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Page

from aahq_builder.thumbnails import FOLDER, jpeg
from aahq_builder.tsne.outputs import write_page
from aahq_builder.tsne.shown import NO_CLUSTER, Cluster, MapFace
from benchmarks.memory import peak_mb
from tests.browser import chromium
from tests.drawn_build import drawn_face

FACES, CLUSTERS, DRAWN, SEED = 33_000, 60, 40, 0
GOAL_MB, GOAL_S, GOAL_FPS = 60, 3.0, 30
PAN_MS = 4000
VIEWPORT = {"width": 1400, "height": 900}
WATCH = """
const ground = [0x17, 0x19, 0x1d];
function look() {
  const map = document.getElementById("map");
  const pen = map?.getContext("2d", { alpha: false, willReadFrequently: true });
  const pixels = pen?.getImageData(map.width / 2 - 50, map.height / 2 - 50, 100, 100).data;
  if (pixels?.some((value, place) => place % 4 < 3 && value && value !== ground[place % 4])) {
    window.firstPicture = performance.now();
  } else requestAnimationFrame(look);
}
requestAnimationFrame(look);
"""
"""Notes when the map shows something for the first time, in ms since the page was asked for."""
PAN = """
async (duration) => {
  const map = document.getElementById("map");
  const begun = performance.now();
  const keys = ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"];
  let frames = 0, longest = 0, last = begun;
  while (last - begun < duration) {
    await new Promise(requestAnimationFrame);
    map.dispatchEvent(new KeyboardEvent("keydown", { key: keys[(frames >> 3) & 3] }));
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    frames++;
  }
  return [frames / (last - begun) * 1000, longest, frames];
}
"""


def thumbnails(work: Path | None) -> list[bytes]:
    """Those of a build, or drawn ones."""
    found = sorted((work / FOLDER).glob("*.jpg")) if work else []
    return [path.read_bytes() for path in found] or [jpeg(np.asarray(drawn_face(seed))) for seed in range(DRAWN)]


def made_up(count: int, pictures: list[bytes]) -> tuple[list[MapFace], list[Cluster]]:
    """Faces in clusters of uneven size, one in ten in none."""
    rng = np.random.default_rng(SEED)
    share = rng.pareto(1.5, CLUSTERS) + 0.2
    cluster = rng.choice(CLUSTERS, count, p=share / share.sum())
    centres = rng.uniform(-80, 80, (CLUSTERS, 2))
    spread = 40 * np.sqrt(share / share.sum())
    alone = rng.random(count) < 0.1
    places = centres[cluster] + spread[cluster, None] * rng.standard_normal((count, 2))
    places[alone] = rng.uniform(-100, 100, (int(alone.sum()), 2))
    numbers = np.where(alone, NO_CLUSTER, cluster)
    measures = rng.random((count, 6))
    faces = [
        MapFace(
            face_id=f"met-{index:016x}-0",
            artwork_id=f"met-{index:016x}",
            x=float(places[index, 0]),
            y=float(places[index, 1]),
            title=f"Portrait of somebody whose name is number {index}",
            artist=f"artist {cluster[index] * 7 + index % 7}",
            license=("CC0-1.0", "CC-BY-4.0", "PDM")[index % 3],
            source=("met", "aic", "cleveland", "commons")[cluster[index] % 4],
            page_url=f"https://museum.example/collection/works/{index}",
            thumbnail=pictures[index % len(pictures)],
            cluster=int(numbers[index]),
            distance=float(measures[index, 0]),
            scores={f"measure_{name}": float(value) for name, value in enumerate(measures[index])},
        )
        for index in range(count)
    ]
    known = [int(number) for number in np.unique(numbers) if number != NO_CLUSTER]
    return faces, [described(number, np.flatnonzero(numbers == number), faces) for number in known]


def described(number: int, members: np.ndarray, faces: list[MapFace]) -> Cluster:
    """What the page's table says of a cluster."""
    first, size = faces[members[0]], len(members)
    return Cluster(number, first.face_id, size, [(first.source, size)], [(first.artist, size)], dict(first.scores))


def browser_seconds() -> float:
    """Processor time of all processes of the browser."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def pan(page: Page, name: str) -> dict[str, float]:
    """Frames per second, longest wait and processor time of a frame while the map moves."""
    before = browser_seconds()
    per_second, longest, frames = page.evaluate(PAN, PAN_MS)
    cpu_ms = 1000 * (browser_seconds() - before) / frames
    waits = f"longest {longest:4.0f} ms, {cpu_ms:5.1f} ms of processor time each"
    print(f"{name:<15} {per_second:5.1f} frames/s, {waits}", flush=True)
    return {f"{name}_fps": round(per_second, 1), f"{name}_cpu_ms": round(cpu_ms, 1)}


def open_page(path: Path) -> dict[str, float]:
    """What a person meets who opens the page and comes nearer."""
    with chromium() as browser:
        context = browser.new_context(viewport=VIEWPORT, offline=True)
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(path.as_uri())
        page.wait_for_function("window.firstPicture")
        found = {"first_picture_s": round(page.evaluate("window.firstPicture") / 1000, 2)}
        page.locator("#map").focus()
        found |= pan(page, "whole_map")
        for name, zooms in (("pictures_begin", 7), ("near", 5)):
            for _ in range(zooms):
                page.keyboard.press("+")
            page.wait_for_timeout(3000)
            found |= pan(page, name)
    return found


def main(count: int = FACES, work: Path | None = None) -> None:
    """Print all and hold it against the goals."""
    faces, clusters = made_up(count, thumbnails(work))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.html"
        before_mb, began = peak_mb(), time.process_time()
        write_page(path, faces, ["A page for measuring."], clusters)
        written_s, size_mb = time.process_time() - began, path.stat().st_size / 1e6
        memory = f"peak of memory {before_mb:.0f} -> {peak_mb():.0f} MB"
        print(f"written in {written_s:.1f} s of processor time, {size_mb:.1f} MB; {memory}", flush=True)
        found = open_page(path)
    slowest = min(value for name, value in found.items() if name.endswith("_fps"))
    print(
        json.dumps(
            {
                "benchmark": "map_page",
                "compares": f"the page with {GOAL_MB} MB, {GOAL_S:g} s to the first picture and {GOAL_FPS} frames/s, "
                "in headless Chromium, drawn by software",
                "faces": count,
                "megabytes": round(size_mb, 1),
                "write_cpu_s": round(written_s, 1),
                "write_peak_mb": round(peak_mb()),
                **found,
                "megabytes_of_goal": round(size_mb / GOAL_MB, 2),
                "first_picture_of_goal": round(found["first_picture_s"] / GOAL_S, 2),
                "slowest_fps_of_goal": round(slowest / GOAL_FPS, 2),
            }
        )
    )


if __name__ == "__main__":
    main(*[kind(word) for kind, word in zip((int, Path), sys.argv[1:], strict=False)])
