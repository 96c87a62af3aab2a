"""What `blendgan-eval` costs: time of one core for each kind of picture and for LPIPS, and memory, which must not grow.

    python benchmarks/evaluation.py

The model is untrained, of 256 px and an eighth of the official width, and the small extractors look at it. A few faces
are drawn and their processor time is scaled to 2,000 pictures of a kind (an indicator) and to LPIPS on 100 faces. For
memory whole evaluations of 500 and 5,000 pictures run in processes of their own, at 16 px: what may grow is the same.
There 100 faces are compared one by one in both, which is not what may grow.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from memory import peak_mb
from PIL import Image

from blendgan.checkpoints.store import save_network
from blendgan.cli import EVALUATE
from blendgan.command import run
from blendgan.console import Console
from blendgan.evaluation import drawn, model
from blendgan.evaluation.config import EvalConfig
from blendgan.evaluation.drawn import COMPARED, Drawing
from blendgan.evaluation.extractors import load_extractors
from blendgan.evaluation.painter import Painter
from blendgan.evaluation.real_sets import RealSet
from blendgan.metrics.set_distances import set_distances
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.style_encoder import TINY_STYLE_ENCODER, StyleEncoder, StyleEncoderConfig
from blendgan.training.parallel.distributed import World

PICTURES, SOURCES = 2000, 100
"""What the figures are of."""
DRAWN, BATCH = 8, 8
SIZES = (500, 5000)
CPU = torch.device("cpu")


def save_model(folder: Path, generator: GeneratorConfig, encoder: StyleEncoderConfig) -> Path:
    """A model without training, whose styles show."""
    torch.manual_seed(0)
    network = Generator(generator)
    torch.nn.init.constant_(network.blending.face_weight, 0.5)
    save_network(network, folder / "generator")
    save_network(StyleEncoder(encoder).requires_grad_(False), folder / "style_encoder")
    return folder


def save_pictures(folder: Path, count: int, size: int) -> Path:
    """Pictures of noise."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(count):
        Image.fromarray(random.integers(0, 256, (size, size, 3)).astype(np.uint8)).save(folder / f"{number:05d}.png")
    return folder


def seconds(work: Callable[[], object]) -> float:
    """Processor time."""
    began = time.process_time()
    work()
    return time.process_time() - began


def times(place: Path) -> dict[str, float]:
    """Seconds of one core."""
    untrained = save_model(
        place / "model", GeneratorConfig(size=256, channel_base=4096, channel_max=64), TINY_STYLE_ENCODER
    )
    real = save_pictures(place / "real", count=DRAWN, size=256)
    config = EvalConfig(models=(untrained,), faces=real, artworks=real, out=place / "out", batch=BATCH)
    artworks = RealSet("artworks", real, config.out, World(CPU), Console(verbosity=-1)).at(256)
    painter = Painter(untrained, None, 0, CPU)
    drawing = Drawing(painter, artworks, load_extractors(config, 256, CPU), BATCH)
    drawing.pictures(range(BATCH))  # the first call loads what libraries load late
    kinds = len(painter.indicators)
    compared = seconds(lambda: drawing.pictures(range(DRAWN))) / DRAWN / kinds
    counted = seconds(lambda: drawing.pictures(range(COMPARED, COMPARED + DRAWN))) / DRAWN / kinds
    spread = seconds(lambda: drawing.diversity(range(1))) / 2 / (kinds - 1)
    features = torch.randn(PICTURES, 256)
    distances = seconds(lambda: set_distances(features, features.flip(0) + 0.1))
    return {
        "seconds_a_picture_compared": round(compared, 3),
        "seconds_a_picture_in_sets": round(counted, 3),
        "minutes_a_kind_of_2000": round((compared * COMPARED + counted * (PICTURES - COMPARED) + distances) / 60, 1),
        "minutes_lpips_a_kind_of_100_faces": round(spread * SOURCES / 60, 1),
    }


def memory(place: Path) -> dict[str, float]:
    """MB at most, of processes that evaluate other numbers of pictures."""
    narrow = GeneratorConfig(size=16, latent_dim=8, style_dim=8, mapping_layers=1, channel_base=64, channel_max=4)
    save_model(place / "small", narrow, StyleEncoderConfig(image_size=16, taps=("relu1_2",), latent_dim=8))
    save_pictures(place / "many", count=max(SIZES), size=16)
    found = {}
    for count in SIZES:
        words = [sys.executable, __file__, str(place), str(count)]
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
        found[f"mb_at_{count}"] = float(done.stdout.splitlines()[-1])
    return found


def evaluate(place: Path, count: int) -> None:
    """Evaluate the small model and print this process's peak."""
    drawn.COMPARED = model.COMPARED = 100
    folders = ["--faces", place / "many", "--artworks", place / "many", "--out", place / f"out-{count}"]
    words = [place / "small", *folders, "--num", count, "--sources", 1, "--device", "cpu", "-q"]
    assert run("blendgan-eval", EVALUATE, [str(word) for word in words]) == 0
    print(round(peak_mb()))


def main() -> None:
    """Print the figures."""
    torch.set_num_threads(1)
    if sys.argv[1:]:
        evaluate(Path(sys.argv[1]), int(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as place:
        found = times(Path(place))
        print(found, flush=True)
        found |= memory(Path(place))
    ratio = round(found["mb_at_5000"] / found["mb_at_500"], 2)
    compares = (
        "blendgan-eval at 256 px, one core, against goals of 10 minutes; memory at 5,000 pictures over that at 500"
    )
    print(json.dumps({"compares": compares, **found, "memory": ratio}))


if __name__ == "__main__":
    main()
