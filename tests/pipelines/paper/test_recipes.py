"""The recipes on a miniature of the demo: the smallest real run, its figure and its facts, a rerun, what is missing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from blendgan.console import Console
from blendgan.errors import UserError
from pipelines.compare_style_codes import CompareStyleCodesConfig, compare_style_codes
from pipelines.figures import FiguresConfig, figures
from pipelines.one_shot import OneShotConfig, draw_references, one_shot
from pipelines.paper.config import PaperConfig
from pipelines.paper.unseen_styles import UNSEEN_STYLES
from pipelines.stylize_photos import StylizePhotosConfig, stylize_photos
from tests.drawn_faces import draw_portrait

QUIET = Console(verbosity=-1)
RECIPES: dict[str, tuple[type[PaperConfig], Callable[[Any, Console], None]]] = {
    "figures": (FiguresConfig, figures),
    "stylize_photos": (StylizePhotosConfig, stylize_photos),
    "compare_style_codes": (CompareStyleCodesConfig, compare_style_codes),
    "one_shot": (OneShotConfig, one_shot),
}
Prepare = Callable[[str], list[str]]

pytestmark = pytest.mark.slow


def facts(figure: Path) -> dict[str, Any]:
    """What is written beside a figure, which must be a picture with something in it."""
    assert np.asarray(Image.open(figure)).std() > 10
    found: dict[str, Any] = json.loads(figure.with_suffix(".json").read_text())
    return found


def test_random_faces_are_drawn_in_random_styles_and_in_those_of_references(demo_work: Path, tmp_path: Path):
    figures(FiguresConfig(work=demo_work, out=tmp_path, num_faces=3, num_styles=4), QUIET)
    assert "style agrees" not in str(facts(tmp_path / "figure-6.png")["shares"])
    found = facts(tmp_path / "figure-7.png")
    assert found["step"] == 12
    assert {share["measure"]: share["chance"] for share in found["shares"]} == {
        "face kept by shading": 1 / 3,
        "face kept by information": 1 / 3,
        "style agrees": 1 / 4,
    }
    assert "step 12" in found["caption"][0]


def test_photographs_are_aligned_inverted_and_painted(demo_work: Path, tmp_path: Path, run_here: Prepare):
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    for number in range(2):
        Image.fromarray(draw_portrait(40 + number)).save(photographs / f"holiday-{number}.jpg", exif=turned())
    done, out = run_here("stylize_photos"), tmp_path / "out"
    config = StylizePhotosConfig(work=demo_work, photographs=photographs, out=out, inversion_steps=2, num_styles=2)
    stylize_photos(config, QUIET)
    assert [command.split()[1] for command in done] == ["crawl", "align", "inversion"]
    for name in ("figure-2", "figure-3"):
        found = facts(out / f"{name}.png")
        assert found["inversion"]["step"] == 2
        assert found["difference"] > 0
        assert found["shares"][0] == {"measure": "photograph found by shading", "chance": 1 / 2} | {
            "value": found["shares"][0]["value"]
        }
    assert {path.name for path in (out / "aligned").iterdir()} == {"holiday-0.png", "holiday-1.png"}
    for path in (*(out / "aligned").iterdir(), out / "figure-2.png"):
        assert not Image.open(path).getexif(), "no metadata of a photograph goes further"


def turned() -> Image.Exif:
    """Metadata with a camera and its owner."""
    exif = Image.Exif()
    exif[271], exif[315] = "Camera", "Owner"
    return exif


def test_both_codes_are_trained_alike_and_both_leaks_are_in_the_figure(
    demo_work: Path, tmp_path: Path, run_here: Prepare
):
    done = run_here("compare_style_codes")
    config = CompareStyleCodesConfig(work=demo_work, out=tmp_path, steps=2, num_faces=2)
    compare_style_codes(config, QUIET)
    gram, encoder = done
    assert gram.replace("gram", "encoder") == encoder, "only the codes differ"
    found = facts(tmp_path / "figure-4.png")
    for code in ("gram", "encoder"):
        assert found[code]["step"] == 2
        leaks = {share["measure"]: share["chance"] for share in found[code]["shares"] if "leak" in share["measure"]}
        assert list(leaks.values()) == [1 / 3] * 3
    networks = {code: tmp_path / "runs" / code / "final" / "generator" for code in ("gram", "encoder")}
    noted = {code: json.loads((place / "config.json").read_text()) for code, place in networks.items()}
    assert [noted[code]["settings"]["style_dim"] for code in networks] == [64**2 + 128**2, 64]
    weights = networks["gram"] / "model.safetensors"
    written = weights.stat().st_mtime_ns
    compare_style_codes(config, QUIET)
    assert weights.stat().st_mtime_ns == written
    assert facts(tmp_path / "figure-4.png") == found


def test_a_style_is_learned_from_one_picture_and_shown_before_and_after(
    demo_work: Path, tmp_path: Path, run_here: Prepare
):
    done, references = run_here("one_shot"), tmp_path / "references"
    references.mkdir()
    (references / "blue.png").write_bytes((demo_work / "references" / "neon.png").read_bytes())
    config = OneShotConfig(work=demo_work, references=references, out=tmp_path / "out", steps=2, num_faces=2)
    one_shot(config, QUIET)
    assert len(done) == 1
    found = facts(tmp_path / "out" / "figure-5.png")
    (measures,) = found["styles"].values()
    assert list(measures) == ["natural", "before", "after"]
    assert measures["before"] != measures["after"]
    assert any("fine-tuned for 2 steps" in sentence for sentence in found["caption"])


def test_references_in_new_styles_are_drawn_once(demo_work: Path, tmp_path: Path):
    draw_references(demo_work / "split" / "held-out", tmp_path)
    drawn = {path.stem: np.asarray(Image.open(path)) for path in tmp_path.iterdir()}
    assert set(drawn) == set(UNSEEN_STYLES)
    (tmp_path / "heat.png").write_bytes(b"kept")
    draw_references(demo_work / "split" / "held-out", tmp_path)
    assert (tmp_path / "heat.png").read_bytes() == b"kept"
    blueprint = drawn["blueprint"].astype(int)
    assert (blueprint[..., 2] >= blueprint[..., 0]).all(), "a blueprint is blue and white"


@pytest.mark.parametrize("name", RECIPES)
def test_a_dry_run_says_what_would_be_run_and_leaves_nothing(
    name: str, demo_work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    config, recipe = RECIPES[name]
    recipe(config(work=demo_work, out=tmp_path / "out", dry_run=True), QUIET)
    assert "figure-" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", RECIPES)
def test_a_demo_that_did_not_run_and_a_model_that_was_not_named_are_one_sentence(name: str, tmp_path: Path):
    config, recipe = RECIPES[name]
    with pytest.raises(UserError, match=r"is missing; run `make demo` first, or name another place with --"):
        recipe(config(work=tmp_path / "none", out=tmp_path / "out"), QUIET)
    with pytest.raises(UserError, match=r"--scale full needs --"):
        recipe(config(scale="full", out=tmp_path / "out"), QUIET)
    assert not (tmp_path / "out").exists()
