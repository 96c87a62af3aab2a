"""The demo in a real Chromium, used as a visitor would."""

import io
import json
import shlex
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as TooLate

from blendgan.cli import GENERATE
from blendgan.command import main
from blendgan.console import Console
from blendgan.demo.choices import Choice, Recipe
from blendgan.demo.config import PageConfig
from blendgan.demo.studio import Studio
from blendgan.inference.picture import STAGES
from pipelines.local_museum.hostile_pictures import write_hostile_pictures
from tests.browser import chromium
from tests.demo_server import png, ramps, running_demo, write_model

pytestmark = pytest.mark.slow
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
PATIENCE_MS = 120_000
SETTLED_MS = 1000
"""So long a part of the page may take to give way to another."""
expect.set_options(timeout=PATIENCE_MS)
NO_FACE = np.full((48, 48, 3), 90, dtype=np.uint8)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@dataclass(frozen=True)
class RunningDemo:
    """A demo that is served by another process, and the same model here."""

    address: str
    studio: Studio


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    folder = tmp_path_factory.mktemp("demo")
    model, styles, positions = write_model(folder / "model"), folder / "styles", folder / "map.parquet"
    styles.mkdir()
    names = [f"style{k}" for k in range(6)]
    for k, name in enumerate(names):
        (styles / f"{name}.png").write_bytes(png(ramps(k + 2)))
    line = {"file_name": "style0.png", "title": HOSTILE, "artist": HOSTILE, "license": "CC0-1.0"}
    (styles / "metadata.jsonl").write_text(json.dumps(line) + "\n")
    pq.write_table(pa.table({"face_id": names, "x": [0.0] * 6, "y": [0.0] * 6}), positions)
    with running_demo(model, "--styles", styles, "--map", positions) as address:
        yield RunningDemo(address, Studio(PageConfig(model=model), Console(verbosity=-1)))


@pytest.fixture
def page(browser: Browser, demo: RunningDemo) -> Iterator[Page]:
    tab = visit(browser, demo)
    yield tab
    tab.context.close()


def visit(browser: Browser, demo: RunningDemo, width: int = 1200) -> Page:
    tab = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.goto(demo.address)
    for stage in STAGES:
        expect(tab.locator(f"#{stage} img")).to_be_visible()
    return tab


def shown(page: Page, stage: str) -> np.ndarray:
    """The pixels of a result."""
    source = page.locator(f"#{stage} img").evaluate("img => img.src")
    return np.asarray(Image.open(io.BytesIO(page.request.get(source).body())))


