"""The recipe on a build in miniature: what is trained on, held out, judged and drawn; a rerun, and what is refused."""

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aahq_builder.cli import COMMANDS as BUILD
from aahq_builder.journal import Journal
from aahq_builder.records import MapPoint
from aahq_builder.workdir import WorkDir
from blendgan.cli import TRAIN
from blendgan.console import Console
from blendgan.data.folder import picture_files
from blendgan.errors import UserError
from pipelines import map_styles as recipe
from pipelines.drawing.painting_techniques import TECHNIQUES
from pipelines.map_styles import MapStylesConfig, map_styles
from pipelines.style_map.figures import SHARES, in_words, ratios_of
from pipelines.style_map.splits import divide
from tests.drawn_build import make_build, portraits

QUIET = Console(verbosity=-1)
FACES, HELD_OUT = 6, 2
Prepare = Callable[[str], list[str]]
TINY = "--preset tiny --size 32 --taps relu1_2 --latent-dim 4 --batch 8 --steps 2"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MapStylesConfig:
    """A build of a few faces, and a small scale that takes seconds."""
    monkeypatch.setattr(recipe, "TRAINING", {"small": TINY})
    monkeypatch.setattr(recipe, "SIZES", {"small": 32})
    make_build(tmp_path / "work", portraits(FACES))
    return MapStylesConfig(work=tmp_path / "work", out=tmp_path / "out", held_out=HELD_OUT, splits=1)


def stems(folder: Path) -> set[str]:
    return {path.stem for path in picture_files(folder)}


def nearest_shows_the_same(drawings: Path, of: Callable[[Path], str]) -> float:
    """How often the picture with the likest histogram is the same `of`, by loops and numpy."""
    paths = sorted(drawings.glob("*/*.png"))
    vectors = []
    for path in paths:
        pixels = np.asarray(Image.open(path)).reshape(-1, 3)
        counts, _ = np.histogramdd(pixels, bins=8, range=[(0, 255)] * 3)
        vectors.append(np.sqrt(counts.ravel() / len(pixels)))
    right = []
    for one, path in enumerate(paths):
        others = [other for other in range(len(paths)) if other != one]
        best = max(others, key=lambda other: vectors[one] @ vectors[other])
        right.append(of(paths[best]) == of(path))
    return sum(right) / len(right)


@pytest.mark.slow
def test_a_build_is_trained_on_mapped_and_judged_by_faces_held_out(tiny: MapStylesConfig, run_here: Prepare) -> None:
    done = run_here("map_styles")
    map_styles(tiny, QUIET)
    assert [shlex.split(command)[1] for command in done] == ["publish", "style-encoder", "tsne"]
    split = tiny.out / "split-0"
    training, held_out = stems(split / "training"), stems(split / "held-out")
    assert not training & held_out
    assert (len(training), len(held_out)) == (FACES - HELD_OUT, HELD_OUT)
    assert {path.parent.name for path in picture_files(split / "held-out")} == set(TECHNIQUES)
    with Journal(WorkDir(tiny.work).database) as journal:
        assert journal.count(MapPoint) == FACES
    facts = json.loads((tiny.out / "map-styles.json").read_text())
    (figures,) = facts["splits"]
    assert set(figures["faces"]) == held_out and len(figures["techniques"]) == len(TECHNIQUES)
    assert figures["chance"] == pytest.approx((HELD_OUT - 1) / (HELD_OUT * len(TECHNIQUES) - 1))
    nearest = nearest_shows_the_same(split / "held-out", of=lambda path: path.parent.name)
    assert figures["shares"]["colours"]["nearest"] == pytest.approx(nearest)
    assert facts["shares"]["gram"]["leak"]["mean"] == figures["shares"]["gram"]["leak"]
    assert np.asarray(Image.open(tiny.out / "map-styles.png").convert("L")).std() > 10


