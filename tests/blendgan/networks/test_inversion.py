"""The inversion encoder against the values of the official implementation."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from blendgan.checkpoints.mapping import to_ours
from blendgan.networks.inversion import TINY_INVERSION, InversionConfig, InversionEncoder

State = Callable[[str], dict[str, Tensor]]


@pytest.mark.slow
def test_latents_equal_the_official_ones(official_state: State, golden: State) -> None:
    with torch.device("meta"):
        encoder = InversionEncoder(InversionConfig(num_layers=10, mean_per_layer=False)).eval()
    official = official_state("psp_encoder_64")
    expected = encoder.state_dict()
    counters = {name: torch.tensor(0) for name in expected if name.endswith("num_batches_tracked")}
    kept = {name: tensor for name, tensor in expected.items() if name not in counters}
    encoder.load_state_dict(to_ours("inversion", official, kept, "reference") | counters, assign=True)
    values = golden("psp_encoder_64")
    with torch.inference_mode():
        latents = encoder(values["image"])
    # With these parameters activations grow to 3,000 and saturate the gates, which magnifies rounding: float32 is
    # 1e-3 away from float64 in relative norm, and float64 5e-4 from the recorded float32 values.
    difference = (latents - values["w_plus"]).norm(dim=2) / values["w_plus"].norm(dim=2)
    assert difference.max() < 3e-3


def test_the_tiny_encoder_fits_the_tiny_generator() -> None:
    encoder = InversionEncoder(TINY_INVERSION).eval()
    encoder.w_mean.fill_(5.0)
    latents = encoder(torch.randn(2, 3, 40, 40))
    assert latents.shape == (2, 8, 128)
    encoder.w_mean.fill_(0.0)
    assert_close(encoder(torch.zeros(1, 3, 64, 64)) + 5, encoder(torch.zeros(1, 3, 64, 64)).add(5))


@pytest.mark.parametrize("side", [16, 48])
def test_an_image_size_without_levels_is_refused(side: int) -> None:
    with pytest.raises(ValueError, match=f"image_size is {side}"):
        InversionConfig(image_size=side)
