"""Nothing in a training step waits for the device: no value is fetched from it, nothing is sent but through `upload`.

Without a GPU the operations that would stall one are refused where they are called; with one, CUDA itself refuses.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from blendgan.data.folder import ImageFolder
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.training.engine.loop import Trainer
from blendgan.training.gan.finetune import FinetuneTrainer
from blendgan.training.parallel.distributed import World
from blendgan.training.style_encoder.config import StyleEncoderSettings
from blendgan.training.style_encoder.pairs import CachedPairs, FreshPairs
from blendgan.training.style_encoder.trainer import StyleEncoderTrainer
from tests.blendgan.training.small import DIM, GAN, make_gan, make_inversion

STEPS = 3
FETCHES = {"_local_scalar_dense", "item", "is_nonzero", "equal", "nonzero", "masked_select", "_unique2", "allclose"}
"""Operations of ATen whose result is a number for the host, or has a size that only the device knows."""

TO_THE_HOST = (Tensor.tolist, Tensor.numpy, Tensor.cpu)


def make_adaptive(heads: ImageFolder, world: World) -> Trainer[Any]:
    """With every penalty and with augmentation in each step."""
    settings = replace(GAN, ada_target=0.6, r1_every=1, path_every=1, mismatch_loss=1.0)
    trainer = make_gan(heads, world, settings)
    trainer.precision = "bf16"
    return trainer


def make_micro_batches(heads: ImageFolder, world: World) -> Trainer[Any]:
    return make_gan(heads, world, replace(GAN, batch=8, micro_batch=4, path_every=1))


def make_half_inversion(heads: ImageFolder, world: World) -> Trainer[Any]:
    trainer = make_inversion(heads, world)
    trainer.precision = "bf16"
    return trainer


def make_finetune(heads: ImageFolder, world: World) -> Trainer[Any]:
    made = make_gan(heads, world)
    return FinetuneTrainer(made.networks, made.data, made.settings, world, "fp32")


def style_encoder(heads: ImageFolder, world: World, cached: bool, styles: Tensor | None = None) -> Trainer[Any]:
    settings = StyleEncoderSettings(batch=6, size=32, taps=("relu1_2",), latent_dim=DIM, cached_views=3 * cached)
    encoder = StyleEncoder(StyleEncoderConfig(image_size=32, taps=("relu1_2",), latent_dim=DIM)).requires_grad_(False)
    encoder.to(world.device)
    if cached:
        grams = torch.rand(len(heads), 3, encoder.config.distinct_dim).bfloat16()
        return StyleEncoderTrainer(encoder, CachedPairs(grams, settings, 0, world, styles), settings, world)
    return StyleEncoderTrainer(encoder, FreshPairs(heads, encoder.gram, settings, world, seed=0), settings, world)


def make_style_encoder(heads: ImageFolder, world: World) -> Trainer[Any]:
    return style_encoder(heads, world, cached=False)


def make_style_encoder_by_folder(heads: ImageFolder, world: World) -> Trainer[Any]:
    return style_encoder(heads, world, cached=True, styles=torch.arange(len(heads)) // 3)


def make_cached_style_encoder(heads: ImageFolder, world: World) -> Trainer[Any]:
    return style_encoder(heads, world, cached=True)


MAKERS: list[Callable[[ImageFolder, World], Trainer[Any]]] = [
    make_adaptive,
    make_micro_batches,
    make_finetune,
    make_style_encoder,
    make_cached_style_encoder,
    make_style_encoder_by_folder,
    make_half_inversion,
]


class StallError(Exception):
    """What would make the host wait for a GPU."""


class NoFetches(TorchDispatchMode):
    """Refuses what brings a value, or a size that depends on values, to the host."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.__name__.split(".")[0]
        indices = args[1] if name in ("index", "index_put", "index_put_", "_index_put_impl_") else ()
        by_mask = any(isinstance(index, Tensor) and index.dtype in (torch.bool, torch.uint8) for index in indices)
        if name in FETCHES or by_mask:
            raise StallError(f"{func} in a step")
        return func(*args, **(kwargs or {}))


class NoLiterals(TorchFunctionMode):
    """Refuses tensors that are put on the device value by value, and what takes a whole one away from there."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        literal = func in (torch.tensor, torch.as_tensor) and "device" in (kwargs or {})
        # the filter's taps are still laid anew at every call
        if func in TO_THE_HOST or literal:
            raise StallError(f"{func} in a step")
        return func(*args, **(kwargs or {}))


@contextmanager
def refused_here() -> Iterator[None]:
    with NoFetches(), NoLiterals():
        yield


def train(trainer: Trainer[Any], guard: Callable[[], Any]) -> None:
    """Some steps and their batches, all but the first under a guard."""
    stream = iter(trainer.stream(0, STEPS))
    with ExitStack() as guarded:
        for step in range(STEPS):
            trainer.step(step, next(stream), (0, 0, step))
            if step == 0:
                guarded.enter_context(guard())


@pytest.mark.parametrize("make", MAKERS)
def test_no_step_fetches_a_value_or_sends_a_literal(
    make: Callable[[ImageFolder, World], Trainer[Any]], heads: ImageFolder
):
    train(make(heads, World(torch.device("cpu"))), refused_here)


@pytest.mark.parametrize(
    "stall",
    [
        lambda x: float(x.sum()),
        lambda x: x.sum().item(),
        lambda x: bool(x[0] > 0),
        lambda x: x[x > 0],
        lambda x: x.nonzero(),
        lambda x: x.tolist(),
        lambda x: torch.where(x > 0)[0],
        lambda x: torch.tensor([1.0], device=x.device),
    ],
)
def test_what_would_stall_is_refused(stall: Callable[[Tensor], Any]):
    with pytest.raises(StallError), refused_here():
        stall(torch.rand(3))


@contextmanager
def refused_by_cuda() -> Iterator[None]:
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.gpu
@pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype")  # PyTorch of its own check
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("make", MAKERS)
def test_no_step_stalls_a_gpu(make: Callable[[ImageFolder, World], Trainer[Any]], heads: ImageFolder):
    train(make(heads, World(torch.device("cuda"))), refused_by_cuda)
