"""On a GPU: losses and gradients of every objective against double precision on the CPU, with the same draws."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from blendgan.data.folder import ImageFolder
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig, ProjectionDiscriminator
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.training.gan.objective import (
    CodedPictures,
    discriminator_objective,
    face_codes,
    fakes,
    generator_objective,
    path_length_objective,
    r1_objective,
)
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.randomness import Draws
from tests.blendgan.training.small import GAN, make_gan

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
    # PyTorch remarks that its own switches of precision are to be renamed
    pytest.mark.filterwarnings("ignore:Please use the new API"),
]
SIZE, BATCH = 32, 4
WIDTHS = {"size": SIZE, "channel_base": 512, "channel_max": 24}


class SameDraws(Draws):
    """Drawn on the CPU in single precision, whatever device and precision they are wanted in."""

    def __init__(self, like: Tensor) -> None:
        super().__init__((0,))
        self.like = like

    def normal(self, count: int, *shape: int) -> Tensor:
        return super().normal(count, *shape).to(self.like)

    def uniform(self, count: int, *shape: int) -> Tensor:
        return super().uniform(count, *shape).to(self.like)

    def integers(self, low: int, high: int, count: int) -> Tensor:
        return super().integers(low, high, count).to(self.like.device)

    def noise(self, count: int, side: int) -> Tensor:
        return super().noise(count, side).to(self.like)


def networks() -> nn.ModuleDict:
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(latent_dim=32, style_dim=16, mapping_layers=2, **WIDTHS))
    nn.init.constant_(generator.blending.face_weight, 0.5)
    for layer in generator.synthesis.convs:
        nn.init.constant_(layer.noise_strength, 0.3)
    config = DiscriminatorConfig(style_dim=16, **WIDTHS)
    judges = {"face": Discriminator(config), "style": Discriminator(config), "style_latent": None}
    judges["style_latent"] = ProjectionDiscriminator(config)
    for judge in judges.values():
        for name, parameter in judge.named_parameters():
            if name.endswith("bias"):
                nn.init.normal_(parameter, std=0.1)
    return nn.ModuleDict({"generator": generator, **judges})


def losses_and_gradients(all_of_them: nn.ModuleDict, like: Tensor) -> dict[str, Tensor]:
    """Every objective's loss, and its gradient in all parameters that it reaches."""
    generator = all_of_them["generator"]
    judges = {role: network for role, network in all_of_them.items() if role != "generator"}
    draws = SameDraws(like)
    pictures, codes = draws.normal(BATCH, 3, SIZE, SIZE), draws.normal(BATCH, 16)
    losses = {}
    with torch.no_grad():
        made = fakes(generator, face_codes(generator, BATCH, 0.9, draws), codes, draws)
    for role, judge in judges.items():
        real = CodedPictures(pictures, codes)
        losses[f"discriminator {role}"] = discriminator_objective(judge, real, made.of(role))[0]
        losses[f"r1 {role}"] = r1_objective(judge, real)
    made = fakes(generator, face_codes(generator, BATCH, 0.9, draws), codes, draws)
    losses |= generator_objective(judges, {role: made.of(role) for role in judges})
    w = generator.blend(generator.map_face(draws.normal(4, 32)), generator.map_style(codes[:4]))
    losses["path length"] = path_length_objective(generator, w, draws).square().mean()
    found = {}
    parameters = list(all_of_them.parameters())
    for name, loss in losses.items():
        gradients = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
        flat = [
            torch.zeros(parameter.numel()).double() if gradient is None else gradient.flatten().double().cpu()
            for parameter, gradient in zip(parameters, gradients, strict=True)
        ]
        found[name] = torch.cat([loss.detach().reshape(1).double().cpu(), *flat])
    return found


def test_losses_and_gradients_equal_those_in_double_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    exact = networks().double()
    single = copy.deepcopy(exact).float().cuda()
    expected = losses_and_gradients(exact, torch.zeros((), dtype=torch.float64))
    results = losses_and_gradients(single, torch.zeros((), device="cuda"))
    errors = {name: float((results[name] - value).norm() / value.norm()) for name, value in expected.items()}
    print(errors)
    assert max(errors.values()) < 1e-4, errors


def test_half_precision_stays_near(monkeypatch: pytest.MonkeyPatch) -> None:
    single = networks().cuda()
    like = torch.zeros((), device="cuda")
    expected = losses_and_gradients(single, like)
    with torch.autocast("cuda", torch.bfloat16):
        results = losses_and_gradients(single, like)
    errors = {name: float((results[name] - value).norm() / value.norm()) for name, value in expected.items()}
    print(errors)
    assert max(errors.values()) < 0.1, errors


def test_recorded_updates_do_what_unrecorded_ones_do(heads: ImageFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    world, logs = World(torch.device("cuda")), []
    for recorded in (False, True):
        settings = replace(GAN, steps=7, r1_every=3, path_every=1, cuda_graphs=recorded)
        trainer = make_gan(heads, world, settings)
        steps = enumerate(trainer.stream(0, settings.steps))
        logs.append([trainer.step(step, batch, (0, step)) for step, batch in steps])
        assert (trainer.recorder is not None) == recorded
    for step, (plain, replayed) in enumerate(zip(*logs, strict=True)):
        assert plain.keys() == replayed.keys()
        for name, number in plain.items():
            torch.testing.assert_close(replayed[name], number, rtol=1e-3, atol=1e-4, msg=f"{name} at step {step}")
