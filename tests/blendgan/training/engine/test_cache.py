from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from blendgan.training.engine.cache import cached, key_of
from blendgan.training.parallel.distributed import World

WORLD = World(torch.device("cpu"))
DATA = {"sha256": "ab"}


def test_values_are_computed_once_for_a_key_and_again_for_another(tmp_path: Path):
    calls: list[str] = []

    def value(key: str) -> Tensor:
        def compute() -> Tensor:
            calls.append(key)
            return torch.full((2,), float(len(calls)))

        return cached(tmp_path / "some.pt", "values", key, compute, WORLD)

    assert [value(key).tolist() for key in ("a", "a", "b", "b", "a")] == [[1, 1], [1, 1], [2, 2], [2, 2], [3, 3]]
    assert calls == ["a", "b", "a"]


@pytest.mark.parametrize("content", [b"", b"PK", b"nothing", b"\x80\x02}."])
def test_a_file_that_cannot_be_read_is_computed_anew(tmp_path: Path, content: bytes):
    (tmp_path / "some.pt").write_bytes(content)
    for _ in range(2):
        assert cached(tmp_path / "some.pt", "values", "key", lambda: torch.ones(1), WORLD).item() == 1
    torch.save(["a list"], tmp_path / "some.pt")
    assert cached(tmp_path / "some.pt", "values", "key", lambda: torch.ones(1), WORLD).item() == 1
    torch.save({"key": "key", "values": "no tensor"}, tmp_path / "some.pt")
    assert cached(tmp_path / "some.pt", "values", "key", lambda: torch.ones(1), WORLD).item() == 1


def test_a_key_changes_with_weights_data_pictures_and_settings():
    network = nn.Linear(2, 1)
    keys = [key_of(network, DATA, ["a"], 4), key_of(network, {"sha256": "cd"}, ["a"], 4)]
    keys += [key_of(network, DATA, ["b"], 4), key_of(network, DATA, ["a"], 5)]
    assert keys[0] == key_of(network, DATA, ["a"], 4)
    with torch.no_grad():
        network.weight[0, 0] += 1e-3
    keys.append(key_of(network, DATA, ["a"], 4))
    assert len(set(keys)) == 5
