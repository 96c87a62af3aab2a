"""The trainer and generator on one GPU: ceilings, operations, phases, average steps, and the published formulation.

python benchmarks/gpu.py             prints as it goes, then a table and one JSON line; the slowest parts come last
python benchmarks/gpu.py small       the same paths at 32 px, on a CPU too: whether the script works

A step's average counts R1 in 3 of 16 steps and path length in 1 of 4, as the trainer does. Every part that fails prints
its error and leaves the others to run.
"""

import json
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

import reference_train_step
import style_encoder_step
import torch
import torch.nn.functional as F
import train_step
from torch import Tensor

from blendgan.networks.activation import activated_and_filtered
from blendgan.networks.convolution import Form, convolve, without_weight_gradients
from blendgan.networks.fir import filtered, plain_fir
from blendgan.networks.fir_geometry import blurring, doubling, halving
from blendgan.training.gan.objective import ROLES, GanBatch
from blendgan.training.gan.recording import WARM_UP

CUDA = torch.cuda.is_available()
DEVICE = torch.device("cuda" if CUDA else "cpu")
SMALL = "small" in sys.argv[1:] or not CUDA
HALF = torch.float32 if SMALL else torch.bfloat16
PRECISION, WIDTH = ("fp32", 16) if SMALL else ("bf16", 512)
CASES = [(32, 4)] if SMALL else [(1024, 8), (256, 16)]
REFERENCE = [(32, 4)] if SMALL else [(1024, 2), (256, 16)]
SEED = (0, 0)
facts: dict[str, Any] = {}


