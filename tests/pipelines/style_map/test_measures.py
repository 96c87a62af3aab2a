"""Codes and Gram vectors are the network's own, histograms are numpy's."""

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from blendgan.console import Console
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from pipelines.style_map.measures import colour_histograms, measure


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    return torch.rand(14, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_codes_and_gram_vectors_are_those_of_the_network(pictures: torch.Tensor) -> None:
    encoder = StyleEncoder(StyleEncoderConfig(image_size=32, taps=("relu1_2", "relu2_2"), latent_dim=6))
    found = measure(encoder, pictures, Console(verbosity=-1))
    with torch.no_grad():
        codes, grams = encoder(pictures), encoder.gram(pictures)
    np.testing.assert_allclose(found["codes"].features, codes, rtol=1e-4, atol=1e-5)
    # half of a symmetric matrix, weighted, has the whole one's inner products
    vectors = torch.from_numpy(found["gram"].features)
    torch.testing.assert_close(vectors @ vectors.T, grams @ grams.T, rtol=1e-4, atol=1e-6)
    assert found["gram"].block_sizes == (64 * 65 // 2, 128 * 129 // 2)
    for vectors_of in found.values():
        assert vectors_of.features.shape == (14, sum(vectors_of.block_sizes))
    assert torch.allclose(normalize(vectors, dim=1).norm(dim=1), torch.ones(14))


def test_histograms_are_numpys_and_white_belongs_to_the_brightest_colour(pictures: torch.Tensor) -> None:
    found = colour_histograms(pictures)
    for picture, histogram in zip(pictures, found, strict=True):
        counts, _ = np.histogramdd(picture.flatten(1).T.double().numpy(), bins=8, range=[(-1, 1)] * 3)
        np.testing.assert_allclose(histogram**2, counts.ravel() / 1024, atol=1e-6)
    white = colour_histograms(torch.ones(1, 3, 4, 4))[0]
    assert white[-1] == 1 and white[:-1].sum() == 0