@pytest.mark.slow
def test_a_rerun_keeps_what_there_is_and_may_ask_for_more_splits(tiny: MapStylesConfig, run_here: Prepare) -> None:
    run_here("map_styles")
    tiny = replace(tiny, faces=tiny.work / "faces")
    map_styles(tiny, QUIET)
    split = tiny.out / "split-0"
    kept = [*picture_files(split), *split.glob("style-encoder/final/*/*"), split / "figures.json"]
    times = {path: path.stat().st_mtime_ns for path in kept}
    picture = (tiny.out / "map-styles.png").read_bytes()
    map_styles(replace(tiny, splits=2), QUIET)
    assert {path: path.stat().st_mtime_ns for path in kept} == times
    assert (tiny.out / "map-styles.png").read_bytes() == picture
    seeds = [each["seed"] for each in json.loads((tiny.out / "map-styles.json").read_text())["splits"]]
    assert seeds == [0, 1]
    with pytest.raises(UserError, match="split-0 was begun with other faces or settings; remove it, or give another"):
        map_styles(replace(tiny, held_out=3), QUIET)


@pytest.mark.slow
def test_a_release_is_learned_from_as_it_is_and_keeps_its_licences(tiny: MapStylesConfig, run_here: Prepare) -> None:
    words = f"--work {tiny.work} --to {tiny.out / 'release'} --content pixels --format parquet -q"
    publish = BUILD["publish"].parse("publish", shlex.split(words))
    BUILD["publish"].load_stage()(publish, QUIET)
    done = run_here("map_styles")
    map_styles(replace(tiny, faces=tiny.out / "release", learn_from="faces"), QUIET)
    assert [shlex.split(command)[1] for command in done] == ["style-encoder"]
    training = tiny.out / "split-0" / "training"
    assert len(picture_files(training)) == FACES - HELD_OUT
    assert all(path.is_symlink() for path in picture_files(training))
    noted = json.loads((tiny.out / "split-0" / "style-encoder" / "final" / "style_encoder" / "config.json").read_text())
    assert noted["rights"] == {"open CC0-1.0": FACES - HELD_OUT}


@pytest.mark.parametrize("scale", ["small", "full"])
def test_every_command_is_one_that_exists_and_a_dry_run_leaves_nothing(
    scale: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "my work").mkdir()
    words = ["--scale", scale, "--work", str(tmp_path / "my work"), "--out", str(tmp_path / "out"), "--dry-run"]
    config = recipe.COMMAND.parse("map_styles", words)
    recipe.COMMAND.load_stage()(config, config.console())
    *commands, said = capsys.readouterr().out.splitlines()
    assert "24 faces" in said and not (tmp_path / "out").exists()
    presets = []
    for command in commands:
        program, stage, *flags = shlex.split(command)
        parsed = {"aahq-build": BUILD, "blendgan-train": TRAIN}[program][stage].parse(program, flags)
        presets += [parsed.preset] if program == "blendgan-train" else []  # type: ignore[attr-defined]
    assert presets == {"small": ["tiny"] * 3, "full": ["paper"]}[scale]


def test_too_few_faces_and_no_build_are_one_sentence_each(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="3 faces are too few to hold out 2 and train on 2 or more"):
        divide(["a", "b", "c"], 2, 0)
    with pytest.raises(UserError, match="nowhere is no work folder; run `make demo`, or name a build"):
        map_styles(MapStylesConfig(work=tmp_path / "nowhere", out=tmp_path / "out"), QUIET)
    assert not (tmp_path / "out").exists()


def test_ratios_are_taken_split_by_split_and_none_is_made_of_nothing() -> None:
    def of(codes: float, gram: float, colours: float) -> dict[str, object]:
        shares = {"codes": codes, "gram": gram, "colours": colours}
        return {"shares": {name: dict.fromkeys(SHARES, value) for name, value in shares.items()}}

    found = ratios_of([of(0.6, 0.3, 0.2), of(0.3, 0.3, 0.0)])
    assert found["gram"]["leak"] == {"mean": 1.5, "lowest": 1, "highest": 2}
    assert in_words(found["gram"]["map_purity"]) == "1.50 (1.00-2.00)"
    assert found["colours"]["nearest"] is None
