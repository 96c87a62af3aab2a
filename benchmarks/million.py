"""Memory and time of the commands on a journal of 1,000,000 artworks and 100,000 faces, against the goal of 1 GB.

The journal is written as the stages would leave it; pictures are not there, so that nothing is decoded. Crawl reads a
list of which every work is known, and one new picture; refresh asks a host that is not there about 200 works; filter
judges all faces anew. Of what loads tables or opens pictures, the slope is given: MB per 1,000 artworks or faces.
Run: python -m benchmarks.million
"""

import csv
import json
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from aahq_builder.filter.measuring import version_of
from aahq_builder.filter.policy import RULES
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Cursor, Face, Resemblance
from aahq_builder.rights.rules import Signal, evidence
from aahq_builder.schema import to_sql
from aahq_builder.sources.base import place_in_words
from aahq_builder.sources.found import artwork_id
from aahq_builder.workdir import WorkDir

ARTWORKS, FACES, ARTISTS = 1_000_000, 100_000, 10_000
GOAL_MB = 1024
LIST = "list.csv"
UNREACHABLE = "http://127.0.0.1:9"
SIGNALS = ("license", "tags", "robots", "tdmrep", "page", "image_headers")
SLOPE_SIZES = (4_000, 20_000)
MEASURED = """
import re, sys
from pathlib import Path
sys.argv[0] = "aahq-build"
try:
    {body}
finally:
    print("PEAK", re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""
COMMAND = "from aahq_builder.cli import main; main()"
OPEN = "import aahq_builder; aahq_builder.open(sys.argv[1])"


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    mb: float
    seconds: float


def cost(*words: object, body: str = COMMAND) -> Cost:
    """Run a command, or other Python, in a process of its own."""
    began = time.perf_counter()
    command = [sys.executable, "-c", MEASURED.format(body=body), *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    seconds = time.perf_counter() - began
    peak = re.search(r"PEAK (\d+)", done.stderr)
    if done.returncode or not peak:
        raise SystemExit(f"{words} failed:\n{done.stderr[-2000:]}")
    return Cost(int(peak[1]) / 1024, seconds)


NUMBERS = "WITH RECURSIVE n(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n WHERE value < ? - 1) "
ADDRESS = f"{UNREACHABLE}/pictures/@.jpg"
"""In templates `@` stands for the artwork's number, and `#` for it as 64 hex digits."""


def artwork(status: str) -> Artwork:
    """The template of an artwork with this status."""
    when = "2026-11-01T12:00:00+00:00"
    signals = [Signal(name, "silent", "", ADDRESS, when) for name in SIGNALS]  # type: ignore[arg-type]
    fetched = {"sha256": "#", "pixel_sha256": "ff#", "path": "originals/00/#.jpg", "fetched_at": when}
    fetched |= {"faces_found": 0, "align_version": "2-benchmark"}
    return Artwork(
        artwork_id="",
        source="urls",
        source_id=ADDRESS,
        page_url=f"{UNREACHABLE}/works/@",
        image_url=ADDRESS,
        title="Portrait of sitter number @",
        artist="Artist @ of somewhere",
        date="1890",
        tags=["portrait", "oil on canvas"],
        candidates=[{"url": ADDRESS, "width": 1000, "height": 1200}],
        host="127.0.0.1:9",
        attribution="Artist @, Museum of Examples, gift of 1920",
        license="CC0-1.0",
        rights="open" if status == "fetched" else "denied",
        policy="open",
        rights_evidence=evidence(signals),
        status=status,
        error={"denied": "robots", "failed": "http_404"}.get(status),
        width=1000,
        height=1200,
        **(fetched if status == "fetched" else {}),  # type: ignore[arg-type]
    )


def face(path: str | None) -> Face:
    """The template of a face."""
    return Face(
        face_id="", artwork_id="", detector="hog", landmark_model="dlib-68", confidence=0.95,
        landmarks=np.linspace(100, 300, 136).round(2).reshape(68, 2).tolist(),
        eye_left=[150.5, 150.5], eye_right=[250.5, 150.5], mouth_left=[160.5, 250.5], mouth_right=[240.5, 250.5],
        quad=[[100.0, 100.0], [100.0, 300.0], [300.0, 300.0], [300.0, 100.0]], face_px=200.0, pad_fraction=0.0,
        path=path,
    )  # fmt: skip


