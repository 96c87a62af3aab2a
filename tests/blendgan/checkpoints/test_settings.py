"""Settings from a file are of the right type and size before a network is built from them."""

from dataclasses import asdict

import pytest

from blendgan.checkpoints.settings import settings_of
from blendgan.networks.discriminators import DiscriminatorConfig
from blendgan.networks.generator import GeneratorConfig
from blendgan.networks.inversion import InversionConfig
from blendgan.networks.style_encoder import StyleEncoderConfig


def as_json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("kind", [GeneratorConfig, StyleEncoderConfig, InversionConfig, DiscriminatorConfig])
def test_what_was_written_is_read_as_it_was(kind: type) -> None:
    settings = kind()
    assert settings_of(kind, {name: as_json(value) for name, value in asdict(settings).items()}, 100) == settings


@pytest.mark.parametrize(
    ("kind", "values", "complaint"),
    [
        (GeneratorConfig, [1], "settings are not a table"),
        (GeneratorConfig, {"sise": 32}, "there is no setting sise"),
        (GeneratorConfig, {"size": float("nan")}, "size is nan"),
        (GeneratorConfig, {"latent_dim": "128"}, "latent_dim is 128"),
        (GeneratorConfig, {"latent_dim": True}, "latent_dim is True"),
        (GeneratorConfig, {"latent_dim": -1}, "latent_dim is -1"),
        (GeneratorConfig, {"latent_dim": 10**18}, "latent_dim is 1000000000000000000"),
        (GeneratorConfig, {"mapping_layers": 200_000}, "mapping_layers is 200000"),
        (GeneratorConfig, {"truncation": "much"}, "truncation is much"),
        (GeneratorConfig, {"truncation": float("inf")}, "truncation is inf"),
        (StyleEncoderConfig, {"taps": "relu1_2"}, "taps is relu1_2"),
        (StyleEncoderConfig, {"backbone": "mine"}, "backbone is mine"),
        (InversionConfig, {"depths": [1, 2, 3]}, r"depths is \(1, 2, 3\)"),
        (InversionConfig, {"depths": [1, 2, 3, 10**6]}, "depths is "),
    ],
)
def test_other_values_are_named(kind: type, values: object, complaint: str) -> None:
    with pytest.raises((TypeError, ValueError), match=complaint):
        settings_of(kind, values, 100)
