"""Settings from a file are of their types and of a size that a network can have, before anything is built."""

from dataclasses import asdict

import pytest

from blendgan.checkpoints.settings import settings_of
from blendgan.networks.discriminators import DiscriminatorConfig
from blendgan.networks.generator import GeneratorConfig
from blendgan.networks.inversion import TINY_INVERSION, InversionConfig
from blendgan.networks.style_encoder import TINY_STYLE_ENCODER, StyleEncoderConfig


@pytest.mark.parametrize(
    "config",
    [GeneratorConfig(truncation=0.7), DiscriminatorConfig(style_dim=4), TINY_INVERSION, TINY_STYLE_ENCODER],
    ids=lambda config: type(config).__name__,
)
def test_settings_survive_the_way_through_json(config: object) -> None:
    values = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(config).items()}  # type: ignore[call-overload]
    assert settings_of(type(config), values) == config


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (GeneratorConfig, "latent_dim", "128"),
        (GeneratorConfig, "latent_dim", 10**18),
        (GeneratorConfig, "latent_dim", 10**30),
        (GeneratorConfig, "latent_dim", -1),
        (GeneratorConfig, "latent_dim", True),
        (GeneratorConfig, "latent_dim", None),
        (GeneratorConfig, "mapping_layers", 201),
        (GeneratorConfig, "size", float("nan")),
        (GeneratorConfig, "size", 32.0),
        (GeneratorConfig, "truncation", "much"),
        (GeneratorConfig, "truncation", float("inf")),
        (InversionConfig, "depths", [3, 4, 14]),
        (InversionConfig, "depths", [3, 4, 14, "3"]),
        (InversionConfig, "depths", [3, 4, 14, 10**6]),
        (InversionConfig, "depths", 3),
        (InversionConfig, "mean_per_layer", 1),
        (StyleEncoderConfig, "taps", [["relu1_2"]]),
        (StyleEncoderConfig, "taps", "relu1_2"),
        (StyleEncoderConfig, "backbone", "other"),
        (StyleEncoderConfig, "colour", 1),
    ],
)
def test_a_value_of_another_type_or_beyond_use_is_refused(kind: type, name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        settings_of(kind, {name: value})


@pytest.mark.parametrize("values", [None, [], "size", 3])
def test_settings_that_are_no_table_are_refused(values: object) -> None:
    with pytest.raises(TypeError, match="not a table"):
        settings_of(GeneratorConfig, values)
