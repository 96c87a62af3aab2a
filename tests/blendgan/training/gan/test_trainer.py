import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from blendgan.data.folder import ImageFolder
from blendgan.data.order import Order
from blendgan.losses.adversarial import discriminator_loss
from blendgan.training.engine.loop import Numbers
from blendgan.training.gan.objective import ROLES, face_codes, fakes
from blendgan.training.gan.style_codes import StyleCodes
from blendgan.training.gan.trainer import DISCRIMINATOR, GanTrainer
from blendgan.training.parallel.randomness import Draws, seed_libraries
from tests.blendgan.training.small import GAN, assert_same, make_gan


def train(trainer: GanTrainer, first: int, last: int) -> list[Numbers]:
    numbers = []
    for step, batch in enumerate(trainer.stream(first, last), first):
        seed_libraries(0, step)
        numbers.append(trainer.step(step, batch, (0, step)))
    return numbers


def test_a_discriminator_step_moves_all_discriminators_and_nothing_else(heads: ImageFolder):
    trainer = make_gan(heads)
    before = copy.deepcopy(trainer.state())
    trainer.discriminator_step(0, next(trainer.stream(0, 1)), (0, 0))
    assert_same(trainer.generator.state(), before["generator"])
    for role in ROLES:
        moved, old = trainer.discriminators[role].network.state_dict(), before["discriminators"][role]["network"]
        assert all(not torch.equal(moved[name], weights) for name, weights in old.items())


def test_a_generator_step_moves_the_generator_and_nothing_else(heads: ImageFolder):
    trainer = make_gan(heads)
    before = copy.deepcopy(trainer.state())
    trainer.generator_step(0, (0, 0))
    assert_same(trainer.state()["discriminators"], before["discriminators"])
    now, old = trainer.generator.network.state_dict(), before["generator"]["network"]
    moved = {name for name in old if not torch.equal(now[name], old[name])}
    assert {"synthesis.constant", "face_mapping.layers.0.weight"} <= moved
    assert all(p.requires_grad for d in trainer.networks.discriminators.values() for p in d.parameters())


def test_the_style_encoder_never_moves(heads: ImageFolder):
    trainer = make_gan(heads)
    before = copy.deepcopy(trainer.networks.style_encoder.state_dict())
    train(trainer, 0, 3)
    assert_same(trainer.networks.style_encoder.state_dict(), before)


def test_who_judges_what(heads: ImageFolder):
    """The numbers of a step equal the losses of the routing table, written out."""
    trainer = make_gan(heads)
    frozen = copy.deepcopy(trainer.networks.discriminators)
    batch = next(trainer.stream(0, 1))
    seed_libraries(1)
    numbers = trainer.discriminator_step(0, batch, (0, 0))
    draws = Draws((0, 0, DISCRIMINATOR))
    z_style = trainer.style_codes(4, 0, draws)
    generator = trainer.generator.network
    fake = fakes(generator, face_codes(generator, len(z_style), GAN.mixing, draws), z_style, draws)
    natural, styled = fake.faces, fake.artworks
    expected = {
        "face": discriminator_loss(frozen["face"](batch.faces), frozen["face"](natural)),
        "style": discriminator_loss(frozen["style"](batch.artworks), frozen["style"](styled)),
        "style_latent": discriminator_loss(
            frozen["style_latent"](batch.artworks, batch.codes), frozen["style_latent"](styled, z_style)
        ),
    }
    for role, loss in expected.items():
        torch.testing.assert_close(numbers[f"discriminator/{role}"], loss.detach())


def test_penalties_come_in_turn_at_their_intervals(heads: ImageFolder):
    names = [{name for name in numbers if name.startswith(("r1", "path"))} for numbers in train(make_gan(heads), 0, 4)]
    path = {"path_length/penalty", "path_length/mean"}
    assert names == [{"r1/face"} | path, {"r1/style"}, {"r1/style_latent"} | path, {"r1/face"}]


