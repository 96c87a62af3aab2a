"""Drawn heads, shared by all tests of the trainers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from blendgan.data.folder import ImageFolder, open_folder
from tests.blendgan.training.small import SIZE, draw_heads


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
