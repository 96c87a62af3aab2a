"""Memory and time of the commands on a journal of 1,000,000 artworks and 100,000 faces, against the goal of 1 GB.

The journal is written as the stages would leave it; pictures are not there, so that nothing is decoded. Crawl reads a
list of which every work is known, and one new picture; refresh asks a host that is not there about 200 works; filter
judges all faces anew. Of what loads tables or opens pictures, the slope is given: MB per 1,000 artworks or faces.
Time is processor time of the command and its processes, which a busy machine changes little.
Run: python -m benchmarks.million
"""

import csv
import json
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import blendgan
from aahq_builder.filter.measuring import version_of
from aahq_builder.filter.policy import RULES
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Cursor, Face, Resemblance
from aahq_builder.rights.rules import Signal, evidence
from aahq_builder.schema import to_sql
from aahq_builder.sources.base import place_in_words
from aahq_builder.sources.found import artwork_id
from aahq_builder.tsne.features import encoder_style_features
from aahq_builder.tsne.store import FeatureStore
from aahq_builder.workdir import WorkDir
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig

ARTWORKS, FACES, ARTISTS = 1_000_000, 100_000, 10_000
GOAL_MB = 1024
LIST = "list.csv"
UNREACHABLE = "http://127.0.0.1:9"
SIGNALS = ("license", "tags", "robots", "tdmrep", "ai_txt", "page", "image_headers")
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
    cpu_s: float


def cost(*words: object, body: str = COMMAND) -> Cost:
    """Run a command, or other Python, in a process of its own."""
    before = _children_cpu_s()
    command = [sys.executable, "-c", MEASURED.format(body=body), *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    peak = re.search(r"PEAK (\d+)", done.stderr)
    if done.returncode or not peak:
        raise SystemExit(f"{words} failed:\n{done.stderr[-2000:]}")
    return Cost(int(peak[1]) / 1024, _children_cpu_s() - before)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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


def whole_commands(folder: Path, work: Path) -> Iterator[tuple[str, Cost]]:
    """Every command whose memory must not grow with the build, and publish, whose faces are in memory."""
    (folder / "one").mkdir()
    Image.new("RGB", (64, 64)).save(folder / "one" / "one.png")
    with (folder / LIST).open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["url", "license"])
        lines.writerows([ADDRESS.replace("@", str(number)), "CC0-1.0"] for number in range(ARTWORKS))
    quick = ("--timeout-s", 1, "--retry-pause-s", 0.01)
    commands: dict[str, tuple[object, ...]] = {
        "status": ("status",),
        "crawl a folder": ("crawl", "folder", "--path", folder / "one"),
        "crawl a known list": ("crawl", "urls", "--path", folder / LIST),
        "filter (verdicts)": ("filter",),
        "publish": ("publish",),
        "takedown of 100 works": ("takedown", "artist:Artist 77 of somewhere"),
        "takedown of none": ("takedown", "artist:Nobody at all"),
        "refresh of 200 works": ("refresh", "--limit", 200, *quick),
        "audit of an artist": ("audit", "Artist 78 of somewhere"),
        "audit": ("audit",),
        "table artworks": ("table", "artworks", "--format", "jsonl"),
    }
    for name, words in commands.items():
        yield name, cost(*words, "--work", work)


def slopes(folder: Path) -> dict[str, float]:
    """MB per 1,000 artworks or faces of what loads tables or opens pictures, from two sizes."""
    first, second = (peaks(folder, size) for size in SLOPE_SIZES)
    return {
        name: 1000 * (second[name].mb - first[name].mb) / (second[name].count - first[name].count) for name in first
    }


@dataclass(frozen=True)
class Peak:
    """The most memory that a command took, MB, and of how many artworks or faces."""

    count: int
    mb: float


def peaks(folder: Path, size: int) -> dict[str, Peak]:
    """Peaks on a build of so many artworks, of which a tenth has a face."""
    whole = make(folder / f"build-{size}", size, size)
    work = make(folder / f"pictures-{size}", size, size // 10, "faces/shared.png")
    (work / "faces").mkdir()
    Image.new("RGB", (64, 64), (90, 80, 70)).save(work / "faces" / "shared.png")
    found = {
        "open(), per artwork and face": Peak(size, cost(whole, body=OPEN).mb),
        "align, per artwork": Peak(size, cost("align", "--dry-run", "--work", work).mb),
        "filter with measures, per face": Peak(size // 10, cost("filter", "--workers", 1, "--work", work).mb),
    }
    encoder = put_style_codes(folder / "encoder", work)
    words = ("tsne", "--style-encoder", encoder, "--workers", 1, "--work", work)
    return found | {"tsne, per face": Peak(size // 10, cost(*words).mb)}


def put_style_codes(encoder: Path, work: Path) -> Path:
    """A small style encoder, and random codes as if it had given them, for all faces of a build, which are kept."""
    torch.manual_seed(0)
    blendgan.save_network(StyleEncoder(StyleEncoderConfig(image_size=32, taps=("relu1_2",))), encoder)
    rng = np.random.default_rng(0)
    measure = encoder_style_features(encoder, "cpu")
    store = FeatureStore(WorkDir(work), measure.name, measure.size, print)
    with Journal(WorkDir(work).database) as journal:
        journal.execute("UPDATE faces SET rejected = ''")
        for face in list(journal.select(Face)):
            store.add(face, rng.standard_normal(512))
    store.flush()
    return encoder


def main() -> None:
    """Print a table, and the figures as JSON."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work = make(folder / "work", ARTWORKS, FACES)
        size_gb = WorkDir(work).database.stat().st_size / 1e9
        print(f"{ARTWORKS:,} artworks, {FACES:,} faces: {size_gb:.1f} GB", flush=True)
        costs: dict[str, Cost] = {}
        for command, spent in whole_commands(folder, work):
            costs[command] = spent
            print(f"{command:<24}{spent.mb:>8.0f} MB {spent.cpu_s:>8.1f} s", flush=True)
        slope = slopes(folder)
        for command, mb in slope.items():
            print(f"{command:<32}{mb:>8.2f} MB per 1,000", flush=True)
        largest = max(costs, key=lambda command: costs[command].mb)
        facts = {
            "compares": f"peak memory on {ARTWORKS} artworks and {FACES} faces with the goal of {GOAL_MB} MB",
            "largest": largest,
            "ratio_to_goal": round(costs[largest].mb / GOAL_MB, 3),
            "mb": {command: round(spent.mb) for command, spent in costs.items()},
            "cpu_s": {command: round(spent.cpu_s, 1) for command, spent in costs.items()},
            "mb_per_1000": {command: round(mb, 2) for command, mb in slope.items()},
        }
        print(json.dumps(facts))


if __name__ == "__main__":
    main()