def test_face_weights_stay_between_style_and_face(heads: ImageFolder):
    trainer = make_gan(heads, settings=replace(GAN, learning_rate=0.5))
    train(trainer, 0, 4)
    weights = trainer.generator.network.blending.face_weight
    assert weights.min() >= 0
    assert weights.max() <= 1


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("ada_target", [0.0, 0.6])
def test_three_and_five_steps_equal_eight_bit_for_bit(heads: ImageFolder, workers: int, ada_target: float):
    settings = replace(GAN, ada_target=ada_target)
    straight, first, second = (make_gan(heads, settings=settings, workers=count) for count in (0, workers, workers))
    for trainer in (straight, first):
        for augmentation in trainer.augmentations.values():
            augmentation.probability = torch.tensor(0.5)
    train(straight, 0, 8)
    train(first, 0, 3)  # between two adaptations
    second.load_state(copy.deepcopy(first.state()))
    train(second, 3, 8)
    assert_same(second.state(), straight.state())


def test_augmentation_adapts_to_each_discriminator_and_leaves_colours_to_styles(heads: ImageFolder):
    trainer = make_gan(heads, settings=replace(GAN, ada_target=0.6))
    numbers = train(trainer, 0, 4)
    assert ["augmentation/face" in some for some in numbers] == [False, False, False, True]
    assert {role: some.colour for role, some in trainer.augmentations.items()} == {
        "face": True,
        "style": False,
        "style_latent": False,
    }
    assert not make_gan(heads).augmentations


def test_codes_of_fakes_are_those_of_the_pictures_seen_last():
    table = torch.arange(20.0).view(10, 2, 1)  # ten pictures, as they are and mirrored
    order = Order(10, seed=0)
    codes = StyleCodes(table, order, recent=3)
    seen = {float(codes.at([position])) for position in (7, 8, 9)}
    assert set(codes.draw_recent(100, 10, Draws((0,))).flatten().tolist()) == seen
    index, mirrored = order[7]
    assert float(codes.at([7])) == 2 * index + mirrored


def test_codes_of_fakes_are_drawn_place_by_place_from_the_stream():
    """Steps that follow each other, one that comes again, a jump as after a rollback; short and long epochs."""
    for pictures, recent in ((10, 7), (3, 8), (1, 5), (40, 12)):
        table, order = torch.randn(pictures, 2, 3), Order(pictures, seed=4)
        codes = StyleCodes(table, order, recent)
        for end in (4, 8, 12, 12, 16, 40, 44, 16):
            places = Draws((end,)).integers(max(0, end - recent), end, 6).tolist()
            seen = [Order(pictures, seed=4)[place] for place in places]
            expected = torch.stack([table[index, int(mirrored)] for index, mirrored in seen])
            assert torch.equal(codes.draw_recent(6, end, Draws((end,))), expected)
            assert torch.equal(codes.at(places), expected)


def test_the_grid_shows_the_same_faces_and_styles_every_time(heads: ImageFolder):
    trainer = make_gan(heads)
    first = trainer.sample()
    torch.manual_seed(99)
    assert torch.equal(trainer.sample(), first)
    assert first.shape == (3, 6 * 96, 7 * 96)


def test_half_precision_gives_nearly_the_losses_of_full_precision(heads: ImageFolder):
    full, half = make_gan(heads), make_gan(heads)
    half.precision = "bf16"
    batch = next(full.stream(0, 1))
    expected = full.discriminator_step(0, batch, (0, 0)) | full.r1_step("face", batch, (0, 0))
    found = half.discriminator_step(0, batch, (0, 0)) | half.r1_step("face", batch, (0, 0))
    torch.testing.assert_close(found, expected, atol=0.05, rtol=0.05)


@pytest.mark.campaign
@pytest.mark.filterwarnings("ignore:The .grad attribute")  # which tracing looks at
def test_compiled_networks_train_alike(heads: ImageFolder, monkeypatch: pytest.MonkeyPatch):
    compiled: list[nn.Module] = []
    compile_module = nn.Module.compile

    def with_another_backend(self: nn.Module, **settings: object) -> None:
        compiled.append(self)  # tracing, derivatives and fallback are real, only machine code is not generated
        compile_module(self, backend="aot_eager", **settings)

    monkeypatch.setattr(nn.Module, "compile", with_another_backend)
    settings = replace(GAN, r1_every=1, path_every=1)
    plain, traced = make_gan(heads, settings=settings), make_gan(heads, settings=replace(settings, torch_compile=True))
    assert len(compiled) == 4
    for trainer in (plain, traced):
        train(trainer, 0, 1)
    for name, value in plain.generator.network.state_dict().items():
        torch.testing.assert_close(traced.generator.network.state_dict()[name], value, rtol=1e-3, atol=1e-4)
