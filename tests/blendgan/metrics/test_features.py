import torch

from blendgan.metrics.features import pooled_features
from blendgan.networks.style_encoder import GramFeatures, StyleEncoderConfig


def test_features_equal_a_walk_through_the_layers_whatever_the_chunk():
    extractor = GramFeatures(StyleEncoderConfig(taps=("relu3_4",)))
    images = torch.rand(3, 3, 128, 128) * 2 - 1
    x = torch.nn.functional.avg_pool2d(images, 2)
    for layer in extractor.layers:
        x = layer(x)
    expected = x.mean(dim=(2, 3))
    torch.testing.assert_close(pooled_features(extractor, images), expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(pooled_features(extractor, images, chunk=2), expected, atol=1e-4, rtol=1e-4)
    assert expected.shape == (3, 256)
