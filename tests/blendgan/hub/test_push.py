"""A finished training is pushed to a Hub over HTTP with its card, and its model is read from there in one line."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from huggingface_hub import ModelCard
from PIL import Image

from blendgan.checkpoints.store import load_generator, read_config
from blendgan.cli import TRAIN
from blendgan.command import main
from blendgan.evaluation.numbers import Numbers, read, write
from blendgan.evaluation.reading import Reading
from blendgan.training.engine.grids import cell_px
from tests.blendgan.training.small import draw_heads
from tests.fake_hub import fake_hub

SIZE = 16
WORDS = ["--size", SIZE, "--latent-dim", 8, "--mapping-layers", 1, "--channel-base", 64, "--channel-max", 4]
ROUND_TRIP = """
import shutil, sys, torch, blendgan
from huggingface_hub import hf_hub_download
from blendgan.cli import GENERATE, TRAIN
from blendgan.command import main
run, evaluation, styles, out = sys.argv[1:]
words = ["push", run, "--repo-id", "org/faces", "--evaluation", evaluation, "--license", "cc-by-4.0", "--public", "-q"]
assert main("blendgan-train", TRAIN, "", words) == 0
generator = blendgan.load_generator("hf:org/faces")
torch.save(generator.generate(torch.ones(1, 8)), out + "/picture.pt")
model = blendgan.BlendGAN.from_pretrained("org/faces")
assert sorted(model.networks) == sys.stdin.read().split()
words = ["grid", "--model", "hf:org/faces", "--styles", styles, "--num-faces", "2", "--out", out + "/grid", "-q"]
assert main("blendgan-generate", GENERATE, "", words) == 0
shutil.copy(hf_hub_download("org/faces", "README.md"), out)
model.push_to_hub("org/faces")
assert "torch._dynamo" not in sys.modules, "PyTorch's compiler would delay every start by seconds"
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training of two steps on heads whose licences are known."""
    place = tmp_path_factory.mktemp("pushed")
    heads = draw_heads(place / "heads", count=4)
    rows = [
        {"file_name": path.name, "rights": "open", "license": "CC-BY-SA-4.0"} for path in sorted(heads.glob("*.png"))
    ]
    (heads / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    words = ["gan", "--preset", "tiny", "--faces", heads, "--artworks", heads, *WORDS, "--batch", 2, "--steps", 2]
    assert main("blendgan-train", TRAIN, "", [str(word) for word in [*words, "--out", place / "run", "-q"]]) == 0
    return place / "run"


@pytest.fixture(scope="module")
def evaluation(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What blendgan-eval would leave of the run's model."""
    out = tmp_path_factory.mktemp("evaluation")
    taken = {"n": 50, "n_against": 40, "extractor": "VGG-19 | <b>random</b>", "resize": "none", "seed": 7}
    known = {"measure": "fid", "against": "artworks", "stands_in": True, "model": "m", **taken}
    readings = [Reading(indicator=i, value=value, **known) for i, value in ((0, 12.5), (6, 3.25))]
    networks = {"generator": read_config(run / "final" / "generator")["weights_sha256"]}
    write(Numbers({}, [{"model": "m", "networks": networks}], {}, readings), out)
    return out


def push(run: Path, *words: object) -> int:
    return main("blendgan-train", TRAIN, "", ["push", str(run), "--repo-id", "org/faces", *map(str, words)])


def card_of(run: Path, capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert push(run, "--dry-run", "--json", *words) == 0
    card: str = json.loads(capsys.readouterr().out)["card"]
    return card


def networks_of(run: Path) -> list[str]:
    networks: list[str] = json.loads((run / "final" / "config.json").read_text())["networks"]
    return networks


@pytest.mark.slow
def test_what_is_pushed_is_loaded_in_one_line(run: Path, evaluation: Path, tmp_path: Path) -> None:
    with fake_hub() as hub:
        hub.files["inversion/model.safetensors"] = b"of an earlier training"
        # the address of the Hub is read when huggingface_hub is imported, so this needs a process of its own
        settings = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_test", "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path)}
        words = [sys.executable, "-c", ROUND_TRIP, run, evaluation, run.parent / "heads", tmp_path]
        given = "\n".join(networks_of(run))
        subprocess.run(words, env=os.environ | settings, check=True, timeout=300, input=given, text=True)
        asked = [call[2] for call in hub.calls if isinstance(call[2], dict)]
    for name in networks_of(run):
        stored = (run / "final" / name / "model.safetensors").read_bytes()
        assert hub.files[f"{name}/model.safetensors"] == stored
    seen = [settings["visibility"] for settings in asked if "visibility" in settings]
    assert (seen[:2], hub.deleted) == (["private", "public"], ["inversion/model.safetensors"])
    expected = load_generator(run / "final").generate(torch.ones(1, 8))
    assert torch.equal(torch.load(tmp_path / "picture.pt"), expected)
    assert (tmp_path / "grid" / "grid.png").is_file()
    assert "| 12.5 |" in (tmp_path / "README.md").read_text()
    of_networks = ModelCard(hub.files["README.md"].decode())
    assert of_networks.data.license_name == "unstated", "pushed by the mixin, without what the run knows"
    assert 'blendgan.load_generator("hf:org/faces")' in of_networks.text
    assert "open CC-BY-SA-4.0 (8)." in of_networks.text


