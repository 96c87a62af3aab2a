"""A step of the style encoder's training against the one before it: whole Gram vectors, summed and learned in fp32.

python benchmarks/style_encoder_step.py       32 px, three taps and 16 pictures on a CPU, the paper's preset on a GPU

Views, VGG-19, Gram matrices, loss and update; pictures lie in memory as decoding leaves them. Both take the same views,
in turns, and their losses are compared. On a CPU seconds are those that the process computed.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from blendgan.data.pixels import to_signed
from blendgan.data.views import affine_views, random_matrices
from blendgan.losses.contrastive import nt_xent
from blendgan.networks.arithmetic import allow_tf32
from blendgan.networks.style_encoder import TINY_STYLE_ENCODER, ProjectionHead, StyleEncoder, StyleEncoderConfig
from blendgan.networks.symmetric_gram import DistinctEntries
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.randomness import mixed
from blendgan.training.parallel.upload import upload
from blendgan.training.style_encoder.config import StyleEncoderSettings
from blendgan.training.style_encoder.pairs import GramPair, gram_vectors
from blendgan.training.style_encoder.trainer import StyleEncoderTrainer

ROUNDS = 5
SEED = 0


class Views:
    """Two views of the same pictures, other ones at every step; the statistics are taken from one batch."""

    def __init__(self, encoder: StyleEncoder, pictures: Tensor, device: torch.device) -> None:
        self.extractor, self.pictures, self.device = encoder.gram, pictures, device
        self.entries = DistinctEntries(encoder.config.widths).to(device)

    def of_step(self, step: int) -> list[Tensor]:
        """Two batches of pictures."""
        images = to_signed(upload(self.pictures, self.device))
        generator = torch.Generator().manual_seed(mixed(SEED, step))
        matrices = [random_matrices(len(images), generator) for _ in range(2)]
        return [affine_views(images, upload(some, self.device)) for some in matrices]

    def stream(self, first_step: int, num_steps: int) -> Iterator[GramPair]:
        """The trainer's source of pairs."""
        for step in range(first_step, min(num_steps, first_step + 1)):
            yield GramPair(*(gram_vectors(self.extractor, self.entries, view) for view in self.of_step(step)))


class Before:
    """The step as it was: fp32 products, every value off the diagonal twice, a first moment, TF32 off."""

    def __init__(self, encoder: StyleEncoder, views: Views, trainer: StyleEncoderTrainer, rate: float) -> None:
        self.views, self.mlp, self.temperature = views, encoder.mlp.requires_grad_(), trainer.settings.temperature
        self.head = ProjectionHead(encoder.config.latent_dim).to(views.device)
        self.head.load_state_dict(trainer.head.state_dict())
        expanded = views.entries.expanded
        self.mean, self.deviation = expanded(trainer.gram_mean), expanded(trainer.gram_deviation)
        weights = [*self.mlp.parameters(), *self.head.parameters()]
        self.optimizer = torch.optim.Adam(weights, lr=rate, betas=(0.0, 0.99), fused=True)

    @torch.no_grad()
    def grams(self, images: Tensor) -> Tensor:
        """Gram vectors by way of features in single precision."""
        vectors, extractor = [], self.views.extractor
        with torch.autocast(images.device.type, torch.bfloat16):
            x = images.contiguous(memory_format=torch.channels_last)
            for index, layer in enumerate(extractor.layers):
                x = layer(x)
                if index in extractor.stops:
                    with torch.autocast(images.device.type, enabled=False):
                        flat = x.permute(0, 2, 3, 1).flatten(1, 2).float()
                        vectors.append((flat.mT @ flat / x[0].numel()).flatten(1))
        return torch.cat(vectors, dim=1)

    def step(self, step: int) -> Tensor:
        """One update; the loss."""
        allow_tf32("fp32")
        first, second = (self.grams(view) for view in self.views.of_step(step))
        standardised = (torch.cat([first, second]) - self.mean) / self.deviation
        codes = nn.Sequential(*self.mlp)(standardised)
        loss = nt_xent(*self.head(codes).chunk(2), self.temperature)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()


def style_encoder_step(
    device: torch.device,
    batch: int,
    size: int,
    taps: tuple[str, ...] = StyleEncoderConfig().taps,
    latent_dim: int = 512,
) -> dict[str, Any]:
    """Seconds of a step in both forms, the memory that each takes on top of all weights, how far the losses differ."""
    config = StyleEncoderConfig(image_size=size, taps=taps, latent_dim=latent_dim)
    settings = StyleEncoderSettings(batch=batch, size=size, taps=taps, latent_dim=latent_dim)  # type: ignore[arg-type]
    torch.manual_seed(SEED)
    encoder = StyleEncoder(config).requires_grad_(False)
    torch.manual_seed(SEED)
    whole = StyleEncoder(config).requires_grad_(False).to(device)
    pictures = torch.randint(0, 256, (batch, 3, size // 8, size // 8), dtype=torch.uint8)
    pictures = pictures.repeat_interleave(8, dim=2).repeat_interleave(8, dim=3)
    encoder.to(device)
    views = Views(encoder, pictures.pin_memory() if device.type == "cuda" else pictures, device)
    trainer = StyleEncoderTrainer(encoder, views, settings, World(device))
    before = Before(whole, views, trainer, settings.learning_rate)

    def ours(step: int) -> Tensor:
        allow_tf32("bf16" if device.type == "cuda" else "fp32")
        return trainer.step(step, next(views.stream(step, step + 1)), (SEED, step))["contrastive/loss"]

    pairs = [(measured(before.step, step, device), measured(ours, step, device)) for step in range(ROUNDS)]
    (_, before_mb, _), (_, ours_mb, _) = pairs[-1]
    before_s, ours_s = (min(rounds[side][0] for rounds in pairs[1:]) for side in range(2))
    return {
        "batch": batch,
        "size": size,
        "taps": len(taps),
        "before_s": round(before_s, 4),
        "ours_s": round(ours_s, 4),
        "ratio": round(before_s / ours_s, 2),
        "before_mb": before_mb,
        "ours_mb": ours_mb,
        "largest_relative_loss_difference": max(abs(ours[2] - theirs[2]) / theirs[2] for theirs, ours in pairs),
    }


def measured(step: Callable[[int], Tensor], number: int, device: torch.device) -> tuple[float, int, float]:
    """Seconds of one step, the megabytes that it takes beyond what lies there (0 on a CPU), and its loss."""
    on_gpu, before = device.type == "cuda", 0
    clock = time.perf_counter if on_gpu else time.process_time
    if on_gpu:
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
    began = clock()
    loss = float(step(number))  # waits for the device
    if on_gpu:
        torch.cuda.synchronize(device)
    seconds = clock() - began
    return seconds, round((torch.cuda.max_memory_allocated(device) - before) / 1e6) if on_gpu else 0, loss


def main() -> None:
    """Measure on what there is."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cuda":
        facts = style_encoder_step(device, batch=256, size=256)
    else:
        torch.set_num_threads(1)
        facts = style_encoder_step(device, batch=16, size=32, taps=TINY_STYLE_ENCODER.taps)
    name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu, 1 thread, CPU seconds"
    print(f"{facts['before_s']} s before, {facts['ours_s']} s now, of {facts['batch']} pictures of {facts['size']} px")
    compares = "style encoder step, whole Gram vectors in fp32 / distinct entries"
    print(json.dumps({"compares": compares, "device": name, **facts}))


if __name__ == "__main__":
    main()
