from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from blendgan.data.folder import ImageFolder
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig, ProjectionDiscriminator
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.training.engine.cost import Cost, gan_cost, gram_cache
from blendgan.training.gan.stages import Stages
from blendgan.training.presets import GAN as PRESETS
from tests.blendgan.training.small import GAN, make_gan


def test_arithmetic_of_a_step_is_what_a_real_step_counts(heads: ImageFolder):
    trainer = make_gan(heads)
    with FlopCounterMode(display=False) as counter:
        trainer.discriminator_step(1, next(trainer.stream(1, 2)), (0, 1))
        trainer.generator_step(1, (0, 1))
    settings = PRESETS["paper"]  # its intervals make the penalties a small part
    estimate = gan_cost(trainer.generator.network, trainer.networks.discriminators, settings)
    # the estimate has the penalties on top, the step the mappings and the first layers' missing input gradients
    assert estimate.flops_per_image * GAN.batch == pytest.approx(counter.get_total_flops(), rel=0.3)


def test_steps_without_styles_cost_what_a_real_one_counts(heads: ImageFolder):
    trainer = make_gan(heads, stages=Stages(natural_steps=9))
    with FlopCounterMode(display=False) as counter:
        trainer.discriminator_step(1, next(trainer.stream(1, 2)), (0, 1))
        trainer.generator_step(1, (0, 1))
    parts = trainer.generator.network, trainer.networks.discriminators
    settings = replace(PRESETS["paper"], steps=10)
    alone, half, none = (gan_cost(*parts, settings, steps).flops_per_image for steps in (10, 5, 0))
    assert alone * GAN.batch == pytest.approx(counter.get_total_flops(), rel=0.3)
    assert half == pytest.approx((alone + none) / 2)


def paper_cost(preset: str) -> Cost:
    """Of a preset's networks, whose weights are not drawn, since nothing looks at them."""
    settings = PRESETS[preset]
    shapes = {"size": settings.size, "channel_base": settings.channel_base}
    with torch.device("meta"):
        generator = Generator(GeneratorConfig(**shapes))
        discriminators = {
            "face": Discriminator(DiscriminatorConfig(**shapes)),
            "style": Discriminator(DiscriminatorConfig(**shapes)),
            "style_latent": ProjectionDiscriminator(DiscriminatorConfig(**shapes, style_dim=512)),
        }
    for network in (generator, *discriminators.values()):
        network.to_empty(device="cpu")
    return gan_cost(generator, discriminators, settings)


def test_the_paper_model_has_the_published_size_and_costs_five_teraflop_per_picture():
    cost = paper_cost("paper")
    # 28.27 M for synthesis, 2.10 M for each mapping; 29.0 M and 25.1 M for the discriminators
    assert cost.parameters["generator"] == pytest.approx(32.47e6, rel=0.01)
    assert cost.parameters["face"] == pytest.approx(29.0e6, rel=0.01)
    assert cost.parameters["style_latent"] == pytest.approx(25.1e6, rel=0.01)
    # an independent count of the convolutions gives about 5.2 TFLOP per pair of pictures
    assert cost.flops_per_image == pytest.approx(5.2e12, rel=0.15)


@pytest.mark.parametrize(("preset", "measured"), [("64", None), ("256", 10.1), ("1024", 31.5)])
def test_the_hours_of_the_presets_table_follow_from_the_measurements(preset: str, measured: float | None):
    table = (Path(__file__).parents[4] / "docs" / "training.md").read_text()
    (row,) = [line for line in table.splitlines() if line.startswith(f"| `gan {preset}`") and "px" in line]
    settings, cost = PRESETS[preset], paper_cost(preset)
    tflop, hours = cost.flops_per_image / 1e12, cost.seconds_per_image * settings.batch * settings.steps / 3600
    assert float(row.split("|")[3]) == pytest.approx(tflop, abs=0.005)
    assert float(row.split("|")[4].split()[0]) == pytest.approx(hours, abs=0.6)
    if measured is not None:
        assert hours == pytest.approx(settings.steps * settings.batch / 1000 * measured / 3600, rel=0.01)


def test_what_kept_gram_matrices_take_is_said():
    # 86,016 values of two bytes, of 4 views of 25,000 pictures: 16.02 GiB
    assert gram_cache(86_016, 4, 25_000).startswith("Gram matrices: 16.02 GiB more of memory in each process")
    assert gram_cache(86_016, 0, 25_000) == ""