def expect_drawn(page: Page, demo: RunningDemo, recipe: Recipe) -> None:
    """Wait until the page shows what the recipe gives."""
    for stage, pixels in demo.studio.draw(recipe):
        for _ in range(PATIENCE_MS // 100):
            if np.array_equal(shown(page, stage), pixels):
                break
            page.wait_for_timeout(100)
        assert np.array_equal(shown(page, stage), pixels), stage


def upload(page: Page, place: str, content: bytes, name: str = "picture.png", kind: str = "image/png") -> None:
    box = page.locator(place)
    clear, field = box.locator("button[aria-label='Clear']"), box.locator("input[type=file]")
    for _ in range(PATIENCE_MS // SETTLED_MS):
        if clear.count():
            clear.click()
            expect(clear).to_have_count(0)
        try:
            field.set_input_files({"name": name, "mimeType": kind, "buffer": content}, timeout=SETTLED_MS)
        except TooLate:
            continue  # the picture before was only now put in the field's place
        return
    raise AssertionError(f"nothing can be uploaded at {place}")


def tab(page: Page, side: int, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).nth(side).click()


def set_slider(page: Page, name: str, value: int) -> None:
    """Type a number beside the slider."""
    field = page.locator(f"#{name} input[type=number]")
    field.fill(str(value))
    field.press("Enter")


def tiles(page: Page, gallery: str) -> Locator:
    return page.locator(f"#{gallery} button.thumbnail-item")


def test_a_visitor_uploads_mixes_films_and_can_repeat_the_picture_by_the_command(
    page: Page, demo: RunningDemo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tab(page, 0, "Your picture")
    upload(page, "#face-upload", png(ramps(3)))
    expect(page.locator("#face-notice")).to_contain_text("3 faces were found")
    tiles(page, "found-faces").nth(1).click()
    tiles(page, "style-gallery").nth(2).click()
    page.get_by_role("radio", name="Second style").check()
    page.get_by_role("tab", name="Map").click()
    page.locator("#style-map img").click(position={"x": 20, "y": 20})
    expect(page.locator("#one-style")).to_be_visible()
    page.locator("#indicator input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")

    page.locator("#film-button").click()
    film = page.locator("#film video")
    expect(film).to_be_visible()
    page.wait_for_function("document.querySelector('#film video').duration > 3")

    page.locator("#save-button").click()
    command = page.locator("#command textarea")
    expect(command).to_be_visible()
    with page.expect_download() as download:
        page.locator("#save a").first.click()
    with zipfile.ZipFile(download.value.path()) as archive:
        archive.extractall(tmp_path)
    assert (tmp_path / "command.txt").read_text().strip() == command.input_value()
    monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(command.input_value())
    assert (program, words[0]) == ("blendgan-generate", "picture")
    assert {"--indicator", "--faces", "--styles", "--mix", "--mix-share"} - set(words) in (set(), {"--mix-share"})
    assert main(program, GENERATE, "", words) == 0
    capsys.readouterr()
    for stage in STAGES:
        taken = np.asarray(Image.open(tmp_path / f"{stage}.png"))
        repeated = np.asarray(Image.open(tmp_path / "picture" / f"{stage}.png"))
        assert np.array_equal(taken, repeated)
        assert np.array_equal(taken, shown(page, stage))


def test_two_visitors_at_once_get_their_own_pictures(browser: Browser, demo: RunningDemo) -> None:
    visitors = {3: visit(browser, demo), 7: visit(browser, demo)}
    for seed, page in visitors.items():
        tab(page, 1 if page.get_by_role("tab", name="Random").count() > 1 else 0, "Random")
        set_slider(page, "style-seed", seed + 100)
        set_slider(page, "face-seed", seed)
    session = demo.studio.session
    for seed, page in visitors.items():
        recipe = Recipe(Choice(seed), Choice(seed + 100), None, session.indicator, session.truncation, 0.5)
        expect_drawn(page, demo, recipe)
        page.context.close()


def test_wrong_uploads_end_in_a_friendly_sentence(page: Page, tmp_path: Path) -> None:
    portrait = tmp_path / "portrait.png"
    portrait.write_bytes(png(ramps(1)))
    write_hostile_pictures(tmp_path / "hostile", portrait)
    tab(page, 0, "Your picture")
    notice = page.locator("#face-notice")
    for content, words in (
        (b"just some text", "not a picture"),
        ((tmp_path / "hostile" / "bomb.png").read_bytes(), "100 million pixels"),
        ((tmp_path / "hostile" / "truncated.png").read_bytes(), "missing"),
        (png(NO_FACE), "No face was found"),
    ):
        upload(page, "#face-upload", content)
        expect(notice).to_contain_text(words)
        expect(page.locator("#face-shown img")).to_have_count(0)
    transparent = np.dstack([ramps(1), np.full((48, 48), 100, dtype=np.uint8)])
    for content in ((tmp_path / "hostile" / "sixteen-bit.png").read_bytes(), png(transparent)):
        upload(page, "#face-upload", content)
        expect(page.locator("#face-shown img")).to_be_visible()
        expect(notice).to_be_hidden()
    upload(page, "#face-upload", png(ramps(20)))
    expect(notice).to_contain_text("20 faces were found")
    expect(tiles(page, "found-faces")).to_have_count(20)
    page.get_by_role("tab", name="Your picture").nth(1).click()
    upload(page, "#style-upload", b"%PDF-1.7")
    expect(page.locator("#style-notice")).to_contain_text("not a picture")
    assert "Traceback" not in page.content()


def test_titles_are_text_and_nothing_comes_from_other_machines(browser: Browser, demo: RunningDemo) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_default_timeout(PATIENCE_MS)
    page.goto(demo.address)
    expect(page.locator("#styled img")).to_be_visible()
    tiles(page, "style-gallery").first.click()
    expect(page.locator("#first-shown")).to_contain_text("<img src=x")
    assert page.title() != "owned"
    assert all(url.startswith((demo.address, "data:", "blob:")) for url in asked), asked
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "as wide as a phone"
    context.close()


def refused(demo: RunningDemo, file: dict[str, object]) -> bool:
    """Whether an upload event with such a file fails, sent as Gradio's page would send it."""
    config = requests.get(f"{demo.address}config", timeout=30).json()
    upload = next(part["id"] for part in config["components"] if part["props"].get("elem_id") == "face-upload")
    events = {tuple(target): each["id"] for each in config["dependencies"] for target in each["targets"]}
    body = {
        "data": [file | {"meta": {"_type": "gradio.FileData"}}],
        "fn_index": events[upload, "upload"],
        "session_hash": "visitor",
    }
    requests.post(f"{demo.address}gradio_api/queue/join", json=body, timeout=30).raise_for_status()
    with requests.get(
        f"{demo.address}gradio_api/queue/data", params={"session_hash": "visitor"}, stream=True, timeout=60
    ) as answer:
        for line in answer.iter_lines():
            message = json.loads(line.removeprefix(b"data: ")) if line.startswith(b"data: ") else {}
            if message.get("msg") == "process_completed":
                return message["success"] is False
    raise AssertionError("no answer")


def test_no_path_and_no_address_of_a_visitor_is_opened(demo: RunningDemo, tmp_path: Path) -> None:
    private = tmp_path / "private.png"
    private.write_bytes(png(ramps(1)))
    assert refused(demo, {"path": str(private)})
    assert refused(demo, {"path": f"{demo.address}theme.css"})
    assert requests.get(f"{demo.address}gradio_api/file={private}", timeout=30).status_code == 403
    with requests.get(demo.address, headers={"Host": "demo.example"}, timeout=30) as other:
        assert (other.status_code, "another name" in other.text) == (403, False)
