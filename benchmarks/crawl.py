"""Images per second of a crawl against img2dataset, on one local server, and memory from 1,000 to 50,000 records.

Both programs read the same list of addresses, use as many threads, resize nothing, keep the original bytes and hash
them (SHA-256); politeness is off. Ours also verifies every picture by decoding it, keeps evidence of rights and a
journal of every item. img2dataset is installed into its own environment below `benchmarks/cache` on first use.
The server runs in a process of its own and shares the machine's cores. Run: python -m benchmarks.crawl
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

RECORDS, MANY_RECORDS, LISTED = 2_000, 50_000, 100_000
THREADS, PICTURES, SIDE_PX, ROUNDS = 16, 200, 512, 2
CACHE = Path(__file__).parent / "cache"
RIVAL = CACHE / "img2dataset" / "bin" / "python"
RIVAL_MAIN = "import fire, img2dataset; fire.Fire(img2dataset.download)"


def draw_pictures(folder: Path) -> None:
    """JPEG files of about 60 kB that no two are equal."""
    folder.mkdir()
    for number in range(PICTURES):
        rng = np.random.default_rng(number)
        coarse = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"p{number:03d}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 92])


def serve(folder: Path, works: int) -> tuple[subprocess.Popen[str], str]:
    """Start the test server; gives the process and its address."""
    words = [sys.executable, "-m", "aahq_builder", "testserver", "--path", str(folder), "--port", "0", "--json"]
    process = subprocess.Popen([*words, "--num-works", str(works)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, json.loads(process.stdout.readline())["url"].rstrip("/")


def write_list(path: Path, base: str, count: int) -> Path:
    """A CSV of addresses."""
    rows = (f"{base}/images/{number}/p{(number - 1) % PICTURES:03d}.jpg,CC0-1.0\n" for number in range(1, count + 1))
    path.write_text("url,license\n" + "".join(rows))
    return path


def our_words(list_: Path, base: str, work: Path) -> list[str]:
    """The crawl as a command."""
    words = ["crawl", "urls", "--path", str(list_), "--endpoint", base, "--rate", "0", "--workers", str(THREADS)]
    return [sys.executable, "-m", "aahq_builder", *words, "--work", str(work), "-q"]


def rival_words(list_: Path, output: Path) -> list[str]:
    """img2dataset with its own defaults for the rest: one process per core, `THREADS` threads in all."""
    processes = os.cpu_count() or 1
    options = {
        "url_list": list_, "input_format": "csv", "url_col": "url", "output_folder": output, "output_format": "files",
        "processes_count": processes, "thread_count": THREADS // processes, "resize_mode": "no",
        "disable_all_reencoding": True, "compute_hash": "sha256", "number_sample_per_shard": 500,
        "disallowed_header_directives": "[]",
    }  # fmt: skip
    return [str(RIVAL), "-c", RIVAL_MAIN, *(f"--{name}={value}" for name, value in options.items())]


def timed(words: list[str]) -> float:
    """Seconds of a command from its start to its end, imports and all."""
    began = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def peak_mb(words: list[str]) -> float:
    """Largest resident memory of a command, MB. Not `ru_maxrss`: that begins with the size of this process."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    status, peak_kb = Path(f"/proc/{process.pid}/status"), 0
    while process.poll() is None:
        if found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text()):  # gone once it has ended
            peak_kb = int(found[1])
        time.sleep(0.02)
    assert process.returncode == 0
    return peak_kb / 1024


def fetched(work: Path) -> int:
    """Fetched rows of a build."""
    with sqlite3.connect(work / "aahq.sqlite") as database:
        return int(database.execute("SELECT count(*) FROM artworks WHERE status = 'fetched'").fetchone()[0])


def compare_speed(folder: Path, pictures: Path) -> dict[str, float]:
    """The same addresses through both, in turns; the better round of each counts."""
    server, base = serve(pictures, RECORDS)
    ours, rivals = [], []
    try:
        list_ = write_list(folder / "list.csv", base, RECORDS)
        for number in range(ROUNDS):
            work, output = folder / f"ours-{number}", folder / f"rival-{number}"
            ours.append(timed(our_words(list_, base, work)))
            rivals.append(timed(rival_words(list_, output)))
            got = fetched(work), len(list(output.rglob("*.jpg")))
            assert got == (RECORDS, RECORDS), f"fetched {got}"
            print(f"round {number + 1}: ours {RECORDS / ours[-1]:.0f}/s, img2dataset {RECORDS / rivals[-1]:.0f}/s")
    finally:
        server.kill()
        server.wait()
    return {"ours_per_s": RECORDS / min(ours), "img2dataset_per_s": RECORDS / min(rivals)}


def measure_memory(folder: Path, pictures: Path) -> dict[str, float]:
    """Peak memory of 1,000 and of 50,000 records."""
    server, base = serve(pictures, MANY_RECORDS)
    try:
        peaks = {}
        for count in (1_000, MANY_RECORDS):
            list_ = write_list(folder / f"list-{count}.csv", base, count)
            peaks[f"peak_mb_{count}"] = peak_mb(our_words(list_, base, folder / f"memory-{count}"))
            print(f"{count} records: peak {peaks[f'peak_mb_{count}']:.0f} MB")
    finally:
        server.kill()
        server.wait()
    return peaks


def measure_listing(folder: Path) -> dict[str, float]:
    """Seconds to list 100,000 addresses of a host that is down, and to take them up again."""
    base = "http://127.0.0.1:9"
    words = [
        *our_words(write_list(folder / "long.csv", base, LISTED), base, folder / "long"),
        "--breaker-pause-s",
        "0.01",
    ]
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        subprocess.run([*words, "--retry-pause-s", "0.01"], check=False, capture_output=True)
        seconds.append(time.perf_counter() - began)
    print(f"{LISTED} addresses listed in {seconds[0]:.1f} s, taken up again in {seconds[1]:.1f} s")
    return {"list_100k_s": seconds[0], "resume_100k_s": seconds[1]}


def install_rival() -> None:
    """img2dataset in an environment of its own."""
    if not RIVAL.exists():
        subprocess.run([sys.executable, "-m", "venv", CACHE / "img2dataset"], check=True)
        subprocess.run([RIVAL, "-m", "pip", "install", "--quiet", "img2dataset"], check=True)


def main() -> None:
    """Measure, then print the ratio."""
    install_rival()
    folder = Path(tempfile.mkdtemp(prefix="crawl-benchmark-"))
    try:
        draw_pictures(folder / "pictures")
        listing = measure_listing(folder)
        speed = compare_speed(folder, folder / "pictures")
        memory = measure_memory(folder, folder / "pictures")
    finally:
        shutil.rmtree(folder)
    ratio = speed["ours_per_s"] / speed["img2dataset_per_s"]
    facts = {name: round(value, 2) for name, value in (speed | memory | listing).items()}
    compared = f"images/s of {RECORDS} pictures, {THREADS} threads, {os.cpu_count()} cores, against img2dataset"
    print(json.dumps({"benchmark": "crawl", "compared": compared, "ratio": round(ratio, 2), **facts}))


if __name__ == "__main__":
    main()
