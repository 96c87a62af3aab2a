"""`blendgan-eval` on a model whose answers are known: untrained face weights leave every picture natural."""

import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from blendgan.checkpoints.store import save_network
from blendgan.cli import EVALUATE
from blendgan.command import run
from blendgan.console import Console
from blendgan.evaluation import command
from blendgan.evaluation import model as one_model
from blendgan.evaluation.config import EvalConfig
from blendgan.evaluation.drawn import Drawing, at
from blendgan.evaluation.extractors import Extractor, Extractors
from blendgan.evaluation.painter import Painter
from blendgan.evaluation.real_sets import RealSet
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.training.parallel.distributed import World
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
    assert {against for _, against, i in found if i == NATURAL} == {"artworks", "faces", "reference"}


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
        assert reading["stands_in"] == (reading["measure"] != "style") == ("weights of seed 0" in reading["extractor"])
    page = re.sub('base64,[^"]*', "", (out / "evaluation.html").read_text())
    assert "FID" not in re.sub(r"none of\s+those known as FID, KID or LPIPS", "", page), "a stand-in has no such name"
    # four distances to artworks and to faces, both diversities, Gram distance; style agreement is the model's own
    assert page.count("<b>stand-in</b>") == 2 * 11
    assert page.count('class="basis"') == 2 * 12


def test_a_rerun_draws_nothing_and_another_one_draws_the_same(
    place: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, drawn = numbers(out), list[int]()
    batch_of = Drawing.batch_of

    def noted(self: Drawing, some: list[int]) -> dict[str, torch.Tensor]:
        drawn.extend(some)
        return batch_of(self, some)

    monkeypatch.setattr(Drawing, "batch_of", noted)
    assert run("blendgan-eval", EVALUATE, words(place, out, NAME, "styled")) == 0
    assert (drawn, numbers(out)) == ([], before)
    other = out.parent / "other"
    assert run("blendgan-eval", EVALUATE, words(place, other, "styled")) == 0
    assert drawn == [0, 1, 2, 3, 4]
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


def drawn_by(place: Path, out: Path, world: World) -> list[int]:
    """The faces that one of several processes draws."""
    drawn, batch_of = list[int](), Drawing.batch_of

    def noted(self: Drawing, some: list[int]) -> dict[str, torch.Tensor]:
        drawn.extend(some)
        return batch_of(self, some)

    one_model.PICTURES_OF_A_PART, Drawing.batch_of = 2, noted  # type: ignore[method-assign]
    folders = {"faces": place / "faces", "artworks": place / "artworks", "out": out}
    command.evaluate(EvalConfig(models=(place / NAME,), **folders, num=5, sources=1), world, Console(verbosity=-1))
    return drawn


@pytest.mark.slow
def test_two_processes_share_the_drawing_and_the_first_one_writes(place: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    assert results_of_two(partial(drawn_by, place, shared), tmp_path) == [[0, 1, 4], [2, 3]]
    assert {some["n"] for some in numbers(shared)["readings"]} == {5, 1}
