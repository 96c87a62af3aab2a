"""Model files changed at random: one sentence or success, never another error, never long, never code run."""

import hashlib
import io
import json
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blendgan.checkpoints.mapping import to_official
from blendgan.checkpoints.official import read_official
from blendgan.checkpoints.store import save_network
from blendgan.errors import UserError
from blendgan.hub.model import BlendGAN
from blendgan.networks.generator import Generator, GeneratorConfig
from tests.nvidia_files import nvidia_discriminator, nvidia_generator, nvidia_pickle

TINY = GeneratorConfig(size=8, latent_dim=4, style_dim=4, mapping_layers=1, channel_base=32, channel_max=4)
LIMIT_S = 10
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)
Edits = list[tuple[float, int, bytes]]
changes = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.binary(max_size=4)), min_size=1, max_size=6)


@contextmanager
def one_sentence_or_success() -> Iterator[None]:
    began = time.process_time()
    try:
        yield
    except UserError as error:
        assert "\n" not in str(error).strip()
        assert "weights_only" not in str(error)
    assert time.process_time() - began < LIMIT_S


def changed(content: bytes, edits: Edits) -> bytes:
    """Some bytes replaced, removed or added."""
    for share, removed, added in edits:
        at = int(share * len(content))
        content = content[:at] + added + content[at + removed :]
    return content


def small_pt() -> bytes:
    file = io.BytesIO()
    state = to_official("generator", Generator(TINY).state_dict())
    torch.save({"latent_avg": state.pop("latent_avg"), "g_ema": state, "truncation": 0.5}, file)
    return file.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "ada.pkl": lambda: nvidia_pickle({"G_ema": nvidia_generator(), "D": nvidia_discriminator()}),
    "old.pkl": lambda: nvidia_pickle({"G_ema": nvidia_generator(), "D": None}, protocol=3, old_numpy=True),
    "small.pt": small_pt,
}


@pytest.fixture(params=FILES)
def official(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where to write a file; a sound one lies beside it."""
    (tmp_path / "sound").write_bytes(FILES[request.param]())
    return tmp_path / request.param


@MANY
@given(edits=changes)
def test_an_official_file_with_changed_bytes(official: Path, edits: Edits) -> None:
    official.write_bytes(changed(official.with_name("sound").read_bytes(), edits))
    with one_sentence_or_success():
        read_official(official)


@pytest.mark.parametrize(
    ("head", "place", "value"),
    [(b"PK\x01\x02", 6, b"\xff\x00"), (b"PK\x06\x07", 16, b"\x02\0\0\0"), (b"PK\x01\x02", 30, b"\xff\xff")],
    ids=["a version to come", "several disks", "more fields than bytes"],
)
def test_a_zip_that_claims_what_it_is_not(tmp_path: Path, head: bytes, place: int, value: bytes) -> None:
    content = small_pt()
    at = content.index(head) + place
    path = tmp_path / "odd.pt"
    path.write_bytes(content[:at] + value + content[at + len(value) :])
    with pytest.raises(UserError, match=r"odd.pt is damaged \(.*\); download it again"):
        read_official(path)


@MANY
@given(
    content=JSON, suffix=st.sampled_from(["pt", "pkl"]), key=st.sampled_from(["g_ema", "e", "latent_avg", "d", "opts"])
)
def test_an_official_file_with_other_things_in_it(tmp_path: Path, content: Any, suffix: str, key: str) -> None:
    path = tmp_path / f"other.{suffix}"
    if suffix == "pt":
        torch.save({key: content, "state_dict": {"encoder.input_layer.0.weight": content}}, path)
    else:
        path.write_bytes(
            pickle.dumps({"G_ema": {"_parameters": content, "_modules": {"mapping": content}}, "D": content})
        )
    with one_sentence_or_success():
        read_official(path)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    save_network(Generator(TINY), tmp_path / "model" / "generator", rights={"open": 3})
    return tmp_path / "model"


@MANY
@given(edits=changes)
def test_weights_with_changed_bytes_and_a_hash_that_fits(model: Path, edits: Edits) -> None:
    folder = model / "generator"
    sound = {path: path.read_bytes() for path in folder.iterdir()}
    weights, config = folder / "model.safetensors", json.loads(sound[folder / "config.json"])
    weights.write_bytes(changed(sound[weights], edits))
    config["weights_sha256"] = hashlib.sha256(weights.read_bytes()).hexdigest()
    (folder / "config.json").write_text(json.dumps(config))
    with one_sentence_or_success():
        BlendGAN.load(model)
    for path, content in sound.items():
        path.write_bytes(content)


@MANY
@given(value=JSON, place=st.sampled_from(["format", "network", "rights", "settings", "weights_sha256", *vars(TINY)]))
def test_a_config_with_a_value_of_another_type(model: Path, value: Any, place: str) -> None:
    path = model / "generator" / "config.json"
    sound = path.read_text()
    config = json.loads(sound)
    (config["settings"] if place in config["settings"] else config)[place] = value
    path.write_text(json.dumps(config))
    with one_sentence_or_success():
        BlendGAN.load(model).rights()
    path.write_text(sound)


@MANY
@given(edits=changes)
def test_a_config_with_changed_bytes(model: Path, edits: Edits) -> None:
    path = model / "generator" / "config.json"
    sound = path.read_bytes()
    path.write_bytes(changed(sound, edits))
    with one_sentence_or_success():
        BlendGAN.load(model).rights()
    path.write_bytes(sound)


@pytest.mark.parametrize("text", ["[" * 900_000, '{"settings":' * 100_000])
def test_a_config_of_nested_brackets(model: Path, text: str) -> None:
    (model / "generator" / "config.json").write_text(text)
    with one_sentence_or_success(), pytest.raises(UserError, match="is damaged"):
        BlendGAN.load(model)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    generator = Generator(TINY)
    generator.synthesis.constant.data[0, 0, 0, 0] = torch.nan
    save_network(generator, tmp_path / "generator")
    with pytest.raises(UserError, match=r"not finite \(synthesis\.constant\)"):
        BlendGAN.load(tmp_path)
