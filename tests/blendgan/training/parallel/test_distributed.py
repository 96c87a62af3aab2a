"""Two processes with half a batch each do what one does with the whole batch."""

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn

from blendgan.data.folder import open_folder
from blendgan.data.order import Order
from blendgan.errors import UserError
from blendgan.losses.contrastive import nt_xent
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.inversion import InversionConfig, InversionEncoder
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.training.engine.learner import Learner
from blendgan.training.gan.finetune import FinetuneTrainer
from blendgan.training.gan.style_codes import StyleCodes
from blendgan.training.inversion.config import InversionSettings
from blendgan.training.inversion.trainer import InversionTrainer
from blendgan.training.parallel.distributed import World, is_lost_connection, joined_world
from blendgan.training.style_encoder.config import StyleEncoderSettings
from blendgan.training.style_encoder.pairs import CachedPairs, FreshPairs
from blendgan.training.style_encoder.trainer import StyleEncoderTrainer
from tests.blendgan.training.parallel.lost_partners import one_does_not_answer, one_ends, one_stays_away
from tests.blendgan.training.small import DIM, GAN, SIZE, make_gan
from tests.blendgan.training.two_processes import results_of_two

BATCH = 8
Work = Callable[..., Any]
ALONE = World(torch.device("cpu"))


def gradients(*networks: nn.Module) -> dict[str, Tensor]:
    return {
        f"{number}.{name}": parameter.grad
        for number, network in enumerate(networks)
        for name, parameter in network.named_parameters()
        if parameter.grad is not None
    }


def networks_of(learners: Mapping[str, Learner[Any]]) -> list[nn.Module]:
    return [learner.network for learner in learners.values()]


def gan_gradients(
    folder: Path, world: World, micro_batch: int = 0, ada_target: float = 0.0
) -> dict[str, dict[str, Tensor]]:
    heads = open_folder(folder, SIZE)
    settings = replace(GAN, batch=BATCH, micro_batch=micro_batch, ada_target=ada_target, mismatch_loss=0.5)
    found = {}
    for phase in ("discriminator", "r1", "generator", "path_length"):
        trainer = make_gan(heads, world, settings)
        for augmentation in trainer.augmentations.values():
            augmentation.probability = torch.tensor(0.5)
        generator = trainer.generator.network
        torch.nn.init.constant_(generator.blending.face_weight, 0.5)
        for layer in generator.synthesis.convs:
            torch.nn.init.constant_(layer.noise_strength, 0.1)
        batch = next(trainer.stream(0, 1))
        if phase == "discriminator":
            trainer.discriminator_step(0, batch, (0, 0))
        elif phase == "r1":
            trainer.r1_step("style_latent", batch, (0, 0))
        elif phase == "generator":
            trainer.generator_step(0, (0, 0))
        else:
            trainer.path_length_step(0, (0, 0))
        found[phase] = gradients(generator, *networks_of(trainer.discriminators))
    return found


def augmented_gan_gradients(folder: Path, world: World, micro_batch: int = 0) -> dict[str, dict[str, Tensor]]:
    return gan_gradients(folder, world, micro_batch, ada_target=0.6)


def finetune_gradients(folder: Path, world: World, micro_batch: int = 0) -> dict[str, Tensor]:
    heads = open_folder(folder, SIZE)
    made = make_gan(heads, world, replace(GAN, batch=BATCH, micro_batch=micro_batch))
    codes = StyleCodes(made.data.codes.table[:1], Order(1, 1), 8)
    data = replace(made.data, artworks=replace(heads, paths=heads.paths[:1]), codes=codes)
    trainer = FinetuneTrainer(made.networks, data, made.settings, world, "fp32")
    trainer.discriminator_step(0, next(trainer.stream(0, 1)), (0, 0))
    return gradients(*networks_of(trainer.discriminators))