def make(work: Path, artworks: int, faces: int, path: str | None = None) -> Path:
    """A build of so many artworks and faces; with `path` all faces are this one file and were never measured.

    Of ten artworks seven are fetched, two denied, one has failed; the first `faces` are fetched and have a face.
    """
    listing = place_in_words("urls", work.parent / LIST)
    with Journal(WorkDir(work).database) as journal:
        journal.execute("PRAGMA synchronous = OFF")
        journal.execute("PRAGMA cache_size = -400000")
        journal.connection.create_function("id_of", 1, lambda url: artwork_id("urls", url, listing), deterministic=True)
        with journal.transaction():
            add_artworks(journal, artworks, faces)
            add_faces(journal, faces, path)
            if path is None:
                add_measures(journal)
            journal.insert([Cursor(listing=f"urls: {n}", cursor=None, finished=True, updated_at="") for n in range(50)])
    return work


def add_artworks(journal: Journal, count: int, faces: int) -> None:
    """Fill the table from the templates."""
    of_ten = {"denied": "value % 10 IN (7, 8)", "failed": "value % 10 = 9"}
    of_ten["fetched"] = f"value < {faces} OR value % 10 < 7"
    for status, which in of_ten.items():
        chosen = which if status == "fetched" else f"value >= {faces} AND {which}"
        row = {name: to_sql(value) for name, value in vars(artwork(status)).items()}
        number = "replace(replace(?, '@', value), '#', printf('%062x', value))"
        filled = [f"id_of({number})" if name == "artwork_id" else number for name in row]
        sql = f"INSERT INTO artworks ({', '.join(row)}) SELECT {', '.join(filled)} FROM n WHERE {chosen}"
        journal.execute(f"{NUMBERS} {sql}", [count, *(row | {"artwork_id": ADDRESS}).values()])
    journal.execute(f"UPDATE artworks SET artist = 'Artist ' || (rowid % {ARTISTS}) || ' of somewhere'")


def add_faces(journal: Journal, count: int, path: str | None) -> None:
    """One face for each of the first artworks."""
    row = {name: to_sql(value) for name, value in vars(face(path)).items()}
    own = {"face_id": "artwork_id || '-0'", "artwork_id": "artwork_id"}
    own |= {} if path else {"path": "'faces/' || artwork_id || '-0.png'"}
    chosen = [own.get(name, "?") for name in row]
    values = [value for name, value in row.items() if name not in own]
    journal.execute(
        f"INSERT INTO faces ({', '.join(row)}) SELECT {', '.join(chosen)} FROM artworks "
        "WHERE status = 'fetched' ORDER BY rowid LIMIT ?",
        [*values, count],
    )
    journal.execute("UPDATE artworks SET faces_found = 1 WHERE artwork_id IN (SELECT artwork_id FROM faces)")


def add_measures(journal: Journal) -> None:
    """Scores, fingerprints, resemblances and places on the map of all faces, as of today's version of the filter."""
    version = version_of(face(None).quad, artwork("fetched").align_version)
    passing = {"at_least": 100.0, "at_most": 0.0, "within": 0.0}
    for name, value in ({rule.score: passing[rule.kind] for rule in RULES} | {"readable": 1.0}).items():
        journal.execute(
            "INSERT INTO scores (face_id, name, value, version) SELECT face_id, ?, ?, ? FROM faces",
            [name, value, version],
        )
    journal.execute(
        "INSERT INTO fingerprints (face_id, pixel_sha256, perceptual_hash, face_sketch, work_sketch, compared, version)"
        " SELECT face_id, printf('%064x', rowid), printf('%016x', rowid), x'', x'', 1, ? FROM faces",
        [version],
    )
    journal.execute("INSERT INTO map_points (face_id, x, y, version) SELECT face_id, 0.5, 0.5, '1' FROM faces")
    pair = Resemblance(
        first="", second="", face_share=0.4, work_share=0.4, face_region_share=0.1, work_region_share=0.1, colours="",
        colour_difference=0.0, mirrored=False, shift=0.0, size_ratio=1.0,
    )  # fmt: skip
    values = [value for name, value in vars(pair).items() if name not in Resemblance.key]
    marks = ", ".join(["face_id", "face_id || '~'"] + ["?"] * len(values))
    sql = f"INSERT INTO resemblances ({', '.join(vars(pair))}) SELECT {marks} FROM faces WHERE rowid % 10 = 0"
    journal.execute(sql, values)


