"""The generator against the values of the official implementation, and what blending must do."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from blendgan.checkpoints.mapping import to_ours
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig
from blendgan.networks.generator import Generator, GeneratorConfig, WeightedBlending

TINY = GeneratorConfig(size=32, latent_dim=16, style_dim=16, mapping_layers=2, channel_base=256, channel_max=16)
State = Callable[[str], dict[str, Tensor]]


@pytest.fixture
def reference(official_state: State, golden: State) -> Generator:
    with torch.device("meta"):
        generator = Generator(GeneratorConfig(size=64))
    official = official_state("generator_64") | {"latent_avg": golden("generator_64")["w_mean"]}
    state = to_ours("generator", official, generator.state_dict(), "the reference parameters")
    generator.load_state_dict(state, assign=True)
    return generator.eval().requires_grad_(False)


def test_every_way_to_an_image_equals_the_official_one(reference: Generator, golden: State) -> None:
    values = golden("generator_64")
    z_face, z_style, w_plus = values["z_face"], values["z_style"], values["w_plus"]
    w_face, w_style = reference.map_face(z_face), reference.map_style(z_style)
    assert_close(w_face[:, 0], values["w_face"], rtol=1e-5, atol=1e-5)
    assert_close(w_style[:, 9], values["w_style"], rtol=1e-5, atol=1e-5)
    truncated = reference.truncate(w_face, 0.7)
    images = {
        "natural": reference.generate(z_face),
        "styled_i0": reference.generate(z_face, z_style),
        "styled_i4": reference.generate(z_face, z_style, num_face_layers=4),
        "styled_all_face": reference.generate(z_face, z_style, num_face_layers=10),
        "styled_i4_truncated_0.7": reference.synthesize(reference.blend(truncated, w_style, 4)),
        "w_plus_styled_i4": reference.synthesize(reference.blend(w_plus, w_style, 4)),
    }
    for name, image in images.items():
        assert_close(image, values[name], rtol=0, atol=1e-4, msg=lambda text, name=name: f"{name}: {text}")
    assert torch.equal(images["natural"], images["styled_all_face"])


def test_blending_weight_one_is_the_face_and_zero_the_style() -> None:
    blending = WeightedBlending(4).requires_grad_(False)
    w_face, w_style = torch.randn(2, 4, 3), torch.randn(2, 4, 3)
    blending.face_weight[0, :, 0] = torch.tensor([1.0, 0.0, 2.5, -1.0])
    blended = blending(w_face, w_style)
    assert torch.equal(blended[:, [0, 2]], w_face[:, [0, 2]])
    assert torch.equal(blended[:, [1, 3]], w_style[:, [1, 3]])


def test_the_first_layers_are_natural_and_get_no_gradient() -> None:
    blending = WeightedBlending(4)
    w_face, w_style = torch.randn(2, 4, 3), torch.randn(2, 4, 3)
    blended = blending(w_face, w_style, num_face_layers=2)
    assert torch.equal(blended[:, :2], w_face[:, :2])
    blended.sum().backward()
    assert blending.face_weight.grad is not None
    # d blended / d weight = w_face - w_style, summed over the batch and the values of a latent
    expected = (w_face - w_style).sum(dim=(0, 2)) * torch.tensor([0.0, 0.0, 1.0, 1.0])
    assert_close(blending.face_weight.grad.flatten(), expected)


def test_clamping_projects_the_face_weights() -> None:
    generator = Generator(TINY)
    with torch.no_grad():
        generator.blending.face_weight.fill_(1.25)
        generator.blending.face_weight[0, 0] = -0.5
    generator.clamp_face_weights()
    assert generator.blending.face_weight.flatten().tolist() == [0.0] + [1.0] * 7


@pytest.mark.parametrize("indicator", [-1, 9])
def test_an_indicator_that_the_model_does_not_have_is_refused(indicator: int) -> None:
    with pytest.raises(ValueError, match=f"indicator is {indicator}; give 0 .* to 8"):
        Generator(TINY).generate(torch.randn(1, 16), torch.randn(1, 16), indicator)


def test_truncation_leads_to_the_mean_face_and_leaves_the_style() -> None:
    generator = Generator(TINY).requires_grad_(False)
    generator.update_w_mean(64)
    z_face, z_style = torch.randn(2, 16), torch.randn(2, 16)
    mean_faces = generator.generate(z_face, truncation=0.0)
    assert_close(mean_faces[0], mean_faces[1], rtol=0, atol=1e-6)
    styled = generator.generate(z_face, z_style, truncation=0.0)
    w_mean = generator.w_mean.expand(2, 8, -1)
    assert_close(styled, generator.synthesize(generator.blend(w_mean, generator.map_style(z_style))))


def test_random_noise_differs_between_samples_and_fixed_noise_does_not() -> None:
    generator = Generator(TINY).requires_grad_(False)
    for conv in generator.synthesis.convs:
        conv.noise_strength.fill_(1.0)
    w = generator.map_face(torch.randn(1, 16)).expand(2, -1, -1)
    fixed, random = generator.synthesize(w), generator.synthesize(w, noise="random")
    assert_close(fixed[0], fixed[1])
    assert (random[0] - random[1]).abs().mean() > 0.01
    without = generator.synthesize(w, noise="none")
    for conv in generator.synthesis.convs:
        conv.noise_strength.fill_(0.0)
    assert torch.equal(without, generator.synthesize(w))


@pytest.mark.parametrize(("size", "layers"), [(32, 8), (64, 10), (128, 12), (256, 14), (512, 16), (1024, 18)])
def test_every_size_has_its_layers(size: int, layers: int) -> None:
    config = GeneratorConfig(size=size, latent_dim=8, style_dim=8, mapping_layers=1, channel_base=64, channel_max=8)
    generator = Generator(config).requires_grad_(False)
    w = generator.map_face(torch.randn(1, 8))
    assert w.shape == (1, layers, 8)
    assert generator.synthesize(w).shape == (1, 3, size, size)


def test_the_official_widths_are_the_default() -> None:
    config = GeneratorConfig()
    assert [config.channels(2**k) for k in range(2, 11)] == [512, 512, 512, 512, 512, 256, 128, 64, 32]


def test_raw_gram_features_can_feed_the_style_mapping() -> None:
    config = GeneratorConfig(size=32, latent_dim=8, style_dim=300, mapping_layers=2, channel_base=64, channel_max=8)
    generator = Generator(config).requires_grad_(False)
    gram = torch.rand(2, 300)
    assert_close(generator.map_style(gram), generator.map_style(gram * 7), rtol=1e-4, atol=1e-5)


def test_a_size_that_is_no_power_of_two_is_refused() -> None:
    with pytest.raises(ValueError, match="size is 48"):
        GeneratorConfig(size=48)


@pytest.mark.slow
def test_the_synthesis_compiles_as_one_graph() -> None:
    generator = Generator(TINY).requires_grad_(False)
    w = generator.map_face(torch.randn(2, 16))
    # the backend that compiles nothing still traces everything: a graph break would raise
    compiled = torch.compile(generator.synthesis, backend="eager", fullgraph=True)
    with torch.no_grad():
        assert_close(compiled(w, "fixed"), generator.synthesize(w))


def test_bfloat16_stays_near_full_precision() -> None:
    generator = Generator(TINY).requires_grad_(False)
    z_face, z_style = torch.randn(2, 16), torch.randn(2, 16)
    exact = generator.generate(z_face, z_style)
    with torch.autocast("cpu", torch.bfloat16):
        rough = generator.generate(z_face, z_style)
    assert rough.dtype == torch.float32  # colours are summed in full precision
    assert (rough - exact).norm() / exact.norm() < 0.05


def test_the_sum_of_colours_is_not_rounded_under_autocast() -> None:
    generator = Generator(replace(TINY, size=64)).requires_grad_(False)
    for to_rgb in list(generator.synthesis.to_rgbs)[1:]:
        to_rgb.conv.weight.zero_()  # the colours of 4 px, which are single precision, doubled four times
    w = generator.map_face(torch.randn(2, 16))
    exact = generator.synthesize(w)
    with torch.autocast("cpu", torch.bfloat16):
        assert_close(generator.synthesize(w), exact, rtol=1e-6, atol=1e-6)


def test_half_precision_is_that_of_the_four_highest_resolutions() -> None:
    generator = Generator(replace(TINY, size=64)).requires_grad_(False)
    critic = Discriminator(DiscriminatorConfig(size=64, channel_base=256, channel_max=8)).requires_grad_(False)
    dtypes: dict[int, set[torch.dtype]] = {}

    def note(module: nn.Module, inputs: object, output: Tensor) -> None:
        dtypes.setdefault(output.shape[-1], set()).add(output.dtype)

    for module in [*generator.synthesis.convs, *(block.conv1.conv for block in critic.trunk.blocks)]:
        module.register_forward_hook(note)
    critic.trunk.final_conv.register_forward_hook(note)
    with torch.autocast("cpu", torch.bfloat16):
        critic(generator.synthesize(generator.map_face(torch.randn(2, 16))))
    assert dtypes == {4: {torch.float32}} | {side: {torch.bfloat16} for side in (8, 16, 32, 64)}
