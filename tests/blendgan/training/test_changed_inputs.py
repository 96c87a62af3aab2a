"""A change to data or models between two calls of a stage is harmless, refused, or asked for and recorded."""

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageOps

from blendgan.checkpoints.store import load_network, save_network
from blendgan.cli import TRAIN
from blendgan.command import main
from tests.blendgan.training.small import SMALL_ENCODER, draw_heads

BEGUN = {"style-encoder": 2, "gan": 2, "inversion": 1, "finetune": 1}
"""Steps of the run of each stage that is called again."""


def words_of(stage: str, at: Path) -> list[object]:
    """The command that began the run of a stage, with data and models in the folder `at`."""
    model = ("--model", at / "model")
    return {
        "style-encoder": ["--artworks", at / "artworks", *SMALL_ENCODER],
        "gan": [
            *("--faces", at / "faces", "--artworks", at / "artworks", "--style-encoder", at / "encoder"),
            *("--preset", "tiny", "--batch", 4),
        ],
        "inversion": [
            *("--faces", at / "faces", *model, "--alexnet", at / "alexnet.pth", "--preset", "tiny", "--batch", 4)
        ],
        "finetune": ["--faces", at / "faces", *model, "--reference", at / "reference.png"],
    }[stage]


def call(stage: str, at: Path, *words: object) -> int:
    steps = () if "--steps" in words else ("--steps", BEGUN[stage])
    given = [stage, *words_of(stage, at), *steps, "--out", at / stage, *words, "-q"]
    return main("blendgan-train", TRAIN, "", [str(word) for word in given])