def milliseconds(function: Callable[[], Any], rounds: int = 5) -> float:
    """The median of some calls after a warm-up."""
    function()
    times = []
    for _ in range(1 if SMALL else rounds):
        wait()
        began = time.perf_counter()
        function()
        wait()
        times.append(time.perf_counter() - began)
    return 1000 * sorted(times)[len(times) // 2]


def wait() -> None:
    """Until the device has nothing left to do."""
    if CUDA:
        torch.cuda.synchronize()


def note(name: str, value: Any) -> None:
    """Print a figure and keep it for the JSON line."""
    facts[name] = round(value, 4) if isinstance(value, float) else value
    print(f"{time.perf_counter() - BEGAN:6.1f} s  {name:58} {facts[name]}", flush=True)


def part(function: Callable[..., None], *arguments: Any) -> None:
    """A part of the benchmark, whose failure leaves the others to run."""
    try:
        function(*arguments)
    except Exception as error:  # noqa: BLE001  (whatever one part meets, the others are to run)
        traceback.print_exc(limit=-4, file=sys.stdout)
        note(f"failed: {function.__name__}{arguments}", f"{type(error).__name__}: {str(error)[:200]}")
    if CUDA:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def ceilings() -> None:
    """What a large product and a copy reach."""
    side = 512 if SMALL else 8192
    a, b = (torch.randn(side, side, device=DEVICE, dtype=HALF) for _ in range(2))
    note("product, TFLOP/s", 2 * side**3 / milliseconds(lambda: a @ b, 10) / 1e9)
    block = torch.randn(2**20 if SMALL else 2**30, device=DEVICE)
    other = torch.empty_like(block)
    note("copy, GB/s", 8 * block.numel() / milliseconds(lambda: other.copy_(block), 10) / 1e6)


def picture_maps(channels: int, side: int, dtype: torch.dtype, batch: int = 8) -> Tensor:
    """Random activations in channels-last memory."""
    maps = torch.randn(batch, channels, side, side, device=DEVICE, dtype=dtype)
    return maps.contiguous(memory_format=torch.channels_last)


def filters() -> None:
    """Our filter against the depthwise forms and a copy."""
    for channels, side in [(8, 32)] if SMALL else [(32, 1024), (128, 256), (512, 64)]:
        for dtype in {HALF, torch.float32}:
            x = picture_maps(channels, side, dtype)
            bias, out = torch.randn(channels, device=DEVICE), torch.empty_like(x)
            name = f"{channels} x {side}^2 {str(dtype)[6:]}, ms"
            fir = blurring(x, 2)
            note(f"copy {name}", milliseconds(lambda x=x, out=out: out.copy_(x)))
            note(f"blur {name}", milliseconds(lambda x=x, fir=fir: filtered(x, fir)))
            note(f"halve {name}", milliseconds(lambda x=x: filtered(x, halving(x))))
            note(f"double {name}", milliseconds(lambda x=x[:2]: filtered(x, doubling(x))))
            note(
                f"act + blur {name}",
                milliseconds(lambda x=x, fir=fir, bias=bias: activated_and_filtered(x, bias, fir)),
            )
            y = x.clone().requires_grad_()
            g = torch.randn_like(activated_and_filtered(y, bias, fir))
            back = activated_and_filtered(y, bias, fir)
            note(
                f"act + blur backward {name}",
                milliseconds(lambda y=y, g=g, back=back: torch.autograd.grad(back, y, g, retain_graph=True)),
            )
            if dtype is HALF:
                note(f"depthwise {name}", milliseconds(lambda x=x, fir=fir: plain_fir(x, fir), 2))
                plain = x.contiguous()
                note(f"depthwise NCHW {name}", milliseconds(lambda x=plain, fir=fir: plain_fir(x, fir), 2))


def convolutions() -> None:
    """Second derivatives of a convolution in PyTorch's form and ours, and 1x1 convolutions as products."""
    channels, side = (8, 32) if SMALL else (32, 1024)
    for dtype in {HALF, torch.float32}:
        x = picture_maps(channels, side, dtype).requires_grad_()
        weight = torch.randn(channels, channels, 3, 3, device=DEVICE, dtype=dtype).requires_grad_()
        name = f"{channels} x {side}^2 {str(dtype)[6:]}, ms"

        def penalty(function: Callable[[Tensor, Tensor], Tensor], x: Tensor = x, weight: Tensor = weight) -> None:
            with without_weight_gradients():
                (gradient,) = torch.autograd.grad(function(x, weight).square().sum(), x, create_graph=True)
            gradient.square().sum().backward()

        note(f"penalty of a convolution, ours {name}", milliseconds(lambda: penalty(_ours), 3))
        note(f"penalty of a convolution, PyTorch {name}", milliseconds(lambda: penalty(_theirs), 1))
    x = picture_maps(channels, side, HALF)
    image = picture_maps(3, side, HALF)
    to, of = (torch.randn(3, channels, device=DEVICE, dtype=HALF) for _ in range(2))
    rows, image_rows = x.permute(0, 2, 3, 1), image.permute(0, 2, 3, 1)
    note("to 3 channels, convolution, ms", milliseconds(lambda: F.conv2d(x, to[:, :, None, None])))
    note("to 3 channels, product, ms", milliseconds(lambda: F.linear(rows, to)))
    note("from 3 channels, convolution, ms", milliseconds(lambda: F.conv2d(image, of.t()[:, :, None, None])))
    note("from 3 channels, product, ms", milliseconds(lambda: F.linear(image_rows, of.t())))


def _ours(x: Tensor, weight: Tensor) -> Tensor:
    return convolve(x, weight, Form(padding=1))


def _theirs(x: Tensor, weight: Tensor) -> Tensor:
    return F.conv2d(x, weight, padding=1)


def random_batch(size: int, batch: int) -> GanBatch:
    """Noise in the place of pictures."""
    faces, artworks = (torch.randn(batch, 3, size, size, device=DEVICE) for _ in range(2))
    return GanBatch(faces, artworks, torch.randn(batch, 512, device=DEVICE))


def phases(size: int, batch: int, how: str) -> None:
    """Each phase of a step, their average, and seconds per 1,000 pictures."""
    name = f"{size} px, batch {batch}, {how}"
    trainer = train_step.make_trainer(size, batch, PRECISION, WIDTH, how)
    pictures = random_batch(size, batch)
    began = time.perf_counter()
    steps: dict[str, Callable[[], Any]] = {
        "D": lambda: trainer.discriminator_step(0, pictures, SEED),
        "G": lambda: trainer.generator_step(0, SEED),
        "path": lambda: trainer.path_length_step(0, SEED),
        **{f"R1 {role}": lambda role=role: trainer.r1_step(role, pictures, SEED) for role in ROLES},
    }
    for step in steps.values():
        for _ in range(WARM_UP + 1 if how == "recorded" else 1):
            step()
    wait()
    note(f"{name}: until all is compiled or recorded, s", time.perf_counter() - began)
    for phase, step in list(steps.items())[:4]:
        note(f"{name}: {phase}, ms", milliseconds(step))
    wait()
    began = time.perf_counter()
    rounds = 2 if SMALL else 16
    for number in range(rounds):
        trainer.step(number, pictures, (0, number))
    wait()
    average = (time.perf_counter() - began) / rounds
    note(f"{name}: average step with all penalties, ms", 1000 * average)
    note(f"{name}: s per 1,000 pictures", 1000 * average / batch)
    if CUDA:
        note(f"{name}: peak memory, GiB", torch.cuda.max_memory_allocated() / 2**30)


def reference(size: int, batch: int) -> None:
    """The three-discriminator step as published, penalties included, in tf32."""
    name = f"{size} px, batch {batch}, published formulation"
    trainer, pictures = train_step.make_trainer(size, batch, "fp32", WIDTH), random_batch(size, batch)
    step = milliseconds(lambda: train_step.their_step(trainer, pictures), 2)
    penalty = milliseconds(lambda: reference_train_step.r1(trainer, "face", pictures), 2)
    path = milliseconds(lambda: reference_train_step.path_length(trainer, SEED), 2)
    for phase, ms in (("D + G", step), ("R1", penalty), ("path", path)):
        note(f"{name}: {phase}, ms", ms)
    average = step + len(ROLES) / trainer.settings.r1_every * penalty + path / trainer.settings.path_every
    note(f"{name}: s per 1,000 pictures", average / batch)
    if CUDA:
        note(f"{name}: peak memory, GiB", torch.cuda.max_memory_allocated() / 2**30)


def generation(size: int) -> None:
    """Pictures per second."""
    generator = train_step.make_trainer(size, 4, PRECISION, WIDTH).generator_ema
    for batch in (1, 16):
        w = generator.map_face(torch.randn(batch, 512, device=DEVICE))

        def draw(w: Tensor = w) -> None:
            with torch.inference_mode(), torch.autocast(DEVICE.type, HALF, enabled=not SMALL):
                generator.synthesize(w)

        note(f"generator, {size} px, batch {batch}: pictures per s", 1000 * batch / milliseconds(draw))


def style_encoder() -> None:
    """A step of the style encoder's trainer, pictures in memory."""
    if SMALL:
        found = style_encoder_step.style_encoder_step(DEVICE, 4, 32, ("relu1_2",), 16)
    else:
        found = style_encoder_step.style_encoder_step(DEVICE, 256, 256)
    for name, value in found.items():
        note(f"style encoder: {name}", value)


def main() -> None:
    """All of it: as it is, recorded as CUDA graphs, and last, since it takes longest to begin, compiled."""
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.allow_tf32 = True
    note("device", torch.cuda.get_device_name() if CUDA else "cpu")
    note("torch", torch.__version__)
    part(ceilings)
    part(filters)
    for size, batch in CASES:
        part(phases, size, batch, "eager")
        if CUDA:
            part(phases, size, batch, "recorded")
    part(convolutions)
    part(generation, CASES[0][0])
    part(style_encoder)
    part(reference, *REFERENCE[-1])
    if CUDA:
        part(phases, *CASES[-1], "compiled")
        part(reference, *REFERENCE[0])
        part(phases, *CASES[0], "compiled")
    ratios = {}
    for (size, batch), (_, other) in zip(CASES, REFERENCE, strict=True):
        theirs = facts.get(f"{size} px, batch {other}, published formulation: s per 1,000 pictures")
        for how in ("eager", "recorded", "compiled"):
            ours = facts.get(f"{size} px, batch {batch}, {how}: s per 1,000 pictures")
            if ours and theirs:
                ratios[f"{size} px, {how}"] = round(theirs / ours, 2)
                print(f"{size} px: {theirs:.1f} s per 1,000 pictures as published (tf32), {ours:.1f} s {how}")
    print(json.dumps({"compares": "seconds per 1,000 pictures, published (tf32) / ours", "ratios": ratios, **facts}))


BEGAN = time.perf_counter()
if __name__ == "__main__":
    main()