def style_encoder_gradients(folder: Path, world: World, micro_batch: int = 0) -> list[dict[str, Tensor]]:
    settings = StyleEncoderSettings(
        batch=BATCH, micro_batch=micro_batch, size=SIZE, taps=("relu1_2",), latent_dim=DIM, temperature=0.2
    )
    found = []
    for cached, styles in product((True, False), (None, torch.arange(12) % 5)):
        torch.manual_seed(0)
        encoder = StyleEncoder(StyleEncoderConfig(image_size=SIZE, taps=("relu1_2",), latent_dim=DIM))
        grams = torch.rand(12, 3, encoder.config.distinct_dim)
        fresh = FreshPairs(open_folder(folder, SIZE), encoder.gram, settings, world, seed=0, styles=styles)
        pairs = CachedPairs(grams, settings, 0, world, styles) if cached else fresh
        trainer = StyleEncoderTrainer(encoder, pairs, settings, world)
        trainer.step(0, next(trainer.stream(0, 1)), (0, 0))
        found.append(gradients(trainer.trained))
    return found


def inversion_gradients(folder: Path, world: World, micro_batch: int = 0) -> dict[str, Tensor]:
    heads = open_folder(folder, SIZE)
    torch.manual_seed(0)
    generator = Generator(
        GeneratorConfig(size=SIZE, latent_dim=DIM, style_dim=DIM, mapping_layers=1, channel_base=64, channel_max=4)
    )
    encoder = InversionEncoder(
        InversionConfig(
            num_layers=6, latent_dim=DIM, image_size=32, widths=(8, 8, 8, 8), depths=(1, 1, 1, 1), squeeze=2
        )
    )
    settings = InversionSettings(batch=BATCH, micro_batch=micro_batch, w_norm=0.1)
    trainer = InversionTrainer(encoder, generator, heads, settings, world)
    trainer.step(0, next(trainer.stream(0, 1)), (0, 0))
    found = gradients(trainer.encoder)
    means = {name: buffer for name, buffer in trainer.encoder.named_buffers() if "running" in name}
    return found | means


def nt_xent_loss(folder: Path, world: World) -> Tensor:
    first, second = torch.randn(2, BATCH, DIM, generator=torch.Generator().manual_seed(0))
    mine = [part[world.rank :: world.ranks] for part in (first, second)]
    everyone = (world.gather(mine[0]), world.gather(mine[1]))
    return world.mean(nt_xent(mine[0], mine[1], 0.2, everyone, world.rank * len(mine[0])))


STAGES: tuple[Work, ...] = (
    gan_gradients,
    augmented_gan_gradients,
    finetune_gradients,
    style_encoder_gradients,
    inversion_gradients,
)


def all_gradients(folder: Path, world: World) -> dict[str, Any]:
    return {work.__name__: work(folder, world) for work in (*STAGES, nt_xent_loss)}


@pytest.mark.parametrize("work", STAGES, ids=lambda work: work.__name__)
def test_micro_batches_add_up_to_the_gradients_of_the_batch(heads_path: Path, work: Work):
    found, expected = work(heads_path, ALONE, 4), work(heads_path, ALONE)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def first_looks_for_all(world: World) -> list[object]:
    def refuse() -> int:
        raise UserError(f"refused by {world.rank}")

    found = world.from_first(lambda: {"rank": world.rank, "hash": "ab"})
    with pytest.raises(UserError) as refusal:
        world.from_first(refuse)
    return [found, str(refusal.value)]


def rows_of_all(world: World) -> list[object]:
    numbers = list(range(5))
    return [list(world.mine(numbers)), world.of_all([10 * number for number in world.mine(numbers)])]


def grid_of(folder: Path, world: World) -> Tensor:
    return make_gan(open_folder(folder, SIZE), world).sample()


def everything(folder: Path, world: World) -> dict[str, Any]:
    return {
        "gradients": all_gradients(folder, world),
        "from the first": first_looks_for_all(world),
        "rows": rows_of_all(world),
        "grid": grid_of(folder, world),
    }


