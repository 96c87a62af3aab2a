"""What the adversarial stage is built from: the length of style codes decides on shapes and memory."""

from dataclasses import replace

import pytest

from blendgan.errors import UserError
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.training.gan.build import new_networks, refuse_large_table
from tests.blendgan.training.small import GAN

ENCODER = StyleEncoderConfig(image_size=32, taps=("relu1_2",), latent_dim=8)


def test_gram_vectors_as_codes_reach_the_style_mapping_and_the_discriminator_of_style_latents() -> None:
    encoder = StyleEncoder(ENCODER)
    for codes, length in (("encoder", 8), ("gram", 64**2)):
        networks = new_networks(replace(GAN, style_codes=codes), encoder)
        assert networks.generator.config.style_dim == length
        assert networks.discriminators["style_latent"].config.style_dim == length
        assert new_networks(networks.generator.config, encoder).generator.config.style_dim == length


def test_a_table_of_codes_that_no_memory_holds_is_one_sentence() -> None:
    refuse_large_table(33_245, 512)
    with pytest.raises(UserError, match=r"610,304 values for 33,245 artworks take 162 GB of memory; give fewer"):
        refuse_large_table(33_245, 610_304)