def test_samples_show_what_the_model_drew_and_not_the_references(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded = {}

    def keep(folder: Path, config: object) -> str:
        uploaded.update({path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()})
        return "address"

    monkeypatch.setattr("blendgan.hub.command.upload", keep)
    assert push(run) == 0
    (tmp_path / "samples.png").write_bytes(uploaded["samples.png"])
    (grid,) = (np.asarray(Image.open(path)) for path in [max((run / "samples").iterdir())])
    cell = cell_px(SIZE)
    assert grid.shape[1] == 7 * cell
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "samples.png")), grid[:, cell:])


def test_the_card_is_valid_and_says_what_was_learned_from(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = card_of(run, capsys, "--license", "cc-by-4.0")
    card = ModelCard(text, ignore_metadata_errors=False)
    assert (card.data.license, card.data.library_name) == ("cc-by-4.0", "aahq-blendgan")
    assert card.data.pipeline_tag == "unconditional-image-generation"
    assert "| faces | 4 files," in card.text
    assert "open CC-BY-SA-4.0 (8)." in card.text
    assert "Pictures under CC-BY-SA-4.0 are among the training data" in card.text
    assert "| steps | 2 |" in card.text
    assert "It was not measured" in card.text
    assert str(run.parent) not in text, "no path of the machine"
    unnamed = ModelCard(card_of(run, capsys)).data
    assert (unnamed.license, unnamed.license_name) == ("other", "unstated")


def test_the_card_shows_the_numbers_with_what_they_depend_on(
    run: Path, evaluation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = card_of(run, capsys, "--evaluation", evaluation, "--title", "Heads | <script>")
    assert "# Heads \\| &lt;script&gt;\n" in text
    (row,) = [line for line in text.splitlines() if line.startswith("| Fréchet distance to artworks")]
    random = "VGG-19 \\| &lt;b&gt;random&lt;/b&gt;"
    assert row.endswith(f"| lower | 12.5 | 3.25 | {random}, stand-in; n 50 against 40; seed 7; none |")
    assert "FID to" not in text


def test_weights_of_pictures_that_nobody_opened_need_a_legal_basis(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = copied(run, tmp_path)
    path = other / "final" / "generator" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"rights": {"research no licence on record": 9}}))
    assert push(other, "--dry-run") == 1
    assert "rights {'research no licence on record': 9}" in capsys.readouterr().err
    text = card_of(other, capsys, "--i-have-a-legal-basis")
    assert "**Some of them nobody opened**" in text
    assert "nobody opened" not in card_of(run, capsys)


def copied(run: Path, place: Path) -> Path:
    import shutil

    return Path(shutil.copytree(run, place / "copy"))


def test_a_mistake_is_one_sentence(
    run: Path, evaluation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def sentence(run: Path, *words: object) -> str:
        assert push(run, "--quiet", *words) == 1
        (line,) = capsys.readouterr().err.splitlines()
        return line

    assert "cannot reach the Hub as you" in sentence(run), "tests are offline"

    assert "--repo-id is 'a b/c'; give ORG/NAME" in sentence(run, "--repo-id", "a b/c")
    assert "--repo-id is 'faces'; give ORG/NAME" in sentence(run, "--repo-id", "faces")
    assert "none of the Hub's" in sentence(run, "--license", "CC BY 4.0")
    assert "holds no training" in sentence(tmp_path)
    found = read(evaluation)
    write(replace(found, models=[{"model": "m", "networks": {"generator": "0" * 64}}]), tmp_path)
    assert "measured other weights" in sentence(run, "--evaluation", tmp_path)
    unfinished = copied(run, tmp_path)
    (unfinished / "final").rename(unfinished / "elsewhere")
    assert "has not ended" in sentence(unfinished)


@pytest.mark.parametrize(
    "damage",
    [
        {"format": 2},
        {"readings": [{"measure": "fid"}]},
        {"readings": 7},
        {"models": "none"},
    ],
)
def test_a_damaged_evaluation_is_one_sentence(
    run: Path, evaluation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: dict[str, Any]
) -> None:
    stored = json.loads((evaluation / "evaluation.json").read_text())
    (tmp_path / "evaluation.json").write_text(json.dumps(stored | damage))
    assert push(run, "--dry-run", "--evaluation", tmp_path) == 1
    assert "is no evaluation that can be read" in capsys.readouterr().err
