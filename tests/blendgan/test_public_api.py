"""`import blendgan`: light, and complete."""

import subprocess
import sys

import pytest
import torch

import blendgan
from blendgan.networks.style_encoder import GramFeatures, StyleEncoder, StyleEncoderConfig

SMALL = StyleEncoderConfig(image_size=32, taps=("relu1_2",), latent_dim=8)


def test_importing_blendgan_does_not_import_torch() -> None:
    code = "import sys, blendgan; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_everything_promised_is_there() -> None:
    assert all(callable(getattr(blendgan, name)) for name in blendgan.__all__)
    assert set(blendgan.__all__) == set(blendgan._HOMES)


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'load_everything'"):
        blendgan.load_everything  # noqa: B018


def test_codes_and_features_do_not_depend_on_how_many_are_computed_at_once() -> None:
    images = torch.rand(5, 3, 40, 40) * 2 - 1
    encoder = StyleEncoder(SMALL)
    torch.testing.assert_close(blendgan.style_codes(images, encoder, batch=2), encoder(images).detach())
    extractor = GramFeatures(SMALL)
    features = blendgan.gram_features(images, extractor, batch=3)
    assert features.shape == (5, 4096)
    torch.testing.assert_close(features, extractor(images))


def test_without_a_download_the_extractor_has_random_weights_and_says_so(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert blendgan.load_gram_features("auto", SMALL).config.backbone == "random"
