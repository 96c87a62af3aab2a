import torch
from torch import Tensor

from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.networks.symmetric_gram import (
    DistinctEntries,
    SymmetricLinear,
    learn_from_distinct_entries,
    learned_from_whole_vectors,
)

WIDTHS = (2, 3)


def symmetric_vectors(count: int, widths: tuple[int, ...]) -> Tensor:
    """Gram vectors of random features."""
    generator = torch.Generator().manual_seed(1)
    features = [torch.randn(count, width, 7, generator=generator, dtype=torch.float64) for width in widths]
    return torch.cat([(some @ some.mT).flatten(1) for some in features], dim=1)


def test_the_distinct_entries_are_the_upper_triangles_row_by_row():
    entries = DistinctEntries(WIDTHS)
    # matrices with the rows 0 1, 2 3 and 4 5 6, 7 8 9, 10 11 12
    assert entries.upper.tolist() == [0, 1, 3, 4, 5, 6, 8, 9, 12]
    assert entries.mirrored.tolist() == [0, 2, 3, 4, 7, 10, 8, 11, 12]
    assert entries.counts.tolist() == [1, 2, 1, 1, 2, 2, 1, 2, 1]
    assert entries.averaged(torch.arange(13.0)).tolist() == [0, 1.5, 3, 4, 6, 8, 8, 10, 12]
    assert not entries.state_dict()


def test_expanding_brings_whole_vectors_back_and_scaling_keeps_their_inner_products():
    vectors, entries = symmetric_vectors(4, WIDTHS), DistinctEntries(WIDTHS)
    distinct = entries.of(vectors)
    assert torch.equal(entries.expanded(distinct), vectors)
    scaled = entries.isometric(distinct)
    torch.testing.assert_close(scaled @ scaled.T, vectors @ vectors.T)


def test_the_official_vector_has_half_of_its_values_twice():
    config = StyleEncoderConfig()
    entries = DistinctEntries(config.widths)
    assert (config.gram_dim, config.distinct_dim) == (610_304, 305_888)
    assert (len(entries.places), len(entries.upper), int(entries.counts.sum())) == (610_304, 305_888, 610_304)


def test_the_layer_on_distinct_entries_gives_the_codes_of_the_whole_layer_and_turns_back_into_it():
    torch.manual_seed(0)
    encoder = StyleEncoder(StyleEncoderConfig(image_size=32, taps=("relu1_2", "relu2_2"), latent_dim=8)).double()
    grams = symmetric_vectors(5, encoder.config.widths)
    first, expected = encoder.mlp[0].weight.detach().clone(), encoder.encode_gram(grams)
    random = torch.get_rng_state()
    layer = learn_from_distinct_entries(encoder).double()
    # the sum of two draws from N(0, 1), halved
    assert abs(float(layer.weight[:, layer.entries.counts == 2].detach().var()) - 0.5) < 0.01
    torch.testing.assert_close(encoder.encode_gram(layer.entries.of(grams)), expected, rtol=1e-12, atol=1e-12)
    learned_from_whole_vectors(encoder)
    torch.testing.assert_close(encoder.encode_gram(grams), expected, rtol=1e-12, atol=1e-12)
    assert torch.equal(torch.get_rng_state(), random)
    parts = first.split([64**2, 128**2], dim=1)
    matrices = [part.unflatten(1, (width, width)) for part, width in zip(parts, (64, 128), strict=True)]
    halves = torch.cat([((matrix + matrix.mT) / 2).flatten(1) for matrix in matrices], dim=1)
    assert torch.equal(encoder.mlp[0].weight.detach(), halves)
    assert encoder.mlp[0].scale == 1 / encoder.config.gram_dim**0.5


def test_a_symmetric_layer_takes_two_parameters_of_half_the_size():
    layer = learn_from_distinct_entries(StyleEncoder(StyleEncoderConfig(taps=("relu1_2",), latent_dim=4)))
    assert isinstance(layer, SymmetricLinear)
    assert {name: tuple(value.shape) for name, value in layer.state_dict().items()} == {
        "weight": (4, 64 * 65 // 2),
        "bias": (4,),
    }
