"""The reference parameters: deterministic values under official names, for which official outputs are on record.

And the files of networks that metrics look through, with random weights.
"""

import json
import zlib
from collections.abc import Callable
from math import prod, sqrt
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def golden() -> Callable[[str], dict[str, Tensor]]:
    """Arrays of a reference file, as tensors."""

    def load(name: str) -> dict[str, Tensor]:
        with np.load(GOLDEN / f"{name}.npz") as arrays:
            return {key: torch.from_numpy(arrays[key]) for key in arrays}

    return load


@pytest.fixture
def official_state() -> Callable[[str], dict[str, Tensor]]:
    """A reference network's state dict under official names."""
    networks = json.loads((GOLDEN / "parameters.json").read_text())

    def fill(network: str) -> dict[str, Tensor]:
        shapes = networks[network]["parameters"]
        return {name: _value(network, networks[network]["rules"], name, shape) for name, shape in shapes.items()}

    return fill


def _value(network: str, rules: object, name: str, shape: list[int]) -> Tensor:
    drawn = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode()))).standard_normal(shape, dtype=np.float32)
    value = torch.from_numpy(np.asarray(drawn))
    if network == "psp_encoder_64":
        return _psp(name, value)
    if network == "style_encoder":
        if "vgg" in name:
            return value * (sqrt(2 / prod(shape[1:])) if name.endswith("weight") else 0.05)
        return value * (0.1 if name.endswith("bias") else 1.0)
    assert isinstance(rules, list)
    scale, shift = next((scale, shift) for text, scale, shift in rules if text in name)
    return value * np.float32(scale) + np.float32(shift)


def _psp(name: str, value: Tensor) -> Tensor:
    if name == "latent_avg":
        return torch.zeros_like(value)
    if name.endswith("running_mean"):
        return value * 0.1
    if name.endswith("running_var"):
        return (value * 0.2).abs() + 0.5
    if name.endswith("bias"):
        return value * 0.05
    if value.ndim == 1:
        return value * 0.1 + 1
    return value * sqrt(1 / prod(value.shape[1:])) if value.ndim == 4 else value


@pytest.fixture(scope="session")
def random_alexnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The part of torchvision's AlexNet that LPIPS looks through, with random weights, as its file would be."""
    from torchvision.models import alexnet

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("alexnet") / "alexnet.pth"
    torch.save({f"features.{name}": weight for name, weight in alexnet().features.state_dict().items()}, path)
    return path


@pytest.fixture(scope="session")
def random_inception(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """FID's network with random weights, as its file would be."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("inception") / "inception.pth"
    network = FeatureExtractorInceptionV3.__new__(FeatureExtractorInceptionV3)
    with pytest.raises(FileNotFoundError):  # it is built before its weights are looked for
        network.__init__("inception-v3", ["2048"], feature_extractor_weights_path=str(path))  # type: ignore[misc]
    torch.save(network.state_dict(), path)
    return path