@pytest.fixture(scope="module")
def two(heads_path: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each of two processes gets for everything above: to begin them is what takes long."""
    return results_of_two(partial(everything, heads_path), tmp_path_factory.mktemp("two"))


@pytest.mark.slow
def test_two_processes_have_the_gradients_of_one_in_every_stage(heads_path: Path, two: list[dict[str, Any]]):
    expected = all_gradients(heads_path, ALONE)
    for found in two:
        torch.testing.assert_close(found["gradients"], expected, atol=1e-5, rtol=1e-4)


@pytest.mark.slow
def test_what_the_first_process_finds_or_refuses_counts_for_all(two: list[dict[str, Any]]):
    expected = [{"rank": 0, "hash": "ab"}, "refused by 0"]
    assert [found["from the first"] for found in two] == [expected, expected]
    assert first_looks_for_all(ALONE) == expected


@pytest.mark.slow
def test_shares_of_work_come_together_in_order(two: list[dict[str, Any]]):
    joined = [0, 10, 20, 30, 40]
    assert [found["rows"] for found in two] == [[[0, 2, 4], joined], [[1, 3], joined]]
    assert rows_of_all(ALONE) == [[0, 1, 2, 3, 4], joined]


@pytest.mark.slow
def test_two_processes_draw_the_grid_of_one(heads_path: Path, two: list[dict[str, Any]]):
    for found in two:
        assert torch.equal(found["grid"], grid_of(heads_path, ALONE))


def test_intercepted_call_every_process_takes_its_own_gpu_before_the_group_is_begun(monkeypatch: pytest.MonkeyPatch):
    calls: list[tuple[str, object]] = []
    for name, value in {"WORLD_SIZE": "4", "RANK": "3", "LOCAL_RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: calls.append(("set_device", device)))
    monkeypatch.setattr(dist, "init_process_group", lambda kind, **given: calls.append((kind, given["device_id"])))
    monkeypatch.setattr(dist, "new_group", lambda backend, timeout: None)
    monkeypatch.setattr(dist, "get_rank", lambda: 3)
    monkeypatch.setattr(dist, "all_reduce", lambda tensor, group: None)
    monkeypatch.setattr(dist, "destroy_process_group", lambda: None)
    with joined_world("cuda") as world:
        assert (world.device, world.rank, world.ranks) == (torch.device("cuda:1"), 3, 4)
    assert calls == [("set_device", torch.device("cuda:1")), ("nccl", torch.device("cuda:1"))]
    monkeypatch.setenv("LOCAL_RANK", "2")
    with (
        pytest.raises(UserError, match="process 2 of this machine has no GPU of its own, PyTorch sees 2"),
        joined_world("cuda"),
    ):
        pass


@pytest.mark.slow
def test_a_process_that_hangs_is_given_up_with_a_sentence(tmp_path: Path):
    began = time.monotonic()
    with pytest.raises(torch.multiprocessing.ProcessRaisedException, match=r"UserError: another process .* not answer"):
        results_of_two(one_does_not_answer, tmp_path, timeout_s=5)
    assert time.monotonic() - began < 50


@pytest.mark.slow
def test_patience_has_an_end_too(tmp_path: Path):
    began = time.monotonic()
    with pytest.raises(torch.multiprocessing.ProcessRaisedException, match=r"UserError: another process .* not answer"):
        results_of_two(one_stays_away, tmp_path, patience_s=5)
    assert time.monotonic() - began < 50


@pytest.mark.slow
def test_patience_ends_at_once_where_a_process_has_ended(tmp_path: Path):
    with pytest.raises(torch.multiprocessing.ProcessRaisedException, match=r"UserError: another process .* not answer"):
        results_of_two(one_ends, tmp_path, patience_s=3000)


def test_a_lost_partner_is_told_from_other_failures():
    assert is_lost_connection(RuntimeError("[/pytorch/third_party/gloo/pair.cc:534] Connection closed by peer"))
    assert not is_lost_connection(RuntimeError("shapes do not match"))


def test_a_meeting_place_that_is_taken_or_not_named_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    for name, value in {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("MASTER_PORT", str(port))
        with pytest.raises(UserError, match=rf"^port {port} of 127\.0\.0\.1, .* is in use .*--standalone.*one$"):
            joined_world("cpu").__enter__()
    monkeypatch.delenv("MASTER_PORT")
    with pytest.raises(UserError, match=r"^the processes do not meet at '127\.0\.0\.1:' .*; start them with torchrun"):
        joined_world("cpu").__enter__()