@pytest.fixture(scope="session")
def begun(
    pictures: Path, encoder: Path, model: Path, random_alexnet: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Data, models, and a finished run of every stage on them."""
    at = tmp_path_factory.mktemp("begun")
    for name in ("faces", "artworks"):
        shutil.copytree(pictures, at / name)
    shutil.copy(pictures / "head-03.png", at / "reference.png")
    shutil.copy(random_alexnet, at / "alexnet.pth")
    shutil.copytree(encoder, at / "encoder")
    shutil.copytree(model, at / "model")
    # the runs behind these two models were on the same pictures at other places
    shutil.copytree(encoder.parent, at / "style-encoder")
    shutil.copytree(model.parent, at / "gan")
    for stage in ("inversion", "finetune"):
        assert call(stage, at) == 0
    return at


@pytest.fixture
def at(begun: Path, tmp_path: Path) -> Path:
    """A copy that a test may change: all inputs have moved."""
    shutil.copytree(begun, tmp_path / "world", copy_function=linked_if_large)
    return tmp_path / "world"


def linked_if_large(source: str, target: str) -> None:
    """Weights and checkpoints are never written in place, so a second name for them will do."""
    (os.link if is_large(Path(source)) else shutil.copy2)(source, target)


def contents(run: Path) -> dict[str, object]:
    """What each file holds, or for large ones, which are replaced and never written in place, which file it is."""
    files = (path for path in run.rglob("*") if path.is_file())
    return {str(path.relative_to(run)): path.stat().st_ino if is_large(path) else path.read_bytes() for path in files}


def is_large(path: Path) -> bool:
    return path.suffix == ".safetensors" or path.name.startswith("step-")


def described(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "config.json").read_text())
    return found


def other_contents(path: Path) -> None:
    """Another picture of the same name and, as copying tools leave it, of the same time."""
    times = path.stat()
    with Image.open(path) as image:
        ImageOps.invert(image.convert("RGB")).save(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def trained_anew(folder: Path) -> None:
    """Other weights at the same path."""
    network = load_network(folder)
    with torch.no_grad():
        next(network.parameters()).add_(0.01)
    save_network(network, folder)


def of_pictures(name: str) -> dict[str, Callable[[Path], object]]:
    """All that can happen to a folder of pictures that matters."""
    return {
        f"{name}: other contents": lambda at: other_contents(at / name / "head-02.png"),
        f"{name}: one more": lambda at: shutil.copy(at / name / "head-02.png", at / name / "new.png"),
        f"{name}: one fewer": lambda at: (at / name / "head-02.png").unlink(),
        f"{name}: renamed": lambda at: (at / name / "head-02.png").rename(at / name / "x.png"),
    }


FACES, ARTWORKS = of_pictures("faces"), of_pictures("artworks")
CHANGES: dict[str, dict[str, Callable[[Path], object]]] = {
    "style-encoder": {**ARTWORKS},
    "gan": {
        **FACES,
        **ARTWORKS,
        "style-encoder: trained anew": lambda at: trained_anew(at / "encoder" / "style_encoder"),
        "init: given now": lambda at: ["--init", at / "model"],
    },
    "inversion": {
        **FACES,
        "model: trained anew": lambda at: trained_anew(at / "model" / "generator"),
        "alexnet: other weights": lambda at: (at / "alexnet.pth").write_bytes(b"others"),
        "alexnet: off now": lambda at: ["--lpips", "off"],
        "encoder-init: given now": lambda at: ["--encoder-init", at / "alexnet.pth"],
    },
    "finetune": {
        **FACES,
        "reference: other contents": lambda at: other_contents(at / "reference.png"),
        "model: trained anew": lambda at: trained_anew(at / "model" / "generator"),
        "model: another style encoder": lambda at: trained_anew(at / "model" / "style_encoder"),
        "model: without a discriminator": lambda at: shutil.rmtree(at / "model" / "discriminator_face"),
    },
}


@pytest.mark.parametrize(("stage", "change"), [(stage, change) for stage in CHANGES for change in CHANGES[stage]])
def test_a_change_is_refused_by_name_and_the_run_stays_as_it_was(
    stage: str, change: str, at: Path, capsys: pytest.CaptureFixture[str]
):
    done = CHANGES[stage][change](at)
    before = contents(at / stage)
    # a finished run and one that would go on
    for steps in (BEGUN[stage], BEGUN[stage] + 1):
        assert call(stage, at, *(done if isinstance(done, list) else []), "--steps", steps) == 1
        said = capsys.readouterr().err
        assert f"was begun with another --{change.partition(':')[0]} (" in said
        assert "add --data-changed to go on with this one, or give another --out" in said
    assert contents(at / stage) == before


@pytest.mark.parametrize("stage", ["style-encoder", "gan"])
def test_weights_of_vgg_that_come_to_the_machine_are_refused_where_they_would_be_mixed_in(
    stage: str, at: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TORCH_HOME", str(at / "torch"))
    place = at / "torch" / "hub" / "checkpoints" / "vgg19-dcbb9e9d.pth"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"weights")
    assert call(stage, at) == 1
    assert "was begun with another VGG-19 backbone (random weights) than there is now (hash " in capsys.readouterr().err


@pytest.mark.parametrize("stage", CHANGES)
def test_places_times_rights_and_networks_that_are_not_read_do_not_matter(stage: str, at: Path):
    before, model = described(at / stage), contents(at / stage / "final")
    for name in ("faces", "artworks"):
        os.utime(at / name / "head-02.png", (1, 1))
        (at / name / "metadata.jsonl").write_text(json.dumps({"file_name": "head-00.png", "rights": "research"}))
    (at / "alexnet.pth").rename(at / "other.pth")
    shutil.copy(at / "other.pth", at / "alexnet.pth")
    save_network(load_network(at / "model" / "generator"), at / "model" / "inversion")
    assert call(stage, at) == 0
    now = described(at / stage)
    assert now["inputs"] == before["inputs"]
    assert not now.get("changes")
    now["data"].pop("reference", None)
    assert all(rights == {"research no licence on record": 1} for rights in now["data"].values())
    assert contents(at / stage / "final") == model


ACCEPTED: dict[str, str] = {
    "style-encoder": "artworks: one more",
    "gan": "style-encoder: trained anew",
    "inversion": "faces: other contents",
    "finetune": "reference: other contents",
}


@pytest.mark.parametrize("stage", ACCEPTED)
def test_a_change_that_was_asked_for_is_trained_on_and_both_are_on_record(
    stage: str, at: Path, capsys: pytest.CaptureFixture[str]
):
    before = described(at / stage)
    caches = {path.name: path.read_bytes() for path in (at / stage).glob("*.pt")}
    CHANGES[stage][ACCEPTED[stage]](at)
    assert call(stage, at, "--data-changed", "--steps", BEGUN[stage] + 1) == 0
    flag = ACCEPTED[stage].partition(":")[0]
    assert f"goes on with another --{flag} than it was begun with" in capsys.readouterr().err
    name = flag.replace("-", "_")
    now = described(at / stage)
    (change,) = now["changes"]
    assert change["step"] == BEGUN[stage]
    assert change["inputs"] == {name: before["inputs"][name]}
    assert now["inputs"][name] != before["inputs"][name]
    # what was computed from the former is computed anew
    assert all((at / stage / cache).read_bytes() != content for cache, content in caches.items())
    assert call(stage, at, "--steps", BEGUN[stage] + 1) == 0
    assert described(at / stage) == now | {"flags": {**now["flags"], "data_changed": False}}


def test_a_dry_run_writes_nothing_into_a_run(at: Path, capsys: pytest.CaptureFixture[str]):
    before = contents(at)
    for stage in CHANGES:
        assert call(stage, at, "--dry-run", "--json") == 0
        said = json.loads(capsys.readouterr().out)
        assert said["inputs"] == described(at / stage)["inputs"]
    assert contents(at) == before


def test_broken_caches_are_computed_anew(at: Path):
    for stage, cache in (("style-encoder", "grams.pt"), ("gan", "style_codes.pt")):
        whole = torch.load(at / stage / cache)
        os.truncate(at / stage / cache, 100)
        assert call(stage, at, "--steps", BEGUN[stage] + 1) == 0
        again = torch.load(at / stage / cache)
        assert again["key"] == whole["key"]


def zipped(path: Path, pictures: Path, rights: str) -> Path:
    """The pictures of a folder as a published set."""
    rows = [{"file_name": file.name, "rights": rights} for file in sorted(pictures.iterdir())]
    with zipfile.ZipFile(path, "w") as archive:
        for row in rows:
            archive.write(pictures / row["file_name"], row["file_name"])
        archive.writestr("metadata.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_an_unpacked_set_follows_its_source_until_a_run_stands_on_it(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    draw_heads(tmp_path / "few", count=4, size=128)
    first = zipped(tmp_path / "a.zip", pictures, "open")
    second = zipped(tmp_path / "b.zip", tmp_path / "few", "research")
    run = tmp_path / "run"

    def train(artworks: Path, *words: object) -> int:
        given = ("style-encoder", "--artworks", artworks, *SMALL_ENCODER, "--steps", 1, "--out", run, "-q", *words)
        return main("blendgan-train", TRAIN, "", [str(word) for word in given])

    assert train(first, "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["data"] == {"artworks": {"open no licence on record": 8}}
    assert not run.exists()
    assert train(first, "--micro-batch", 3) == 1  # refused after the set was unpacked
    assert train(second) == 0
    assert described(run)["data"] == {"artworks": {"research no licence on record": 4}}
    assert len(list((run / "data" / "artworks").glob("*.png"))) == 4
    before = contents(run)
    assert train(first) == 1
    assert "was begun with another --artworks (1 files" in capsys.readouterr().err
    assert contents(run) == before
