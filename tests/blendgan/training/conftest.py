"""Drawn heads, shared by all tests of the trainers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from blendgan.cli import TRAIN
from blendgan.command import main
from blendgan.data.folder import ImageFolder, open_folder
from tests.blendgan.training.small import SIZE, SMALL_ENCODER, draw_heads


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Networks this small only lose time to threads waiting for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def heads_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of twelve drawn heads of 32 px."""
    return draw_heads(tmp_path_factory.mktemp("heads"))


@pytest.fixture(scope="session")
def heads(heads_path: Path) -> ImageFolder:
    """The heads at 16 px."""
    return open_folder(heads_path, SIZE)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of eight drawn heads of 128 px."""
    return draw_heads(tmp_path_factory.mktemp("pictures"), count=8, size=128)


@pytest.fixture(scope="session")
def encoder(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with a style encoder of two steps."""
    out = tmp_path_factory.mktemp("style") / "run"
    words = ["style-encoder", "--artworks", pictures, *SMALL_ENCODER, "--steps", 2, "--out", out]
    assert main("blendgan-train", TRAIN, "", [str(word) for word in words]) == 0
    return out / "final"


@pytest.fixture(scope="session")
def model(pictures: Path, encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of two steps: generator, style encoder, discriminators."""
    out = tmp_path_factory.mktemp("gan") / "run"
    words = ["gan", "--faces", pictures, "--artworks", pictures, "--style-encoder", encoder, "--preset", "tiny"]
    words += ["--batch", 4, "--steps", 2, "--out", out]
    assert main("blendgan-train", TRAIN, "", [str(word) for word in words]) == 0
    return out / "final"
