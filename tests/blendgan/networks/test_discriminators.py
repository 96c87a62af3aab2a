"""The discriminators against the values of the official implementation."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from blendgan.checkpoints.mapping import to_ours
from blendgan.networks.discriminators import Discriminator, DiscriminatorConfig, ProjectionDiscriminator

State = Callable[[str], dict[str, Tensor]]
TINY = DiscriminatorConfig(size=32, channel_base=256, channel_max=16, style_dim=8)


@pytest.mark.parametrize(
    ("kind", "network", "style_dim"),
    [("discriminator", Discriminator, None), ("projection_discriminator", ProjectionDiscriminator, 512)],
)
def test_logits_equal_the_official_ones(
    kind: str, network: Callable[..., torch.nn.Module], style_dim: int | None, official_state: State, golden: State
) -> None:
    with torch.device("meta"):
        critic = network(DiscriminatorConfig(size=64, style_dim=style_dim))
    state = to_ours(kind, official_state(f"{kind}_64"), critic.state_dict(), "the reference parameters")
    critic.load_state_dict(state, assign=True)
    values = golden("discriminators_64")
    with torch.inference_mode():
        logits = critic(values["images"], values["z_style"])
    assert_close(logits, values[f"{kind}_logits"], rtol=1e-4, atol=1e-4)


def test_a_style_code_is_needed_where_style_is_judged() -> None:
    with pytest.raises(ValueError, match="needs the style codes"):
        ProjectionDiscriminator(TINY)(torch.zeros(1, 3, 32, 32))


def test_the_code_moves_the_logit_by_an_inner_product() -> None:
    critic = ProjectionDiscriminator(TINY).requires_grad_(False)
    images, code = torch.randn(4, 3, 32, 32), torch.randn(4, 8)
    base, once, twice = critic(images, code * 0), critic(images, code), critic(images, code * 2)
    assert_close(twice - base, 2 * (once - base), rtol=1e-3, atol=1e-3)


def test_samples_see_each_other_only_through_the_deviation_of_their_group() -> None:
    critic = Discriminator(TINY).requires_grad_(False)
    images = torch.randn(1, 3, 32, 32)
    alone, twins = critic(images), critic(images.expand(4, -1, -1, -1))
    assert_close(alone.expand(4, 1), twins, rtol=1e-3, atol=1e-3)
