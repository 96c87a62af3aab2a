"""A BlendGAN training step (generator and three discriminators) against the formulation of published ports.

python benchmarks/train_step.py                  64 px on a CPU, 256 and 1024 px on a GPU
python benchmarks/train_step.py 256 16 bf16      size, batch, precision

Prints images per second, FLOP/s, and their share of what one large product or convolution reaches in the same run.
On a CPU seconds are those that the process computed (other programs do not count), and the two take turns.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import reference_train_step
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from blendgan.config import Precision
from blendgan.data.order import Order
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.training import presets
from blendgan.training.engine.learner import update_ema
from blendgan.training.gan.build import GanData, new_networks
from blendgan.training.gan.objective import GanBatch
from blendgan.training.gan.style_codes import StyleCodes
from blendgan.training.gan.trainer import DISCRIMINATOR, GENERATOR, GanTrainer
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.randomness import Draws

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
ROUNDS = 5 if DEVICE.type == "cuda" else 2
CLOCK = time.perf_counter if DEVICE.type == "cuda" else time.process_time
CASES = [(256, 16, "bf16"), (1024, 4, "bf16")] if DEVICE.type == "cuda" else [(64, 4, "fp32")]
SEED = (0, 0)


class NoPictures:
    """The benchmark makes its batches itself."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return 1

    def name(self, index: int) -> str:
        """Not asked for."""
        return ""

    def read(self, index: int) -> np.ndarray:
        """Not asked for."""
        return np.zeros((self.size, self.size, 3), np.uint8)


def make_trainer(size: int, batch: int, precision: Precision, channel_max: int = 512, how: str = "eager") -> GanTrainer:
    """Networks, by default of the paper's widths, with the same random weights every time."""
    torch.manual_seed(0)
    settings = replace(
        presets.GAN["paper"],
        size=size,
        batch=batch,
        channel_max=channel_max,
        cuda_graphs=how == "recorded",
        torch_compile=how == "compiled",
    )
    encoder = StyleEncoder(StyleEncoderConfig(image_size=32, taps=("relu1_2",), latent_dim=512))
    codes = StyleCodes(torch.randn(1, 2, 512, device=DEVICE), Order(1, 0), 1)
    data = GanData(NoPictures(size), NoPictures(size), codes, seed=0)
    trainer = GanTrainer(new_networks(settings, encoder), data, settings, World(DEVICE), precision=precision)
    torch.nn.init.constant_(trainer.generator.network.blending.face_weight, 0.5)
    return trainer


def our_step(trainer: GanTrainer, batch: GanBatch) -> dict[str, torch.Tensor]:
    """The step of the trainer, penalties left out."""
    numbers = trainer.discriminator_step(0, batch, SEED) | trainer.generator_step(0, SEED)
    update_ema(trainer.generator_ema, trainer.generator.network, 0.998)
    return numbers


def their_step(trainer: GanTrainer, batch: GanBatch) -> dict[str, torch.Tensor]:
    """The same step as published."""
    draws = Draws((*SEED, DISCRIMINATOR), device=DEVICE), Draws((*SEED, GENERATOR), device=DEVICE)
    return reference_train_step.step(trainer, batch, draws)


def seconds_of(step: Callable[[], Any]) -> float:
    """What one call takes."""
    wait()
    began = CLOCK()
    step()
    wait()
    return CLOCK() - began


def fastest(*steps: Callable[[], Any]) -> list[float]:
    """The fastest call of each, taken in turns."""
    rounds = [[seconds_of(step) for step in steps] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]


def wait() -> None:
    """Until the device has nothing left to do."""
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def peak(precision: str) -> float:
    """FLOP/s of a large square product or a wide 3x3 convolution in this precision, whichever is faster here."""
    side, width, size = (8192, 512, 128) if DEVICE.type == "cuda" else (2048, 512, 32)
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    a = torch.randn(side, side, device=DEVICE, dtype=dtype)
    maps = torch.randn(4, width, size, size, device=DEVICE, dtype=dtype).to(memory_format=torch.channels_last)
    kernels = torch.randn(width, width, 3, 3, device=DEVICE, dtype=dtype).to(memory_format=torch.channels_last)
    product = min(seconds_of(lambda: a @ a) for _ in range(6))
    convolution = min(seconds_of(lambda: F.conv2d(maps, kernels, padding=1)) for _ in range(6))
    return max(2 * side**3 / product, 2 * 9 * width**2 * maps[:, 0].numel() / convolution)


def measure(size: int, batch: int, precision: str) -> dict[str, Any]:
    """Both formulations, their losses compared, at one size."""
    torch.set_float32_matmul_precision("highest" if precision == "fp32" else "high")
    ours, theirs = make_trainer(size, batch, precision), make_trainer(size, batch, "fp32")
    images = torch.randn(batch, 3, size, size, device=DEVICE)
    data = GanBatch(images, images.flip(0), torch.randn(batch, 512, device=DEVICE))
    with FlopCounterMode(display=False) as counter:
        mine = our_step(ours, data)  # also the warm-up
    expected = their_step(theirs, data)
    error = max(abs(float(mine[name] - loss)) / max(1, abs(float(loss))) for name, loss in expected.items())
    our_s, their_s = fastest(lambda: our_step(ours, data), lambda: their_step(theirs, data))
    flops = counter.get_total_flops()
    facts = {
        "size": size,
        "batch": batch,
        "precision": precision,
        "ratio": round(their_s / our_s, 2),
        "images_per_s": round(batch / our_s, 3),
        "gflop_per_s": round(flops / our_s / 1e9, 1),
        "share_of_peak": round(flops / our_s / peak(precision), 3),
        "largest_relative_loss_difference": error,
    }
    print(
        f"{size} px, batch {batch}, {precision}: {their_s:.3f} s as published (fp32), {our_s:.3f} s ours: {facts}",
        flush=True,
    )
    return facts


def main() -> None:
    """Measure the cases, or the one given on the command line."""
    words = sys.argv[1:]
    cases = [(int(words[0]), int(words[1]), words[2])] if words else CASES
    device = torch.cuda.get_device_name() if DEVICE.type == "cuda" else f"cpu, {torch.get_num_threads()} threads"
    facts = [measure(*case) for case in cases]
    compares = "training step without penalties, published / ours"
    clock = "wall" if CLOCK is time.perf_counter else "CPU seconds of the process"
    print(json.dumps({"compares": compares, "device": device, "clock": clock, "cases": facts}))


if __name__ == "__main__":
    main()
