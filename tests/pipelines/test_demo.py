"""The demo from end to end on drawn portraits: every command, hostile pictures, a rerun, a report without a network."""

import importlib
import io
import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import aahq_builder
from aahq_builder.cli import COMMANDS
from aahq_builder.crawl.config import CrawlConfig
from blendgan.cli import EVALUATE, GENERATE, TRAIN
from blendgan.command import Command, run
from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.evaluation.numbers import read
from pipelines.commands import Done, call, call_side_by_side
from pipelines.demo import build_commands, demo
from pipelines.demo_config import DemoConfig
from pipelines.demo_learning import forget_another_split
from tests.blendgan.training.small import draw_heads
from tests.browser import chromium, draw_lasso
from tests.drawn_faces import draw_portrait

NUM_PORTRAITS = 20
BEGUN = ("aahq-build crawl", "aahq-build align", "aahq-build filter", "aahq-build publish", "blendgan-train gan")
BROKEN = {"truncated", "not_an_image", "empty", "too_many_pixels"}

pytestmark = pytest.mark.slow


def chosen(name: str, first: str, *rest: str) -> tuple[Command, Sequence[str]]:
    """The command that words on a command line name, and its flags."""
    if name == "python":  # -m MODULE
        return importlib.import_module(rest[0]).COMMAND, rest[1:]
    if name == "blendgan-eval":
        return EVALUATE, (first, *rest)
    return {"aahq-build": COMMANDS, "blendgan-train": TRAIN, "blendgan-generate": GENERATE}[name][first], rest


def call_here(command: str, console: Console, *, needs_all: bool = True, on_one_core: bool = False) -> Done:
    """Run a command in this process, which has loaded the libraries."""
    with redirect_stdout(io.StringIO()) as said:
        assert run(command, *chosen(*shlex.split(command))) == 0
    return Done(command, 0, said.getvalue().strip().splitlines()[-1])


def call_or_begin(command: str, console: Console, *, needs_all: bool = True, on_one_core: bool = False) -> Done:
    """The first run begins processes as the demo does, but for commands that would load PyTorch once more."""
    if command.startswith(BEGUN):
        return call(command, console, needs_all=needs_all, on_one_core=on_one_core)
    return replace(call_here(command, console), seconds=1)


class InTurn:
    """In place of an executor: commands in this process take its signals and its standard output."""

    def __init__(self, workers: int) -> None:
        self.map = map

    def __enter__(self) -> "InTurn":
        return self

    def __exit__(self, *_: object) -> None:
        return None


