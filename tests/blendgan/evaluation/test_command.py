"""`blendgan-eval` on a model whose answers are known: untrained face weights leave every picture natural."""

import hashlib
import json
import re
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from blendgan.checkpoints.pretrained import load_face_descriptor
from blendgan.checkpoints.store import save_network
from blendgan.cli import EVALUATE
from blendgan.command import run
from blendgan.console import Console
from blendgan.evaluation import command, drawn
from blendgan.evaluation import model as one_model
from blendgan.evaluation.config import EvalConfig
from blendgan.evaluation.drawn import Drawing, at
from blendgan.evaluation.extractors import Extractor, Extractors, load_extractors
from blendgan.evaluation.painter import Painter
from blendgan.evaluation.real_sets import RealSet
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.training.parallel.distributed import World
from tests.blendgan.arcface_file import write_arcface
from tests.blendgan.data.test_published import parquet
from tests.blendgan.training.two_processes import results_of_two
from tests.browser import chromium

SIZE, DIM, LAYERS = 16, 8, 6
ALONE = World(torch.device("cpu"))
STYLED, NATURAL = 0, LAYERS
NAME = "plain <b>&"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Faces and artworks of noise, a model with untrained face weights and one whose first layers listen to styles."""
    place, random = tmp_path_factory.mktemp("evaluated"), np.random.default_rng(0)
    for name in [f"{kind}/{number}" for kind in ("faces", "artworks") for number in range(6)]:
        path = place / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(random.integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8)).save(path)
    for name, weight in ((NAME, 1.0), ("styled", 0.2)):
        torch.manual_seed(0)
        narrow = {"size": SIZE, "channel_base": 64, "channel_max": 4}
        generator = Generator(GeneratorConfig(latent_dim=DIM, style_dim=DIM, mapping_layers=1, **narrow))
        torch.nn.init.constant_(generator.blending.face_weight, weight)
        save_network(generator, place / name / "generator")
        encoder = StyleEncoder(StyleEncoderConfig(image_size=SIZE, taps=("relu1_2",), latent_dim=DIM))
        save_network(encoder.requires_grad_(False), place / name / "style_encoder")
    return place


def words(place: Path, out: Path, *models: str, **flags: object) -> list[str]:
    given = {"faces": place / "faces", "artworks": place / "artworks", "out": out, "num": 5, "sources": 2} | flags
    named = [str(place / model) for model in models]
    return named + [word for flag, value in given.items() for word in (f"--{flag}", str(value))]


def numbers(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "evaluation.json").read_text())
    return found


def values(found: Mapping[str, Any], model: str = "") -> dict[tuple[str, str, int], float]:
    readings = [some for some in found["readings"] if some["model"].endswith(model)]
    return {(some["measure"], some["against"], some["indicator"]): some["value"] for some in readings}


@pytest.fixture(scope="module")
def out(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The evaluation of both models."""
    out = tmp_path_factory.mktemp("out") / "evaluation"
    assert run("blendgan-eval", EVALUATE, words(place, out, NAME, "styled")) == 0
    return out


def test_a_model_that_ignores_styles_draws_the_same_at_every_indicator(out: Path) -> None:
    found = values(numbers(out), NAME)
    for measure, against in {(name, against) for name, against, i in found if i == STYLED}:
        if measure.startswith("lpips"):
            assert found[measure, against, STYLED] == pytest.approx(0, abs=1e-6)
        else:
            assert found[measure, against, STYLED] == pytest.approx(found[measure, against, NATURAL])
    assert {against for _, against, i in found if i == NATURAL} == {
        *("artworks", "faces", "reference", "natural picture")
    }


def test_a_model_that_listens_to_styles_differs_by_them_and_is_natural_at_the_end(out: Path) -> None:
    found, plain = values(numbers(out), "styled"), values(numbers(out), NAME)
    assert found["lpips_latent", "", STYLED] > 0.01 < found["lpips_reference", "", STYLED]
    for key in [key for key in found if key[2] == NATURAL]:
        assert found[key] == pytest.approx(plain[key]), "natural pictures of both are the same"
    assert found["fid", "artworks", STYLED] != pytest.approx(found["fid", "artworks", NATURAL], rel=1e-3)


