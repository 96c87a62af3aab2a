"""The review page in a real Chromium, driven by keys and pointer as a curator would."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from aahq_builder.images import decode, hash_of_pixels
from aahq_builder.journal import Journal
from aahq_builder.records import Face, Review
from aahq_builder.review.face_list import read_face_list
from aahq_builder.thumbnails import jpeg
from aahq_builder.tsne.outputs import write_page
from aahq_builder.tsne.shown import MapFace
from tests.aahq_builder.review.test_style import write_map
from tests.browser import chromium
from tests.drawn_build import Portrait, drawn_face, make_build, portraits
from tests.large_build import make_large_build
from tests.review_server import ReviewServer, review_server

pytestmark = pytest.mark.slow
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def work(tmp_path: Path) -> Path:
    make_build(
        tmp_path, [*portraits(7), Portrait(7, title=HOSTILE, artist=HOSTILE), *portraits(12, rejected="blur")[8:]]
    )
    return tmp_path


@pytest.fixture
def server(work: Path) -> Iterator[ReviewServer]:
    with review_server(work) as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: ReviewServer) -> Iterator[Page]:
    tab = open_page(browser, server)
    yield tab
    tab.context.close()


def open_page(browser: Browser, server: ReviewServer) -> Page:
    tab = browser.new_context(viewport={"width": 1300, "height": 800}).new_page()
    tab.set_default_timeout(15_000)
    tab.goto(server.address)
    expect(tab.locator(".cell[data-face]").first).to_be_visible()
    return tab


def log(work: Path) -> list[tuple[str, str | None]]:
    with Journal(work / "aahq.sqlite") as journal:
        return [
            (row.decision, row.reason)
            for row in journal.select(Review, "TRUE ORDER BY rowid")
            if row.decision != "original"
        ]


def current(page: Page) -> str:
    return str(page.locator(".cell.current").get_attribute("data-face"))


def progress(page: Page, words: str) -> None:
    expect(page.locator("#progress")).to_contain_text(words)


def test_keep_reject_and_undo_by_keyboard_alone(page: Page, work: Path):
    first = current(page)
    page.keyboard.press("k")
    progress(page, "1 of 12 decided")
    assert current(page) != first, "a decision moves on"
    page.keyboard.press("r")
    page.keyboard.press("3")
    progress(page, "3 of 12 decided")
    assert log(work) == [("keep", None), ("reject", None), ("reject", "blurred")]
    page.keyboard.press("u")
    page.keyboard.press("u")
    progress(page, "1 of 12 decided")
    assert [decision for decision, _ in log(work)] == ["keep", "reject", "reject", "undo", "undo"]
    expect(page.locator(f'.cell[data-face="{first}"] .mark')).to_have_text("✓ kept")


def test_keys_pressed_in_a_hurry_are_all_logged_in_order(page: Page, work: Path):
    for key in "krkrk":
        page.keyboard.press(key)
    progress(page, "5 of 12 decided")
    assert [decision for decision, _ in log(work)] == ["keep", "reject", "keep", "reject", "keep"]


def test_a_selection_is_decided_and_undone_at_once(page: Page, work: Path):
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("1")
    progress(page, "4 of 12 decided")
    assert log(work) == [("reject", "not a face")] * 4
    page.keyboard.press("u")
    progress(page, "0 of 12 decided")


def test_filters_narrow_the_grid_and_a_reload_keeps_them_and_the_place(page: Page):
    page.get_by_label("Verdict").select_option("blur")
    expect(page.locator(".cell")).to_have_count(4)
    page.locator("#grid").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#single")).to_be_visible()
    place = page.locator("#caption").inner_text().split()[0]  # read late: keys wait while a queue is exchanged
    page.reload()
    expect(page.locator("#single")).to_be_visible()
    expect(page.locator("#caption")).to_contain_text(place)
    page.keyboard.press("Escape")
    expect(page.locator(".cell")).to_have_count(4)
    assert current(page) == place


def test_words_find_titles(page: Page):
    page.get_by_label("Words").fill("onerror")
    page.keyboard.press("Enter")
    expect(page.locator(".cell")).to_have_count(1)
    page.get_by_label("Words").fill("nobody has this name")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text("No face matches these filters.")


def test_an_order_that_is_not_possible_yet_is_explained(page: Page):
    page.get_by_label("Order").select_option("expected")
    expect(page.locator("#message")).to_contain_text("200 decisions")
    page.locator("#grid").focus()
    page.keyboard.press("n")
    expect(page.locator("#message")).to_contain_text("so the worst come first. This draws one: aahq-build tsne --work")
    page.get_by_label("Order").select_option("worst")
    expect(page.locator("#message")).to_be_empty()


def test_hostile_titles_stay_text(page: Page):
    page.get_by_label("Words").fill("onerror")
    page.keyboard.press("Enter")
    expect(page.locator(".cell")).to_have_count(1)
    page.locator(".cell").dblclick()
    expect(page.locator("#about")).to_contain_text("<script>")
    assert page.title() == "Review faces"
    assert page.locator("img[src='x']").count() == 0


def handle(page: Page, name: str) -> tuple[float, float]:
    box = page.locator(f".handle[data-name={name}]").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_dragging_a_landmark_cuts_the_face_out_anew(page: Page, work: Path):
    page.keyboard.press("Enter")
    expect(page.locator("#single")).to_be_visible()
    face_id = str(page.locator("#caption").inner_text()).split()[0]
    before = row_of(work, face_id)
    pixels = (work / str(before.path)).read_bytes()
    page.keyboard.press("e")
    x, y = handle(page, "mouth_left")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y + 40, steps=5)
    page.mouse.up()
    expect(page.locator("#face")).to_have_class("preview")
    assert (work / str(before.path)).read_bytes() == pixels, "nothing is saved yet"
    page.keyboard.press("Enter")
    expect(page.locator("#face")).not_to_have_class("preview")
    expect(page.locator("#log")).to_contain_text("repair")
    after = row_of(work, face_id)
    assert after.mouth_left[0] < before.mouth_left[0]
    assert after.mouth_left[1] > before.mouth_left[1]
    assert after.quad != before.quad
    assert (work / str(before.path)).read_bytes() != pixels
    page.keyboard.press("u")
    expect(page.locator("#log")).to_contain_text("undo")
    undone = row_of(work, face_id)
    assert replace(undone, crop_pixel_sha256=None) == before
    assert undone.crop_pixel_sha256 == hash_of_pixels(decode(work / str(before.path)).pixels)
    assert log(work) == [("repair", None), ("undo", None)]


def test_landmarks_are_moved_by_keyboard_too_and_escape_discards(page: Page, work: Path):
    page.keyboard.press("Enter")
    expect(page.locator("#single")).to_be_visible()
    page.keyboard.press("e")
    expect(page.locator(".handle[data-name=eye_left]")).to_be_focused()
    x, _ = handle(page, "eye_left")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert handle(page, "eye_left")[0] > x
    expect(page.locator("#face")).to_have_class("preview")
    page.keyboard.press("Escape")
    expect(page.locator(".handle")).to_have_count(0)
    expect(page.locator("#single")).to_be_visible()
    assert log(work) == []


def test_impossible_landmarks_are_explained(page: Page):
    page.keyboard.press("Enter")
    page.keyboard.press("e")
    expect(page.locator(".handle[data-name=eye_left]")).to_be_focused()
    for _ in range(40):
        page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("#message")).to_contain_text("drag the points back")


def test_two_reviewers_see_their_dispute(page: Page, browser: Browser, server: ReviewServer):
    page.keyboard.press("k")
    progress(page, "1 by anna")
    other = open_page(browser, server)
    other.get_by_label("Reviewer").fill("ben")
    other.locator("#grid").focus()
    other.keyboard.press("r")
    progress(other, "1 of 12 decided, 1 by ben, 1 disputed")
    other.get_by_label("Show").select_option("disputed")
    expect(other.locator(".cell")).to_have_count(1)
    expect(other.locator(".mark")).to_have_text("⚡ disputed")
    other.context.close()


def test_a_killed_server_is_said_and_its_successor_has_every_decision(browser: Browser, work: Path):
    with review_server(work) as server:
        page = open_page(browser, server)
        page.keyboard.press("k")
        progress(page, "1 of 12 decided")
        server.process.kill()
        server.process.wait()
        page.keyboard.press("r")
        expect(page.locator("#message")).to_contain_text("Not saved")
        page.context.close()
    with review_server(work) as server:
        page = open_page(browser, server)
        progress(page, "1 of 12 decided")
        page.context.close()


def test_the_page_asks_no_other_machine_and_breaks_no_rule_of_its_policy(browser: Browser, server: ReviewServer):
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda words: said.append(words.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(server.address)
    expect(page.locator(".cell[data-face]").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#original image")).to_be_visible()
    assert [url for url in asked if not url.startswith((server.base, "blob:"))] == []
    assert said == []
    page.close()


def test_everything_can_be_reached_and_has_a_name(page: Page):
    for control in page.locator("select, input, button, [role=listbox], [role=button]").all():
        name = control.evaluate("e => e.labels?.[0]?.textContent || e.getAttribute('aria-label') || e.textContent")
        assert name.strip(), control.evaluate("e => e.outerHTML")
    page.locator("#filters select").first.focus()
    seen = set()
    for _ in range(25):
        seen.add(
            page.evaluate("document.activeElement.name || document.activeElement.id || document.activeElement.tagName")
        )
        page.keyboard.press("Tab")
    assert {"state", "reason", "order", "reviewer", "grid", "SUMMARY"} <= seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast_in_both_schemes(browser: Browser, server: ReviewServer, scheme: str):
    page = browser.new_context(color_scheme=scheme).new_page()  # type: ignore[arg-type]
    page.goto(server.address)
    expect(page.locator(".cell[data-face]").first).to_be_visible()
    paper = colour(page, "--paper")
    for name in ("--ink", "--faint", "--accent", "--keep", "--reject", "--dispute"):
        assert contrast(colour(page, name), paper) >= 4.5, name
    page.context.close()


def colour(page: Page, name: str) -> np.ndarray:
    words = page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('{name}')").strip()
    return np.array([int(words[start : start + 2], 16) for start in (1, 3, 5)]) / 255


def contrast(first: np.ndarray, second: np.ndarray) -> float:
    """WCAG 2 contrast ratio."""
    linear = [
        np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
        for c in (first, second)
    ]
    return float((max(linear) + 0.05) / (min(linear) + 0.05))


def draw_map(work: Path) -> list[str]:
    """The map that `tsne` would write of the kept faces, two columns of four; gives the faces of the left one."""
    with Journal(work / "aahq.sqlite") as journal:
        kept = list(journal.select(Face, "rejected = '' ORDER BY face_id"))
    ids = [face.face_id for face in kept]
    places = [(float(number // 4), float(number % 4)) for number in range(len(ids))]
    write_map(work, ids, places)
    picture = jpeg(np.asarray(drawn_face(0)))
    shown = [
        MapFace(face.face_id, face.artwork_id, x, y, HOSTILE, HOSTILE, "CC0-1.0", "met", "", picture)
        for face, (x, y) in zip(kept, places, strict=True)
    ]
    write_page(work / "map" / "map.html", shown, [HOSTILE])
    return ids[:4]


def test_a_lasso_on_the_map_fills_the_grid_and_one_key_decides_and_one_takes_back(browser: Browser, work: Path):
    left = draw_map(work)
    with review_server(work) as server:
        page = open_page(browser, server)
        said: list[str] = []
        page.on("console", lambda words: said.append(words.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.keyboard.press("m")
        frame = page.frame_locator("#map iframe")
        legend = frame.locator("#legend")
        frame.locator("#colour").select_option("decision")
        expect(legend).to_have_text("not decided by hand8")
        frame.locator("#lasso").click()
        box = frame.locator("canvas#map").bounding_box()
        assert box
        around = [(0.02, 0.02), (0.5, 0.02), (0.5, 0.98), (0.02, 0.98), (0.02, 0.05)]
        page.mouse.move(box["x"] + 5, box["y"] + 5)
        page.mouse.down()
        for across, down in around:
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        page.mouse.up()
        expect(page.locator(".cell")).to_have_count(4)
        assert {cell.get_attribute("data-face") for cell in page.locator(".cell").all()} == set(left)
        page.keyboard.press("a")
        expect(page.locator("#tools [data-action=reject]")).to_have_text("Reject all 4 (R)")
        page.keyboard.press("2")
        expect(page.locator("#message")).to_have_text("4 faces rejected; Undo (U) takes all of it back.")
        expect(legend).to_have_text("rejected by hand4not decided by hand4")
        assert log(work) == [("reject", "bad crop")] * 4
        page.keyboard.press("u")
        progress(page, "0 of 12 decided")
        expect(legend).to_have_text("not decided by hand8")
        page.keyboard.press("s")
        expect(frame.locator("#status")).to_have_text("1 of 8 faces selected")
        page.locator("[data-action=everything]").click()
        expect(page.locator(".cell")).to_have_count(12)
        assert page.title() == "Review faces"
        assert said == []
        page.context.close()


def test_a_click_on_the_map_shows_the_face_and_a_list_of_faces_comes_first(browser: Browser, work: Path):
    left = draw_map(work)
    path = work / "faces.txt"
    path.write_text("\n".join(left[:2]))
    with review_server(work, "--faces", str(path)) as server:
        page = open_page(browser, server)
        expect(page.locator(".cell")).to_have_count(2)
        expect(page.get_by_label("Among")).to_contain_text("2 faces of faces.txt")
        page.get_by_role("button", name="Map (M)").click()
        frame = page.frame_locator("#map iframe")
        expect(frame.locator("#status")).to_be_attached()
        frame.locator("#search").fill("nobody has this name")
        expect(page.locator("#message")).to_have_text("No face of the map matches.")
        frame.locator("#search").fill(left[3])
        expect(page.locator(".cell")).to_have_count(1)
        with page.expect_download() as download:
            frame.get_by_role("button", name="Export CSV").click()
        assert read_face_list(Path(download.value.path())) == [left[3]], "what --faces reads, hostile titles and all"
        frame.locator("#selection li button").click()
        expect(page.locator("#caption")).to_contain_text(left[3])
        page.set_viewport_size({"width": 390, "height": 844})
        page.keyboard.press("Escape")
        assert page.evaluate("document.documentElement.scrollWidth") == 390, "nothing sticks out on a telephone"
        assert page.locator("#grid").bounding_box()["height"] > 150  # type: ignore[index]
        page.context.close()


BREAKING_OUT = """<!doctype html><body><script>
const attempts = {
  read: () => fetch("/api/session"),
  decide: () => fetch("/api/undo", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }),
  parent: () => { parent.document.title = "owned"; },
  leave: () => { top.location.href = "about:blank"; },
  cookie: () => document.cookie,
  storage: () => localStorage.length,
  picture: () => new Promise((through, stopped) => {
    Object.assign(new Image(), { onload: through, onerror: stopped, src: "/static/icon.svg" });
  }),
};
Promise.allSettled(Object.values(attempts).map(async (attempt) => attempt())).then((ends) => {
  const names = Object.keys(attempts);
  document.body.textContent = ends.map(({ status }, index) => `${names[index]}: ${status}`).join(", ");
});
</script>"""


def test_a_map_whose_scripts_are_a_strangers_reaches_nothing(page: Page, work: Path):
    (work / "map").mkdir()
    (work / "map" / "map.html").write_text(BREAKING_OUT)
    page.keyboard.press("m")
    names = ("read", "decide", "parent", "leave", "cookie", "storage", "picture")
    said = ", ".join(f"{name}: rejected" for name in names)
    expect(page.frame_locator("#map iframe").locator("body")).to_have_text(said)
    assert page.title() == "Review faces"


def test_where_there_is_no_map_its_command_is_named(page: Page, work: Path):
    page.keyboard.press("m")
    expect(page.locator("#map p")).to_contain_text(
        f"There is no style map yet. This makes one, then open the map again: aahq-build tsne --work {work}"
    )
    expect(page.locator("#map iframe")).to_be_hidden()


def row_of(work: Path, face_id: str) -> Face:
    with Journal(work / "aahq.sqlite") as journal:
        return next(journal.select(Face, "face_id = ?", [face_id]))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    make_large_build(folder, 100_000)
    return folder


def test_a_hundred_thousand_rows_scroll(browser: Browser, large: Path):
    with review_server(large) as server:
        page = open_page(browser, server)
        progress(page, "0 of 100000 decided")
        page.keyboard.press("End")
        expect(page.locator(".cell.current[data-face]")).to_have_attribute("aria-posinset", "100000")
        assert page.locator(".cell").count() < 300, "only what is seen is in the page"
        for place in (0.25, 0.75, 0.5):
            page.evaluate("place => { grid.scrollTop = grid.scrollHeight * place }", place)
            expect(page.locator(".cell[data-face] img").first).to_be_visible()
        page.keyboard.press("Home")
        page.keyboard.press("Enter")
        expect(page.locator("#single")).to_be_visible()
        for _ in range(5):
            caption = page.locator("#caption").inner_text()
            page.keyboard.press("k")
            expect(page.locator("#caption")).not_to_have_text(caption)
        progress(page, "5 of 100000 decided")
        page.context.close()
