"""How fast the style of faces is measured and kept: reading, network, sketch, shards; hours for AAHQ from these rates.

python -m benchmarks.style_features [FOLDER OF CROPS]     (drawn pictures of 256 and 1,024 px where none is named)

Rates are of processor time, which other programs disturb less; a network on a GPU is timed by the clock.
"""

import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

from aahq_builder.config import default_workers
from aahq_builder.images import encode_png
from aahq_builder.thumbnails import shrink
from aahq_builder.tsne.features import GRAM_BLOCKS, SKETCH_PER_BLOCK, SKETCH_SEED, CountSketch, open_style_features
from aahq_builder.tsne.measure import read_face
from aahq_builder.tsne.store import SHARD_FACES, Shard, read_shard
from aahq_builder.workdir import write_atomic
from benchmarks.memory import peak_mb

FACES, SIDE = 33_245, 256
CROPS, ROWS = 24, 10 * SHARD_FACES


def seconds_each(action: Callable[[], object], count: int, clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of processor time for each of the `count` items that `action` treats."""
    began = clock()
    action()
    return (clock() - began) / count


def drawn_crop(side: int, seed: int) -> np.ndarray:
    """Noise of many sizes, about as hard to compress as a painting."""
    rng = np.random.default_rng(seed)
    octaves = [shrink(rng.standard_normal((2**k, 2**k, 3)), side) * 0.5**k for k in range(2, 9)]
    return np.clip(128 + 160 * np.sum(octaves, axis=0), 0, 255).astype(np.uint8)


def crops(folder: Path, side: int) -> list[Path]:
    """Drawn crops of this size as `align` writes them."""
    folder.mkdir()
    for seed in range(CROPS):
        (folder / f"{seed}.png").write_bytes(encode_png(drawn_crop(side, seed)))
    return sorted(folder.iterdir())


def reading(paths: Sequence[Path], workers: int) -> float:
    """Seconds of processor time to decode and shrink a face."""
    with ThreadPoolExecutor(workers) as pool:
        return seconds_each(lambda: list(pool.map(lambda path: read_face(path, SIDE), paths)), len(paths))


def network(paths: Sequence[Path], workers: int) -> tuple[str, int, float]:
    """Device, batch, and seconds by which the network and the sketch give the features of a face."""
    measure = open_style_features(None, "auto", workers)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    group = np.stack([read_face(paths[index % len(paths)], SIDE) for index in range(measure.batch)])
    measure.extract(group)
    clock = time.perf_counter if device == "cuda" else time.process_time
    rounds = 20 if device == "cuda" else 2
    each = seconds_each(lambda: [measure.extract(group) for _ in range(rounds)], rounds * len(group), clock)
    return device, measure.batch, each


def sketching() -> float:
    """Seconds to sketch the Gram vector of a face, which the CPU does beside any device."""
    sketch, grams = CountSketch(GRAM_BLOCKS, SKETCH_PER_BLOCK, SKETCH_SEED), np.ones((8, sum(GRAM_BLOCKS)))
    return seconds_each(lambda: sketch(grams), len(grams))


def as_shards(folder: Path, rows: np.ndarray) -> Iterator[tuple[str, float]]:
    """Milliseconds of wall clock a face to write and read shards."""
    ids = [f"met-{number:016x}-0" for number in range(len(rows))]
    starts = range(0, len(rows), SHARD_FACES)
    parts = [
        Shard(ids[at : at + SHARD_FACES], ids[at : at + SHARD_FACES], rows[at : at + SHARD_FACES]) for at in starts
    ]
    paths = [folder / f"shard-{number}.npz" for number in range(len(parts))]

    def write() -> None:
        for path, part in zip(paths, parts, strict=True):
            part.write(path)

    yield "shards_write_ms", 1000 * seconds_each(write, len(rows), time.perf_counter)
    yield (
        "shards_read_ms",
        1000 * seconds_each(lambda: [read_shard(path) for path in paths], len(rows), time.perf_counter),
    )


def as_files(folder: Path, rows: np.ndarray) -> Iterator[tuple[str, float]]:
    """The same of one file a face, the form of before."""
    paths = [folder / f"{number}.npy" for number in range(len(rows))]

    def write() -> None:
        for path, row in zip(paths, rows, strict=True):
            buffer = io.BytesIO()
            np.save(buffer, row)
            write_atomic(path, buffer.getvalue())

    yield "files_write_ms", 1000 * seconds_each(write, len(rows), time.perf_counter)
    yield "files_read_ms", 1000 * seconds_each(lambda: [np.load(path) for path in paths], len(rows), time.perf_counter)


def main(given: str = "") -> None:
    """Print the rates, then what 33,245 faces take."""
    workers = default_workers()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = sorted(Path(given).glob("*.png"))[:CROPS] if given else crops(folder / "256", 256)
        large = crops(folder / "1024", 1024)
        facts: dict[str, float] = {"read_256_ms": 1000 * reading(small, workers)}
        facts["read_1024_ms"] = 1000 * reading(large, workers)
        rows = np.random.default_rng(0).standard_normal((ROWS, len(GRAM_BLOCKS) * SKETCH_PER_BLOCK)).astype(np.float32)
        facts |= dict(as_shards(folder, rows)) | dict(as_files(folder, rows))
        device, batch, each = network(small, workers)
        facts |= {"network_ms": 1000 * each, "sketch_ms": 1000 * sketching(), "peak_mb": peak_mb()}
    for fact, value in facts.items():
        print(f"{fact:<16} {value:9.2f}")
    # threads read beside a GPU; on a CPU they and the network share the cores
    shared = (
        each + facts["read_1024_ms"] / 1000 if device == "cpu" else max(each, facts["read_1024_ms"] / 1000 / workers)
    )
    hours = FACES * (shared / (workers if device == "cpu" else 1) + facts["shards_write_ms"] / 1000) / 3600
    print(f"{FACES:,} faces of 1,024 px on this machine ({device}, {workers} cores): {hours:.2f} h")
    print(
        json.dumps(
            {
                "benchmark": "style_features",
                "compares": "writing the features of a face to a file of its own / to a shard, by the clock",
                "ratio": round(facts["files_write_ms"] / facts["shards_write_ms"], 2),
                "ratio_read": round(facts["files_read_ms"] / facts["shards_read_ms"], 2),
                "device": device,
                "batch": batch,
                "workers": workers,
                "crops": given and len(small),
                **{fact: round(value, 2) for fact, value in facts.items()},
                "modelled_faces": FACES,
                "modelled_hours": round(hours, 2),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