def whole_commands(folder: Path, work: Path) -> dict[str, Cost]:
    """Every command whose memory must not grow with the build."""
    (folder / "one").mkdir()
    Image.new("RGB", (64, 64)).save(folder / "one" / "one.png")
    with (folder / LIST).open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["url", "license"])
        lines.writerows([ADDRESS.replace("@", str(number)), "CC0-1.0"] for number in range(ARTWORKS))
    found = {
        "crawl a folder": cost("crawl", "folder", "--path", folder / "one", "--work", work),
        "crawl a known list": cost("crawl", "urls", "--path", folder / LIST, "--work", work),
        "status": cost("status", "--work", work),
        "audit": cost("audit", "--work", work),
        "audit an artist": cost("audit", "Artist 77 of somewhere", "--work", work),
        "filter (verdicts)": cost("filter", "--work", work),
        "refresh": cost("refresh", "--limit", 200, "--timeout-s", 1, "--retry-pause-s", 0.01, "--work", work),
    }
    for name in ("text", "csv", "jsonl"):
        found[f"table artworks ({name})"] = cost("table", "artworks", "--format", name, "--work", work)
    found["publish"] = cost("publish", "--work", work)
    found["takedown of 100 works"] = cost("takedown", "artist:Artist 77 of somewhere", "--work", work)
    found["takedown of none"] = cost("takedown", "artist:Nobody at all", "--work", work)
    return found


def slopes(folder: Path) -> dict[str, float]:
    """MB per 1,000 artworks or faces of what loads tables or opens pictures, from two sizes."""
    peaks: dict[str, list[float]] = {}
    for size in SLOPE_SIZES:
        work = make(folder / f"build-{size}", size, size)
        peaks.setdefault("open()", []).append(cost(work, body=OPEN).mb)
        shared = make(folder / f"pictures-{size}", size, size // 10, "faces/shared.png")
        (shared / "faces").mkdir()
        Image.new("RGB", (64, 64), (90, 80, 70)).save(shared / "faces" / "shared.png")
        peaks.setdefault("align", []).append(cost("align", "--dry-run", "--work", shared).mb)
        peaks.setdefault("filter (measures)", []).append(cost("filter", "--workers", 1, "--work", shared).mb)
    return {name: 1000 * (high - low) / (SLOPE_SIZES[1] - SLOPE_SIZES[0]) for name, (low, high) in peaks.items()}


def main() -> None:
    """Print a table, and the figures as JSON."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        work = make(folder / "work", ARTWORKS, FACES)
        size_gb = WorkDir(work).database.stat().st_size / 1e9
        print(f"{ARTWORKS:,} artworks, {FACES:,} faces: {size_gb:.1f} GB, made in {time.perf_counter() - began:.0f} s")
        costs = whole_commands(folder, work)
        for command, spent in costs.items():
            print(f"{command:<24}{spent.mb:>8.0f} MB {spent.seconds:>8.1f} s")
        slope = slopes(folder)
        for command, mb in slope.items():
            print(f"{command:<24}{mb:>8.2f} MB per 1,000 artworks")
        largest = max(costs, key=lambda command: costs[command].mb)
        facts = {
            "compares": f"peak memory on {ARTWORKS} artworks and {FACES} faces with the goal of {GOAL_MB} MB",
            "largest": largest,
            "ratio_to_goal": round(costs[largest].mb / GOAL_MB, 3),
            "mb": {command: round(spent.mb) for command, spent in costs.items()},
            "seconds": {command: round(spent.seconds, 1) for command, spent in costs.items()},
            "mb_per_1000": {command: round(mb, 2) for command, mb in slope.items()},
        }
        print(json.dumps(facts))


if __name__ == "__main__":
    main()
