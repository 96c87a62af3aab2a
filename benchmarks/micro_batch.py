"""What `--micro-batch` saves: memory and CPU time of a step of the adversarial stage, penalties included.

Every setting runs in a process of its own, on the CPU, with one thread.
"""

import json
import multiprocessing
import time
from dataclasses import replace

import torch
from memory import peak_mb
from train_step import NoPictures

from blendgan.data.order import Order
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.training import presets
from blendgan.training.gan.build import GanData, new_networks
from blendgan.training.gan.objective import GanBatch
from blendgan.training.gan.style_codes import StyleCodes
from blendgan.training.gan.trainer import GanTrainer
from blendgan.training.parallel.distributed import World

SIZE, BATCH, MICRO_BATCHES = 64, 16, (16, 8, 4)
SEED = (0, 0)


def measure(micro_batch: int) -> dict[str, float]:
    """Peak memory beyond what the networks and libraries hold, and CPU seconds, of one step of everything."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    settings = replace(
        presets.GAN["paper"], size=SIZE, batch=BATCH, micro_batch=micro_batch, channel_base=4096, channel_max=128
    )
    encoder = StyleEncoder(StyleEncoderConfig(image_size=32, taps=("relu1_2",), latent_dim=512))
    data = GanData(NoPictures(SIZE), NoPictures(SIZE), StyleCodes(torch.randn(1, 2, 512), Order(1, 0), 1), seed=0)
    trainer = GanTrainer(new_networks(settings, encoder), data, settings, World(torch.device("cpu")))
    images = torch.randn(BATCH, 3, SIZE, SIZE)
    batch = GanBatch(images, images.flip(0), torch.randn(BATCH, 512))
    before, began = peak_mb(), time.process_time()
    trainer.discriminator_step(0, batch, SEED)
    trainer.r1_step("face", batch, SEED)
    trainer.generator_step(0, SEED)
    trainer.path_length_step(0, SEED)
    return {"mb": round(peak_mb() - before), "cpu_s": round(time.process_time() - began, 1)}


def main() -> None:
    """One process per setting."""
    context = multiprocessing.get_context("spawn")
    found = {}
    for micro_batch in MICRO_BATCHES:
        with context.Pool(1) as pool:
            found[micro_batch] = pool.apply(measure, (micro_batch,))
        print(f"micro-batch {micro_batch}: {found[micro_batch]}")
    whole, smallest = found[MICRO_BATCHES[0]], found[MICRO_BATCHES[-1]]
    print(
        json.dumps(
            {
                "memory_ratio": round(smallest["mb"] / whole["mb"], 2),
                "cpu_ratio": round(smallest["cpu_s"] / whole["cpu_s"], 2),
                "compares": f"micro-batch {MICRO_BATCHES[-1]} / all {BATCH} at once, {SIZE} px, fp32, one thread",
            }
        )
    )


if __name__ == "__main__":
    main()
