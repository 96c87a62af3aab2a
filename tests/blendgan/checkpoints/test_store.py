"""Our format: readable by hand, written in one step, refused when anything is wrong."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from blendgan.checkpoints.store import load_generator, load_style_encoder, networks_in, read_config, save_network
from blendgan.errors import DISK_FULL, UserError
from blendgan.networks.generator import Generator, GeneratorConfig
from tests.full_disk import files_of_at_most

TINY = GeneratorConfig(size=32, latent_dim=8, style_dim=8, mapping_layers=1, channel_base=64, channel_max=8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_network(Generator(TINY), tmp_path / "generator", rights={"open": 3})
    return tmp_path


def test_a_saved_network_loads_equal_from_the_model_and_from_its_own_folder(tmp_path: Path) -> None:
    generator = Generator(TINY)
    save_network(generator, tmp_path / "generator")
    for place in (tmp_path, tmp_path / "generator"):
        loaded = load_generator(place)
        assert loaded.config == TINY
        assert not loaded.training
        assert all(torch.equal(t, generator.state_dict()[name]) for name, t in loaded.state_dict().items())


READ_BY_HAND = """
import hashlib, json, pathlib, struct, sys
folder = pathlib.Path(sys.argv[1])
config = json.loads((folder / "config.json").read_text())
content = (folder / "model.safetensors").read_bytes()
assert hashlib.sha256(content).hexdigest() == config["weights_sha256"]
# the format of safetensors: length of the header, header in JSON, values
(length,) = struct.unpack("<Q", content[:8])
entry = json.loads(content[8 : 8 + length])["synthesis.constant"]
begin, end = (8 + length + offset for offset in entry["data_offsets"])
values = struct.unpack(f"<{(end - begin) // 4}f", content[begin:end])
assert not {"torch", "blendgan", "safetensors"} & set(sys.modules)
print(json.dumps([config, entry["shape"], values]))
"""


def test_another_process_reads_a_network_by_hand_without_our_classes(folder: Path) -> None:
    words = [sys.executable, "-I", "-c", READ_BY_HAND, str(folder / "generator")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    config, shape, values = json.loads(done.stdout)
    assert (config["network"], config["settings"]["size"], config["rights"]) == ("generator", 32, {"open": 3})
    assert shape == [1, 8, 4, 4]
    assert values == load_generator(folder).synthesis.constant.flatten().tolist()


def test_saving_again_replaces_and_leaves_nothing_behind(folder: Path) -> None:
    save_network(Generator(TINY), folder / "generator")
    assert [path.name for path in folder.iterdir()] == ["generator"]
    assert "rights" not in read_config(folder / "generator")


def test_a_save_that_fails_leaves_the_old_network(folder: Path) -> None:
    before = load_generator(folder).synthesis.constant
    with pytest.raises(TypeError, match="not JSON serializable"):
        save_network(Generator(TINY), folder / "generator", rights=object())
    assert torch.equal(load_generator(folder).synthesis.constant, before)
    assert [path.name for path in folder.iterdir()] == ["generator"]


def test_a_full_disk_is_the_systems_error_and_leaves_the_old_network(folder: Path) -> None:
    network, before = load_generator(folder), sorted(folder.iterdir())
    with files_of_at_most(1000), pytest.raises(OSError, match="too large") as caught:
        save_network(network, folder / "generator")
    assert caught.value.errno in DISK_FULL
    assert sorted(folder.iterdir()) == before
    load_generator(folder)


def test_what_a_killed_save_left_behind_is_no_network(folder: Path) -> None:
    (folder / "generator").rename(folder / ".tmp-generator-x")
    assert networks_in(folder) == []


def test_other_keys_and_shapes_are_named(folder: Path) -> None:
    weights = folder / "generator" / "model.safetensors"
    state = load_file(weights)
    state["surplus"] = state.pop("w_mean")
    state["synthesis.constant"] = torch.zeros(1, 4, 4, 4)
    save_file(state, weights)
    _trust(folder / "generator")
    with pytest.raises(UserError) as error:
        load_generator(folder)
    assert (
        "1 missing: w_mean; 1 unexpected: surplus; 1 of another shape: synthesis.constant (1x4x4x4 in place of 1x8x4x4)"
        in str(error.value)
    )


def test_a_truncated_file_is_refused(folder: Path) -> None:
    weights = folder / "generator" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(UserError, match=r"is not the file that config\.json beside it was written with"):
        load_generator(folder)
    _trust(folder / "generator")
    with pytest.raises(UserError, match="is not a readable safetensors file"):
        load_generator(folder)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is damaged"),
        ("[]", "does not describe a network"),
        ('{"format": 1, "network": "os.system", "settings": {}}', "does not describe a network"),
        ('{"format": 1, "network": "generator", "settings": {"size": 33}}', "size is 33"),
        ('{"format": 1, "network": "generator", "settings": {"colour": 1}}', "colour"),
    ],
)
def test_a_config_that_is_not_ours_is_refused(folder: Path, text: str, complaint: str) -> None:
    (folder / "generator" / "config.json").write_text(text)
    with pytest.raises(UserError, match=complaint):
        load_generator(folder)


def test_another_network_or_none_is_refused(folder: Path) -> None:
    with pytest.raises(UserError, match="holds a Generator, but a StyleEncoder is needed"):
        load_style_encoder(folder / "generator")
    with pytest.raises(UserError, match="style_encoder holds no network"):
        load_style_encoder(folder)


def _trust(folder: Path) -> None:
    """Write the hash of the weights into the config, as someone who tampers would."""
    config = json.loads((folder / "config.json").read_text())
    config["weights_sha256"] = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    (folder / "config.json").write_text(json.dumps(config))
