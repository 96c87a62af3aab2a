"""The style encoder against the values of the official implementation and of torchvision."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from blendgan.checkpoints.mapping import to_ours
from blendgan.networks.style_encoder import (
    TINY_STYLE_ENCODER,
    GramFeatures,
    StyleEncoder,
    StyleEncoderConfig,
    gram_matrix,
)

State = Callable[[str], dict[str, Tensor]]


@pytest.mark.slow
def test_gram_values_and_codes_equal_the_official_ones(official_state: State, golden: State) -> None:
    with torch.device("meta"):
        encoder = StyleEncoder(StyleEncoderConfig())
    official = official_state("style_encoder")
    encoder.load_state_dict(to_ours("style_encoder", official, encoder.state_dict(), "reference"), assign=True)
    del official
    values = golden("style_encoder")
    with torch.inference_mode():
        gram = encoder.gram(values["image"])
        code = encoder.encode_gram(gram)
    assert gram.shape == (1, 610_304)
    assert_close(gram[0, :4096].reshape(64, 64), values["gram_relu1"], rtol=1e-4, atol=1e-6)
    assert_close(gram[0, ::997], values["gram_every_997th"], rtol=1e-4, atol=1e-6)
    blocks = gram[0].double().split([c * c for c in (64, 128, 256, 512, 512)])
    assert_close(torch.stack([block.sum() for block in blocks]), values["gram_block_sums"], rtol=1e-4, atol=0)
    assert_close(torch.stack([block.norm() for block in blocks]), values["gram_block_norms"], rtol=1e-4, atol=0)
    assert_close(code, values["z_style"], rtol=1e-3, atol=1e-4)


def test_the_backbone_has_torchvisions_layers_and_names() -> None:
    from torchvision.models import vgg19

    with torch.device("meta"):
        ours, theirs = GramFeatures(StyleEncoderConfig()).layers, vgg19(weights=None).features
    # torchvision goes on to a last pooling, which no tap needs
    assert {name: t.shape for name, t in ours.state_dict().items()} == {
        name: t.shape for name, t in theirs.state_dict().items()
    }
    assert [type(layer).__name__ for layer in ours] == [type(layer).__name__ for layer in theirs][:36]


def test_a_gram_matrix_is_the_mean_product_of_channels() -> None:
    features = torch.randn(1, 2, 3, 5)
    expected = torch.zeros(2, 2)
    for i in range(2):
        for j in range(2):
            expected[i, j] = sum(features[0, i, y, x] * features[0, j, y, x] for y in range(3) for x in range(5)) / 30
    assert_close(gram_matrix(features)[0], expected)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_gram_matrices_of_half_precision_features_are_summed_in_single_on_a_gpu() -> None:
    features = torch.randn(2, 64, 40, 50, device="cuda").relu().bfloat16()
    with torch.autocast("cuda", torch.bfloat16):
        found = gram_matrix(features)
    assert found.dtype == torch.float32
    # rounded to bf16 it would be 2^-9 off
    assert_close(found.double(), gram_matrix(features.double()), rtol=1e-4, atol=1e-6)


def test_the_tiny_encoder_reads_three_taps_of_128_px() -> None:
    encoder = GramFeatures(TINY_STYLE_ENCODER)
    assert TINY_STYLE_ENCODER.gram_dim == 86_016
    assert encoder(torch.zeros(1, 3, 200, 160)).shape == (1, 86_016)


def test_random_backbones_are_the_same_in_every_process() -> None:
    torch.manual_seed(1)
    first = GramFeatures(TINY_STYLE_ENCODER).layers[0].weight
    torch.manual_seed(2)
    assert torch.equal(first, GramFeatures(TINY_STYLE_ENCODER).layers[0].weight)


def test_imagenet_weights_are_taken_by_name_and_noted() -> None:
    encoder = StyleEncoder(TINY_STYLE_ENCODER)
    state = {f"features.{name}": torch.ones_like(t) for name, t in encoder.gram.layers.state_dict().items()}
    encoder.gram.load_imagenet(state | {"classifier.0.weight": torch.zeros(1)})
    assert encoder.config.backbone == "imagenet"
    assert encoder.gram.layers[0].weight.min() == 1


def test_an_unknown_tap_is_refused() -> None:
    with pytest.raises(ValueError, match="relu9_9"):
        StyleEncoderConfig(taps=("relu9_9",))


def test_a_generator_gets_codes_of_the_length_that_it_takes() -> None:
    encoder = StyleEncoder(StyleEncoderConfig(image_size=32, taps=("relu1_2",), latent_dim=8))
    images = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        assert_close(encoder.codes_of_length(8)(images), encoder(images))
        assert_close(encoder.codes_of_length(64**2)(images), encoder.gram(images))
    with pytest.raises(ValueError, match="gives 8 values but the generator takes 9"):
        encoder.codes_of_length(9)
