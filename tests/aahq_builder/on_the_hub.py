"""The local Hub in place of the real one, for commands in this process and in others."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_hub import Hub, fake_hub

OWNER, READER, STRANGER = "hf_test", "hf_reader", "hf_stranger"


@pytest.fixture(name="hub")
def hub_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A Hub that the libraries of this process ask; they have read their settings long ago."""
    import datasets
    from huggingface_hub import HfFileSystem, constants

    with fake_hub() as hub:
        monkeypatch.setenv("HF_TOKEN", OWNER)
        for name, value in hub_settings(hub, tmp_path).items():
            monkeypatch.setenv(name, value)
        template = "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf" / "hub"))
        monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.endpoint + template)
        monkeypatch.setattr(datasets.config, "HF_ENDPOINT", hub.endpoint)
        monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
        HfFileSystem.clear_instance_cache()
        yield hub
        HfFileSystem.clear_instance_cache()


def hub_settings(hub: Hub, home: Path) -> dict[str, str]:
    """What a process that asks this Hub has in its environment, beside a token."""
    return {"HF_ENDPOINT": hub.endpoint, "HF_HUB_OFFLINE": "0", "HF_HOME": str(home / "hf"), "OMP_NUM_THREADS": "1"}


def words_of(*words: object) -> list[str]:
    return [sys.executable, "-m", "aahq_builder", *map(str, words)]


def environment(hub: Hub, home: Path, token: str = OWNER) -> dict[str, str]:
    return {**os.environ, **hub_settings(hub, home), "HF_TOKEN": token}