def test_every_number_says_what_it_depends_on_and_stand_ins_are_named(out: Path) -> None:
    found = numbers(out)
    for reading in found["readings"]:
        assert reading["n"] == (2 if reading["measure"].startswith("lpips") else 5)
        assert reading["seed"] == 0
        assert reading["resize"]
        trained = reading["measure"] in ("style", "identity")
        assert reading["stands_in"] == (not trained) == ("weights of seed 0" in reading["extractor"])
    page = re.sub('base64,[^"]*', "", (out / "evaluation.html").read_text())
    assert "FID" not in re.sub(r"none of\s+those known as FID, KID or LPIPS", "", page), "a stand-in has no such name"
    # four distances to artworks and to faces, both diversities, Gram distance; the other two networks are trained
    assert page.count("<b>stand-in</b>") == 2 * 11
    assert page.count('class="basis"') == 2 * 13


def test_a_rerun_draws_nothing_and_another_one_draws_the_same(
    place: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, faces = numbers(out), list[int]()
    batch_of = Drawing.batch_of

    def noted(self: Drawing, some: list[int], compared: bool) -> dict[str, torch.Tensor]:
        faces.extend(some)
        return batch_of(self, some, compared)

    monkeypatch.setattr(Drawing, "batch_of", noted)
    assert run("blendgan-eval", EVALUATE, words(place, out, NAME, "styled")) == 0
    assert (faces, numbers(out)) == ([], before)
    other = out.parent / "other"
    assert run("blendgan-eval", EVALUATE, words(place, other, "styled")) == 0
    assert faces == [0, 1, 2, 3, 4]
    assert values(numbers(other), "styled") == values(before, "styled")


def test_the_page_opens_without_a_network_and_shows_every_picture(out: Path) -> None:
    with chromium() as browser:
        page = browser.new_context(offline=True).new_page()
        failures: list[str] = []
        page.on("requestfailed", lambda request: failures.append(request.url))
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto((out / "evaluation.html").as_uri())
        shown = page.locator("img").evaluate_all("all => all.filter(image => image.naturalWidth > 0).length")
        titles, bold = page.locator("h2").all_inner_texts(), page.locator("h2 b").count()
        plots = page.locator("svg").count()
    assert not failures
    assert shown == 2 * 5 * 3  # models, faces, and a reference beside two indicators
    assert (titles[0].endswith(NAME), bold, plots) == (True, 0, 1)


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("blendgan-eval", EVALUATE, [*words(place, tmp_path / "no", NAME), "--dry-run", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["faces"], said["artworks"], said["num"]) == (6, 6, 5)
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize(
    ("models", "flags", "sentence"),
    [
        ((), {}, "no model was named"),
        ((NAME, NAME), {}, "is named twice"),
        ((NAME,), {"num": 3}, "--num is 3; give 4 or more"),
        ((NAME,), {"faces": "nowhere"}, "nowhere is not a folder of pictures"),
        ((f"{NAME}/generator",), {}, "holds no style encoder; give one with --style-encoder"),
        ((NAME,), {"inception": "nowhere"}, "nowhere is not a file"),
    ],
)
def test_a_mistake_is_one_sentence(
    place: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    models: tuple[str, ...],
    flags: dict[str, object],
    sentence: str,
) -> None:
    assert run("blendgan-eval", EVALUATE, words(place, tmp_path / "out", *models, **flags)) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("blendgan-eval: ")
    assert sentence in last


def test_identity_compares_each_picture_with_its_natural_one(place: Path) -> None:
    flat = Extractor("flat", "none", lambda images: images.flatten(1))
    looks = Extractors(flat, flat, flat, identity=flat)
    real = RealSet("artworks", place / "artworks", place / "work", ALONE, Console(verbosity=-1)).at(SIZE)
    for model, natural in ((NAME, True), ("styled", False)):
        painter = Painter(place / model, None, 0, torch.device("cpu"))
        found = Drawing(painter, real, looks, batch=2).pictures(range(3))
        assert found[at("identity", NATURAL)].tolist() == pytest.approx([1, 1, 1])
        assert bool((found[at("identity", STYLED)] > 0.999).all()) == natural
        w_face, w_style = painter.faces([2]), painter.styles_of(painter.references(real, [2]))
        styled = painter.paint(w_face, w_style, STYLED).flatten()
        torch.testing.assert_close(found[at("features", STYLED)][2], styled, rtol=0, atol=2.1 / 127.5)


def test_the_first_faces_are_compared_one_by_one(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((drawn, "COMPARED"), (one_model, "COMPARED"), (one_model, "PICTURES_OF_A_PART")):
        monkeypatch.setattr(module, name, 2)
    found = {}
    for count in (4, 5):
        assert run("blendgan-eval", EVALUATE, words(place, tmp_path, "styled", num=count, sources=1)) == 0
        found[count] = {(some["measure"], some["indicator"]): some for some in numbers(tmp_path)["readings"]}
    for measure in ("style", "gram", "identity"):
        few, more = found[4][measure, STYLED], found[5][measure, STYLED]
        assert (few["n"], few["value"]) == (2, more["value"])
        assert more["n"] == 2
    assert found[5]["fid", STYLED]["n"] == 5


def test_published_sets_are_measured_as_folders_are(place: Path, out: Path, tmp_path: Path) -> None:
    pictures = {name: sorted((place / name).iterdir()) for name in ("faces", "artworks")}
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        for path in pictures["faces"]:
            archive.write(path, path.name)
    images = [{"bytes": path.read_bytes(), "path": path.name} for path in pictures["artworks"]]
    published = {"faces": tmp_path / "faces.zip", "artworks": parquet(tmp_path / "release", image=images)}
    assert run("blendgan-eval", EVALUATE, words(place, tmp_path / "out", "styled", **published)) == 0
    assert values(numbers(tmp_path / "out"), "styled") == values(numbers(out), "styled")


@pytest.mark.slow
def test_identity_is_told_by_arcface_where_its_file_is_named(place: Path, tmp_path: Path) -> None:
    file = write_arcface(tmp_path / "model_ir_se50.pth")
    folders = {"faces": place / "faces", "artworks": place / "artworks", "arcface": file}
    looks = load_extractors(EvalConfig(models=(place / "styled",), **folders), SIZE, ALONE.device)
    digits = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    assert (looks.identity.name, looks.identity.stands_in) == (f"ArcFace IR-SE50 (SHA-256 {digits})", False)
    real = RealSet("artworks", place / "artworks", tmp_path, ALONE, Console(verbosity=-1)).at(SIZE)
    painter = Painter(place / "styled", None, 0, ALONE.device)
    found = Drawing(painter, real, looks, batch=2).pictures(range(2))
    w_face, w_style = painter.faces([0, 1]), painter.styles_of(painter.references(real, [0, 1]))
    descriptor = load_face_descriptor(file)
    styled, natural = (descriptor(painter.paint(w_face, w_style, i)).double().numpy() for i in (STYLED, NATURAL))
    lengths = np.linalg.norm(styled, axis=1) * np.linalg.norm(natural, axis=1)
    expected = (styled * natural).sum(axis=1) / lengths
    assert found[at("identity", STYLED)].numpy() == pytest.approx(expected, abs=1e-6)
    assert expected.max() < 1 - 2e-5, "random weights see little of a difference, and yet some"


def drawn_by(place: Path, out: Path, world: World) -> list[int]:
    """The faces that one of several processes draws."""
    faces, batch_of = list[int](), Drawing.batch_of

    def noted(self: Drawing, some: list[int], compared: bool) -> dict[str, torch.Tensor]:
        faces.extend(some)
        return batch_of(self, some, compared)

    one_model.PICTURES_OF_A_PART, Drawing.batch_of = 2, noted  # type: ignore[method-assign]
    folders = {"faces": place / "faces", "artworks": place / "artworks", "out": out}
    command.evaluate(EvalConfig(models=(place / NAME,), **folders, num=5, sources=1), world, Console(verbosity=-1))
    return faces


@pytest.mark.slow
def test_two_processes_share_the_drawing_and_the_first_one_writes(place: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    assert results_of_two(partial(drawn_by, place, shared), tmp_path) == [[0, 1, 4], [2, 3]]
    assert {some["n"] for some in numbers(shared)["readings"]} == {5, 1}