def replace_calls(patch: pytest.MonkeyPatch, by: Callable[..., Done]) -> None:
    for module in ("demo", "commands"):
        patch.setattr(f"pipelines.{module}.call", by)
    patch.setattr("pipelines.commands.ThreadPoolExecutor", InTurn)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> DemoConfig:
    folder = tmp_path_factory.mktemp("demo")
    (folder / "images").mkdir()
    for seed in range(NUM_PORTRAITS):
        Image.fromarray(draw_portrait(seed)).save(folder / "images" / f"portrait-{seed}.png")
    config = DemoConfig(
        out=folder / "demo",
        images=folder / "images",
        size=128,
        style_encoder_steps=2,
        natural_steps=2,
        gan_steps=4,
        measured_faces=4,
        quiet=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        replace_calls(patch, call_or_begin)
        demo(config, config.console())
    return config


def test_every_picture_has_an_outcome_and_a_broken_one_its_reason(config: DemoConfig) -> None:
    artworks = aahq_builder.open(config.work).artworks
    assert len(artworks) == NUM_PORTRAITS + 8
    failed = artworks[artworks["status"] != "fetched"]
    assert set(failed["error"]) == BROKEN
    assert artworks.loc[artworks["status"] == "fetched", "faces_found"].notna().all()


def test_drawn_faces_are_kept_and_the_rotated_copy_is_aligned_upright(config: DemoConfig) -> None:
    build = aahq_builder.open(config.work)
    faces = build.faces.merge(build.artworks[["artwork_id", "title"]], on="artwork_id")
    assert (faces["rejected"] == "").sum() >= NUM_PORTRAITS // 2
    (rotated,) = faces[faces["title"].str.contains("rotated")].to_dict("records")
    left, right = rotated["eye_left"], rotated["eye_right"]
    assert right[0] - left[0] > 5 * abs(right[1] - left[1]), "the eyes of an upright face lie side by side"


def test_a_rerun_resumes_and_changes_no_row(config: DemoConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    before = aahq_builder.open(config.work)
    commands = (config.work / "commands.json").read_text()
    replace_calls(monkeypatch, call_here)
    demo(config, Console(verbosity=-1))
    after = aahq_builder.open(config.work)
    assert "nothing to do" not in commands
    assert "nothing to do" not in (config.work / "commands.json").read_text(), "the report tells of the first run"
    for table in ("artworks", "faces", "scores"):
        assert getattr(after, table).equals(getattr(before, table)), table


@pytest.fixture
def tab() -> Iterator[Page]:
    """Without a network; at the end nothing was asked for in vain and no script had met an error."""
    with chromium() as browser:
        page = browser.new_context(offline=True, viewport={"width": 1200, "height": 800}).new_page()
        failures: list[str] = []
        page.on("requestfailed", lambda request: failures.append(request.url))
        page.on("pageerror", lambda error: failures.append(str(error)))
        yield page
        assert not failures


def test_the_report_needs_no_network_and_shows_every_picture(config: DemoConfig, tab: Page) -> None:
    tab.goto((config.out / "report.html").as_uri())
    images = tab.locator("img")
    shown = images.evaluate_all("all => all.map(image => (image.loading = 'eager', image.decode().then(() => 1)))")
    assert len(shown) > NUM_PORTRAITS // 2
    assert "Style map" in tab.locator("h2").all_inner_texts()
    assert tab.evaluate("document.querySelectorAll('figcaption script').length") == 0


def uncovered(faces: pd.DataFrame) -> pd.DataFrame:
    """Faces whose middle lies under no other face's picture, whose side is the root of 0.33 / count (facts.js)."""
    points = faces[["x", "y"]].to_numpy() / np.ptp(faces[["x", "y"]].to_numpy(), axis=0).max()
    apart = np.abs(points[:, None] - points[None]).max(axis=2) + np.diag(np.full(len(points), np.inf))
    return faces[apart.min(axis=1) > np.sqrt(0.33 / len(faces)) / 2]


def test_the_map_is_explored_without_a_network(config: DemoConfig, tab: Page) -> None:
    faces = pd.read_parquet(config.work / "map" / "map.parquet")
    tab.goto((config.work / "map" / "map.html").as_uri())
    map_, status, hovered = (tab.locator(name) for name in ("#map", "#status", "#hover"))
    found = uncovered(faces).head(3)
    assert len(found) == 3
    for face in found.itertuples():
        tab.locator("#search").fill(str(face.face_id))
        expect(tab.locator("#selection li")).to_have_text(f"{face.title}, {face.artist}")
        tab.get_by_role("button", name="Zoom to them").click()
        map_.hover()
        expect(hovered.locator("strong")).to_have_text(str(face.title))
        expect(hovered).to_contain_text(str(face.face_id))
        map_.click()
        expect(tab.locator("#pinned a")).to_have_attribute("href", str(face.page_url))
    map_.press("Escape")
    map_.press("0")
    for colour in tab.locator("#colour option").evaluate_all("all => all.map(option => option.value)"):
        tab.locator("#colour").select_option(colour)
        groups = [text.split("\n") for text in tab.locator("#legend label").all_inner_texts()]
        assert sum(int(size) for _, size in groups) == len(faces), colour
    box = map_.bounding_box()
    assert box is not None
    left, top, right, bottom = box["x"] + 2, box["y"] + 2, box["x"] + box["width"] - 2, box["y"] + box["height"] - 2
    draw_lasso(tab, (left, top), (right, top), (right, bottom), (left, bottom))
    expect(status).to_have_text(f"{len(faces)} of {len(faces)} faces selected")


def test_the_model_is_judged_beside_real_drawings(config: DemoConfig) -> None:
    figures = json.loads((config.work / "figures.json").read_text())
    assert set(figures["kept"]) == {"shading", "information"}
    for share in (figures["agreement"], figures["gram_agreement"], *figures["kept"].values()):
        assert 0 <= share["model"] <= 1
        assert 0 < share["drawings"] <= 1
    report = (config.out / "report.html").read_text()
    assert report.count("style, by ") == 2
    assert report.count("face, by ") == 2
    assert "face weight: 07" in report


def test_the_model_is_measured_and_the_report_shows_the_numbers(config: DemoConfig) -> None:
    readings = read(config.evaluation).readings
    assert {reading.model for reading in readings} == {str(config.gan / "final")}
    report = (config.out / "report.html").read_text()
    table = report.partition("What blendgan-eval measures")[2].partition("</table>")[0]
    for reading in readings:
        assert f">{reading.value:.3g}<" in table, reading.title
    assert "Fréchet distance to artworks" in table


MEET = """
import sys, time, pathlib
mine, other = map(pathlib.Path, sys.argv[1:])
mine.touch()
began = time.monotonic()
while not other.exists():
    time.sleep(0.01)
    if time.monotonic() - began > 60:
        sys.exit("alone")
print(mine.name)
"""


def test_lists_run_side_by_side_and_each_in_order(tmp_path: Path) -> None:
    """The two first commands end only while both are there, and so do the two last."""
    first, second = (
        [
            shlex.join(["python", "-c", MEET, str(tmp_path / f"{a}{turn}"), str(tmp_path / f"{b}{turn}")])
            for turn in (1, 2)
        ]
        for a, b in ("xy", "yx")
    )
    done = call_side_by_side([first, second], Console(verbosity=-1))
    assert [step.result for step in done] == ["x1", "x2", "y1", "y2"]


def test_too_few_faces_to_learn_from_are_one_sentence(tmp_path: Path) -> None:
    config = DemoConfig(out=tmp_path)
    config.faces.mkdir(parents=True)
    with pytest.raises(UserError, match="0 faces were kept, and learning needs 17; give more --images"):
        forget_another_split(config)


def test_another_choice_of_faces_is_divided_and_drawn_anew(tmp_path: Path) -> None:
    config = DemoConfig(out=tmp_path)
    for folder in (config.faces, config.judging.faces("train"), config.judging.drawings("train")):
        draw_heads(folder, 20)
    forget_another_split(config)
    assert config.judging.drawings("train").is_dir()
    (config.faces / "head-07.png").unlink()
    forget_another_split(config)
    assert not config.judging.faces("train").exists()
    assert not config.judging.drawings("train").exists()


def test_the_hostile_title_is_text_in_the_report(config: DemoConfig) -> None:
    report = (config.out / "report.html").read_text()
    assert "<script>alert(1)" not in report
    artworks = aahq_builder.open(config.work).artworks
    assert artworks["title"].str.contains("<script>", regex=False).any()


def test_the_commands_that_were_run_are_listed_with_their_results(config: DemoConfig) -> None:
    commands = json.loads((config.work / "commands.json").read_text())
    known = {*COMMANDS, *TRAIN, *GENERATE, "blendgan-eval", "python"}
    ran = [next(word for word in step["command"].split() if word in known) for step in commands]
    assert ran[:4] == ["crawl", "align", "filter", "publish"] and ran.index("tsne") < ran.index("gan")
    assert all(step["result"] for step in commands)


def test_the_release_can_be_read_with_datasets(config: DemoConfig, tmp_path: Path) -> None:
    from datasets import load_dataset

    folder = config.work / "faces-release"
    rows = load_dataset(str(folder), split="train", cache_dir=str(tmp_path))
    kept = aahq_builder.open(config.work).faces["rejected"].eq("").sum()
    assert len(rows) == kept
    assert rows[0]["image"].size == (config.size, config.size)


def test_without_pictures_of_its_own_the_demo_crawls_every_open_collection() -> None:
    crawl, *_ = build_commands(DemoConfig(), "")
    config = COMMANDS["crawl"].parse("aahq-build crawl", shlex.split(crawl)[2:])
    assert isinstance(config, CrawlConfig)
    assert (config.sources, config.limit, config.endpoint) == ((), 400, None)
