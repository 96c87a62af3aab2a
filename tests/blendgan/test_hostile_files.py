"""Whatever stands in the files that we read: it is used, or refused in one sentence, in less than ten seconds."""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from blendgan.checkpoints.store import load_network, read_config, save_network
from blendgan.checkpoints.torch_file import write
from blendgan.console import Console
from blendgan.data.folder import open_folder
from blendgan.data.published import as_folder, rights_of
from blendgan.errors import UserError
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.training.engine import checkpoint, run_folder
from blendgan.training.engine.cache import cached
from blendgan.training.engine.loop import Plan, Training
from blendgan.training.gan.config import TrainGanConfig
from blendgan.training.parallel.distributed import World

WORLD = World(torch.device("cpu"))
quick = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def mutated_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """Some bytes changed, and maybe the end cut off or something put in between."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(0, 8))):
        changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
    place = draw(st.integers(0, len(changed)))
    if draw(st.booleans()):
        changed[place:] = draw(st.just(b"") | st.binary(max_size=30).map(lambda more: more + bytes(changed[place:])))
    return bytes(changed)


@st.composite
def mutated_json(draw: st.DrawFn, value: Any) -> Any:
    """One value somewhere in it replaced by one of any type, or left out."""
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 4)) == 0:
        return draw(json_values)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = draw(st.sampled_from(keys))
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if draw(st.integers(0, 5)) == 0:
        del copy[key]
    else:
        copy[key] = draw(mutated_json(value[key]))
    return copy


def used_or_refused(action: Callable[[], object]) -> None:
    """Anything but a `UserError` of one line fails the test, and so does work for ten seconds."""
    began = time.process_time()
    try:
        action()
    except UserError as error:
        assert "\n" not in str(error)
        assert 20 < len(str(error)) < 1000
    assert time.process_time() - began < 10


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "generator"
    shape = GeneratorConfig(size=8, latent_dim=4, style_dim=4, mapping_layers=1, channel_base=32, channel_max=4)
    save_network(Generator(shape), folder, rights={"open CC0-1.0": 3})
    return folder


@pytest.fixture(scope="module")
def network_files(network: Path) -> tuple[bytes, bytes]:
    return (network / "config.json").read_bytes(), (network / "model.safetensors").read_bytes()


@quick
@given(data=st.data())
def test_config_json_of_a_network(data: st.DataObject, network: Path, network_files: tuple[bytes, bytes]) -> None:
    config, _ = network_files
    changed = data.draw(mutated_bytes(config) | mutated_json(json.loads(config)).map(lambda v: json.dumps(v).encode()))
    (network / "config.json").write_bytes(changed)
    (network / "model.safetensors").write_bytes(network_files[1])
    used_or_refused(lambda: load_network(network))
    used_or_refused(lambda: read_config(network))


@quick
@given(data=st.data())
def test_weights_of_a_network_with_a_hash_that_fits(
    data: st.DataObject, network: Path, network_files: tuple[bytes, bytes]
) -> None:
    config, weights = json.loads(network_files[0]), data.draw(mutated_bytes(network_files[1]))
    config["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    (network / "model.safetensors").write_bytes(weights)
    (network / "config.json").write_text(json.dumps(config))
    used_or_refused(lambda: load_network(network))


@quick
@given(data=st.data())
def test_config_json_of_a_run(data: st.DataObject, tmp_path: Path) -> None:
    config = TrainGanConfig(out=tmp_path, faces=tmp_path, artworks=tmp_path)
    facts = {"faces": {"files": 1, "bytes": 2, "sha256": "ab"}}
    description = json.loads(json.dumps(run_folder.describe("gan", config, config.settings, facts)))
    whole = json.dumps(description).encode()
    changed = data.draw(mutated_bytes(whole) | mutated_json(description).map(lambda v: json.dumps(v).encode()))
    (tmp_path / "config.json").write_bytes(changed)
    used_or_refused(lambda: run_folder.check_inputs(config, facts))
    used_or_refused(lambda: run_folder.begin(config, description, write=False))


def png() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((16, 16)).convert("RGB").save(file, format="PNG")
    return file.getvalue()


def zipped(metadata: bytes, labels: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        members = {"a/0.png": png(), "1.png": png(), "metadata.jsonl": metadata, "dataset.json": labels}
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # of a fixed time, so that examples can be repeated
    return file.getvalue()


ROW = {"file_name": "1.png", "rights": "open", "license": "CC0-1.0", "status": "fetched", "title": "two\u2028lines"}


def opened(source: Path, place: Path) -> None:
    folder = as_folder(source, place / "unpacked", hashlib.sha256(source.read_bytes()).hexdigest())
    open_folder(folder, 16)
    rights_of(folder, 2)


@quick
@given(data=st.data())
def test_zips_with_their_metadata(data: st.DataObject, tmp_path: Path) -> None:
    row = data.draw(mutated_json(ROW))
    metadata = data.draw(mutated_bytes(json.dumps(row, ensure_ascii=False).encode(errors="replace")))
    labels = data.draw(mutated_bytes(b'{"labels": [["1.png", 0]]}'))
    whole = zipped(metadata, labels)
    (tmp_path / "set.zip").write_bytes(data.draw(mutated_bytes(whole) | st.just(whole)))
    used_or_refused(lambda: opened(tmp_path / "set.zip", tmp_path))
    (tmp_path / "metadata.jsonl").write_bytes(metadata)
    used_or_refused(lambda: rights_of(tmp_path, 1))
    (tmp_path / "unpacked").mkdir(exist_ok=True)
    (tmp_path / "unpacked" / "rights.json").write_bytes(data.draw(mutated_bytes(b'{"open CC0-1.0": 1}')))
    used_or_refused(lambda: opened(tmp_path / "set.zip", tmp_path))


@quick
@given(data=st.data())
def test_parquet_files(data: st.DataObject, tmp_path: Path) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({"image": [{"bytes": png(), "path": "0.png"}], "rights": ["open"]}), file)
    (tmp_path / "set.parquet").write_bytes(data.draw(mutated_bytes(file.getvalue())))
    used_or_refused(lambda: opened(tmp_path / "set.parquet", tmp_path))


class Weight:
    """A trainer of one layer."""

    def __init__(self) -> None:
        self.layer = torch.nn.Linear(2, 2)
        self.optimizer = torch.optim.Adam(self.layer.parameters())

    def state(self) -> dict[str, Any]:
        return {"layer": self.layer.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        self.layer.load_state_dict(state["layer"])
        self.optimizer.load_state_dict(state["optimizer"])


def restored(out: Path) -> None:
    plan = Plan(steps=2, batch=1, seed=0, log_every=1, sample_every=1, evaluate_every=1, checkpoint_every=1, rights={})
    Training(Weight(), plan, out, WORLD, Console(verbosity=-1)).restore()  # type: ignore[arg-type]


def plain(state: Any) -> Any:
    """Tensors as lists, so that a value of any type can stand in the place of one."""
    if isinstance(state, dict):
        return {name: plain(value) for name, value in state.items()}
    return state.tolist() if isinstance(state, torch.Tensor) else state


@quick
@given(data=st.data())
def test_checkpoints_of_a_run(data: st.DataObject, tmp_path: Path) -> None:
    state = {"step": 1, "rollbacks": 0, "trainer": Weight().state()}
    path = tmp_path / "checkpoints" / "step-0000001.pt"
    checkpoint.save(path.parent, 1, state)
    path.write_bytes(data.draw(mutated_bytes(path.read_bytes())))
    used_or_refused(lambda: restored(tmp_path))
    write(path, data.draw(mutated_json({"format": checkpoint.FORMAT, **state, "trainer": plain(state["trainer"])})))
    used_or_refused(lambda: restored(tmp_path))


@quick
@given(data=st.data())
def test_a_damaged_cache_is_computed_again(data: st.DataObject, tmp_path: Path) -> None:
    path, values = tmp_path / "codes.pt", torch.arange(6.0)
    cached(path, "table", "key", lambda: values, WORLD)
    path.write_bytes(data.draw(mutated_bytes(path.read_bytes())))
    assert torch.equal(cached(path, "table", "key", lambda: values, WORLD), values)
