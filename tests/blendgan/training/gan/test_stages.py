"""Natural faces first: what the first stage trains, and what the second takes from it."""

import copy
from dataclasses import replace

import pytest
import torch

from blendgan.data.folder import ImageFolder
from blendgan.losses.adversarial import generator_loss
from blendgan.training.engine.loop import Numbers
from blendgan.training.gan.objective import FaceCodes, GanBatch, face_codes, fakes
from blendgan.training.gan.stages import Stages, start_face_weights
from blendgan.training.gan.trainer import GENERATOR, GanTrainer
from blendgan.training.parallel.randomness import Draws
from tests.blendgan.training.small import GAN, assert_same, make_gan

NATURAL = Stages(natural_steps=4, trunks_from_face=True)


def train(trainer: GanTrainer, first: int, last: int) -> list[Numbers]:
    return [trainer.step(step, batch, (0, step)) for step, batch in enumerate(trainer.stream(first, last), first)]


def test_the_first_stage_trains_the_natural_half_and_its_discriminator_alone(heads: ImageFolder):
    trainer = make_gan(heads, stages=NATURAL)
    before = copy.deepcopy(trainer.state())
    numbers = set().union(*train(trainer, 0, 4))
    for role in ("style", "style_latent"):
        assert_same(trainer.discriminators[role].state(), before["discriminators"][role])
    now, old = trainer.generator.network.state_dict(), before["generator"]["network"]
    of_styles = {name for name in old if name.startswith(("style_mapping", "blending"))}
    moved = {name for name in old if not torch.equal(now[name], old[name])}
    assert of_styles
    assert not moved & of_styles
    assert {"synthesis.constant", "face_mapping.layers.0.weight"} <= moved
    assert not {name for name in numbers if "style" in name}
    assert {"discriminator/face", "r1/face", "generator/face"} <= numbers
    assert not {name for name in numbers if name.startswith("path_length")}


def test_its_loss_is_that_of_natural_pictures(heads: ImageFolder):
    trainer = make_gan(heads, stages=NATURAL)
    generator, judge = copy.deepcopy((trainer.generator.network, trainer.discriminators["face"].network))
    numbers = trainer.generator_step(0, (0, 0))
    draws = Draws((0, 0, GENERATOR))
    trainer.style_codes(4, 0, draws)
    codes = face_codes(generator, 4, GAN.mixing, draws)
    layer = torch.arange(generator.config.num_layers)
    first, second = generator.map_face(codes.first), generator.map_face(codes.second)
    w = torch.where((layer < codes.crossover[:, None])[..., None], first, second)
    expected = generator_loss(judge(generator.synthesize(w, noise=draws.noise)))
    torch.testing.assert_close(numbers["generator/face"], expected.detach())


def test_with_styles_the_other_discriminators_begin_with_what_that_of_faces_sees(heads: ImageFolder):
    trainer = make_gan(heads, stages=NATURAL)
    train(trainer, 0, 4)
    outputs = copy.deepcopy(trainer.discriminators["style"].network.output.state_dict())
    trainer.begin_styles()
    for role in ("style", "style_latent"):
        trunks = [trainer.discriminators[some].network.trunk.state_dict() for some in (role, "face")]
        assert_same(*trunks)
    assert_same(trainer.discriminators["style"].network.output.state_dict(), outputs)
    without = make_gan(heads, stages=replace(NATURAL, trunks_from_face=False))
    before = copy.deepcopy(without.discriminators["style"].network.state_dict())
    without.begin_styles()
    assert_same(without.discriminators["style"].network.state_dict(), before)


def test_the_average_begins_anew_with_styles(heads: ImageFolder):
    trainer = make_gan(heads, stages=NATURAL)
    train(trainer, 0, 4)
    assert not torch.equal(trainer.generator_ema.synthesis.constant, trainer.generator.network.synthesis.constant)
    train(trainer, 4, 5)
    assert_same(trainer.generator_ema.state_dict(), trainer.generator.network.state_dict())


@pytest.mark.parametrize("cut", [3, 4, 6])
def test_cut_before_at_and_after_the_boundary_it_ends_in_the_same_bits(heads: ImageFolder, cut: int):
    settings = replace(GAN, ada_target=0.6, same_face_loss=1.0, mismatch_loss=1.0)
    straight, first, second = (make_gan(heads, settings=settings, stages=NATURAL) for _ in range(3))
    train(straight, 0, 8)
    train(first, 0, cut)
    second.load_state(copy.deepcopy(first.state()))
    train(second, cut, 8)
    assert_same(second.state(), straight.state())


def test_styles_that_come_at_once_are_the_paper_s_training(heads: ImageFolder):
    plain, staged = make_gan(heads), make_gan(heads, stages=Stages(natural_steps=0))
    for trainer in (plain, staged):
        train(trainer, 0, 3)
    assert_same(staged.state(), plain.state())


def test_style_acts_from_the_beginning_on_all_but_the_coarse_layers(heads: ImageFolder):
    generator = make_gan(heads).generator.network
    start_face_weights(generator, 0.25, coarse_layers=2)
    layers = generator.config.num_layers
    assert generator.blending.face_weight.flatten().tolist() == [1.0] * 2 + [0.25] * (layers - 2)
    w_face, w_style = torch.randn(2, layers, 8), torch.randn(2, layers, 8)
    mixed = 0.25 * w_face[:, 2:] + 0.75 * w_style[:, 2:]
    torch.testing.assert_close(
        generator.blend(w_face, w_style), torch.cat([w_face[:, :2], mixed], dim=1), atol=1e-6, rtol=1e-6
    )


def test_the_log_names_the_face_weight_of_every_layer(heads: ImageFolder):
    trainer = make_gan(heads)
    first, second = train(trainer, 0, 2)
    weights = trainer.generator.network.blending.face_weight.flatten()
    names = [f"face_weight/{layer:02}" for layer in range(len(weights))]
    assert [float(second[name]) for name in names] == weights.tolist()
    assert [float(first[name]) for name in names] != weights.tolist(), "they are copies, not views"


@pytest.mark.parametrize("form", ["edges", "features"])
def test_a_face_that_is_lost_costs_the_generator(heads: ImageFolder, form: str):
    """The loss is in the log, and its gradient reaches the generator through styled pictures alone."""
    settings = replace(GAN, same_face_loss=2.0, same_face_form=form)
    trainer, without = make_gan(heads, settings=settings), make_gan(heads)
    for some in (trainer, without):
        start_face_weights(some.generator.network, 0.5, coarse_layers=0)  # at 1 there is no style yet
    generator = copy.deepcopy(trainer.generator.network)
    numbers = trainer.generator_step(0, (0, 0))
    without.generator_step(0, (0, 0))
    draws = Draws((0, 0, GENERATOR))
    z_style = trainer.style_codes(4, 0, draws)
    batch: GanBatch = fakes(generator, FaceCodes(*face_codes(generator, 4, GAN.mixing, draws)), z_style, draws)
    seen = [trainer.describe_face(images) for images in (batch.artworks, batch.faces)]
    expected = (1 - torch.cosine_similarity(*seen)).mean()
    assert expected > 0.01
    torch.testing.assert_close(numbers["generator/same_face"], expected.detach())
    moved = [some.generator.network.style_mapping.layers[0].weight for some in (trainer, without)]
    assert not torch.equal(*moved)
