"""The map's page in a real Chromium without a network: found, hovered, lassoed, coloured, zoomed, framed."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, FrameLocator, Page, expect

from aahq_builder.thumbnails import jpeg
from aahq_builder.tsne.page.render import render
from aahq_builder.tsne.shown import Cluster, MapFace
from tests.aahq_builder.tsne.test_page import HOSTILE
from tests.browser import chromium, draw_lasso
from tests.drawn_build import drawn_face

pytestmark = pytest.mark.slow
COLUMNS, ROWS = 8, 5
COUNT = COLUMNS * ROWS
FORMULA = '=HYPERLINK("http://evil.example","Saskia")'
GROUND = [0x17, 0x19, 0x1D]
PICTURE_IS = """
(colour) => [...document.querySelector("#hover canvas").getContext("2d").getImageData(64, 64, 1, 1).data]
  .slice(0, 3).every((value, place) => Math.abs(value - colour[place]) <= 8)
"""


def colour_of(number: int) -> np.ndarray:
    """Of a face's thumbnail: told apart after JPEG and WebP."""
    return np.array([40 + 25 * (number % COLUMNS), 40 + 45 * (number // COLUMNS), 128])


def face_id(number: int) -> str:
    return f"met-{number:016x}-0"


def face(number: int) -> MapFace:
    """Faces stand on a lattice, the first at its lower left; the left half is of one artist and cluster."""
    picture = jpeg(np.broadcast_to(colour_of(number), (128, 128, 3)).astype(np.uint8))
    is_left = number % COLUMNS < COLUMNS // 2
    return MapFace(
        face_id=face_id(number),
        artwork_id=f"met-{number:016x}",
        x=float(number % COLUMNS),
        y=float(number // COLUMNS),
        title=f"portrait {number:02}",
        artist="Anna" if is_left else "Berta",
        license="CC0-1.0",
        source="met",
        page_url=f"https://museum.example/{number}",
        thumbnail=picture,
        cluster=3 if is_left else 8,
        distance=0.5,
        scores={"sharpness": number / 10} if number else {},
    )


def faces() -> list[MapFace]:
    shown = [face(number) for number in range(COUNT)]
    texts = {"title": HOSTILE, "artist": HOSTILE, "license": HOSTILE, "source": HOSTILE}
    shown[9] = replace(shown[9], page_url="javascript:alert(1)", **texts)
    shown[10] = replace(shown[10], title=FORMULA)
    return shown


CLUSTERS = [
    Cluster(3, face_id(0), 20, [("met", 20)], [(HOSTILE, 1), ("Anna", 19)], {"sharpness": 1.75}),
    Cluster(8, face_id(4), 20, [("met", 20)], [("Berta", 20)], {"sharpness": 2.15}),
]


class OpenMap:
    """The page in a tab, and where its faces are on the whole map."""

    def __init__(self, tab: Page, columns: int = COLUMNS, rows: int = ROWS) -> None:
        self.tab, self.columns, self.rows = tab, columns, rows
        box = tab.locator("#map").bounding_box()
        assert box
        self.left, self.top, self.width, self.height = (box[side] for side in ("x", "y", "width", "height"))
        room = 1.3 * math.sqrt(0.33 / (columns * rows))
        self.scale = min(self.width / (1 + room), self.height / (1 + room))

    def place(self, column: float, row: float) -> tuple[float, float]:
        """On screen, while the whole map is shown."""
        unit = self.scale / (self.columns - 1)
        x, y = (column - (self.columns - 1) / 2) * unit, ((self.rows - 1) / 2 - row) * unit
        return self.left + self.width / 2 + x, self.top + self.height / 2 + y

    def place_of(self, number: int) -> tuple[float, float]:
        return self.place(number % self.columns, number // self.columns)

    def shows(self, x: float, y: float, colour: list[int]) -> None:
        """Wait until the map shows a colour there."""
        self.tab.wait_for_function(
            "([x, y, colour]) => [...document.getElementById('map').getContext('2d').getImageData(x, y, 1, 1).data]"
            ".slice(0, 3).every((value, place) => Math.abs(value - colour[place]) <= 8)",
            arg=[round(x - self.left), round(y - self.top), colour],
        )

    def lasso(self, *corners: tuple[float, float]) -> None:
        """Draw around places of the lattice."""
        draw_lasso(self.tab, *(self.place(*corner) for corner in corners))

    def selected(self) -> int:
        return int(self.tab.locator("#status").inner_text().split()[0])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "map.html"
    path.write_text(render(faces(), "Style map", ["Said of this map.", HOSTILE], CLUSTERS))
    return path


@pytest.fixture(scope="module")
def tab(browser: Browser, page_file: Path) -> Iterator[Page]:
    """One tab for all tests; at the end it has made no request and met no error."""
    context = browser.new_context(viewport={"width": 1200, "height": 700}, offline=True, has_touch=True)
    page = context.new_page()
    page.set_default_timeout(20_000)
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.on("pageerror", lambda error: seen.append(f"error {error}"))
    page.on("console", lambda message: seen.append(f"console {message.text}") if message.type == "error" else None)
    page.goto(page_file.as_uri())
    yield page
    assert [what for what in seen if not what.startswith(("file:", "data:", "blob:"))] == []
    assert page.title() == "Style map"
    context.close()


@pytest.fixture
def shown(tab: Page) -> OpenMap:
    """The whole map in its first state."""
    tab.locator("#colour").select_option("cluster")
    tab.locator("#search").fill("")
    tab.locator("#map").press("Escape")
    tab.locator("#map").press("0")
    tab.mouse.move(5, 5)
    opened = OpenMap(tab)
    opened.shows(*opened.place_of(0), colour_of(0).tolist())
    return opened


@pytest.mark.parametrize("number", [0, 7, 20, 39])
def test_hover_shows_the_face_under_the_pointer(shown: OpenMap, number: int):
    shown.shows(*shown.place_of(number), colour_of(number).tolist())
    shown.tab.mouse.move(*shown.place_of(number))
    card = shown.tab.locator("#hover")
    expect(card.locator("strong")).to_have_text(f"portrait {number:02}")
    expect(card).to_contain_text(face_id(number))
    expect(card).to_contain_text("CC0-1.0, met")
    if number:
        expect(card.locator("dd").last).to_have_text(f"{number / 10:g}")
    shown.tab.wait_for_function(PICTURE_IS, arg=colour_of(number).tolist())
    shown.tab.mouse.move(*shown.place(0.5, 0.5))
    expect(card).to_be_hidden()


def test_text_of_strangers_stays_text_wherever_it_is_shown(shown: OpenMap):
    shown.tab.mouse.move(*shown.place_of(9))
    expect(shown.tab.locator("#hover strong")).to_have_text(HOSTILE)
    shown.tab.mouse.click(*shown.place_of(9))
    expect(shown.tab.locator("#pinned")).to_contain_text(HOSTILE)
    expect(shown.tab.locator("#pinned a")).to_have_count(0)  # javascript: leads nowhere
    shown.tab.locator("#search").fill("onerror")
    expect(shown.tab.locator("#selection li")).to_contain_text(HOSTILE)
    expect(shown.tab.locator("#clusters tbody")).to_contain_text(HOSTILE)
    for fact in ("artist", "license", "source"):
        shown.tab.locator("#colour").select_option(fact)
        expect(shown.tab.locator("#legend")).to_contain_text(HOSTILE)
    assert shown.tab.locator("img").count() == 0
    assert shown.tab.title() == "Style map"


def test_a_clicked_face_links_to_its_work_without_a_trace(shown: OpenMap):
    shown.tab.mouse.click(*shown.place_of(12))
    link = shown.tab.locator("#pinned a")
    expect(link).to_have_attribute("href", "https://museum.example/12")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("target", "_blank")


def test_search_takes_the_faces_with_all_words_and_fades_the_rest(shown: OpenMap):
    shown.tab.locator("#search").fill("PORTRAIT berta 3")
    wanted = [number for number in range(COUNT) if number % COLUMNS > 3 and "3" in f"{number:02}"]
    expect(shown.tab.locator("#status")).to_have_text(f"{len(wanted)} of {COUNT} faces selected")
    shown.tab.locator("#search").fill(face_id(12))
    expect(shown.tab.locator("#status")).to_have_text(f"1 of {COUNT} faces selected")
    shown.tab.locator("#search").fill("portrait 12")
    expect(shown.tab.locator("#status")).to_have_text(f"1 of {COUNT} faces selected")
    expect(shown.tab.locator("#selection li")).to_have_text("portrait 12, Berta")
    shown.shows(*shown.place_of(12), colour_of(12).tolist())
    shown.shows(*shown.place_of(20), ((colour_of(20) + 3 * np.array(GROUND)) / 4).tolist())
    shown.tab.locator("#search").fill("nobody")
    expect(shown.tab.locator("#status")).to_have_text(f"0 of {COUNT} faces selected")
    expect(shown.tab.locator("#selection")).to_be_hidden()


TYPES_THEN_CHOOSES_ALL = """
() => {
  const [search, map] = ["search", "map"].map((id) => document.getElementById(id));
  search.value = "nobody";
  search.dispatchEvent(new Event("input"));
  map.focus();
  map.dispatchEvent(new KeyboardEvent("keydown", { key: "v" }));
  return new Promise((resolve) => setTimeout(resolve, 1000));
}
"""


def test_what_was_typed_does_not_take_back_what_was_chosen_since(shown: OpenMap):
    shown.tab.evaluate(TYPES_THEN_CHOOSES_ALL)
    expect(shown.tab.locator("#status")).to_have_text(f"{COUNT} of {COUNT} faces selected")
    expect(shown.tab.locator("#search")).to_have_value("")


def test_a_lasso_takes_what_it_surrounds_into_a_csv_that_is_safe_to_open(shown: OpenMap, tmp_path: Path):
    shown.lasso((0.5, 0.5), (3.5, 0.5), (3.5, 2.5), (0.5, 2.5))
    inside = {9, 10, 11, 17, 18, 19}
    expect(shown.tab.locator("#status")).to_have_text(f"6 of {COUNT} faces selected")
    with shown.tab.expect_download() as waiting:
        shown.tab.get_by_role("button", name="Export CSV").click()
    assert waiting.value.suggested_filename == "style-map-faces.csv"
    waiting.value.save_as(tmp_path / "faces.csv")
    with (tmp_path / "faces.csv").open(encoding="utf-8", newline="") as file:
        by_id = {row["face_id"]: row for row in csv.DictReader(file)}
    assert set(by_id) == {face_id(number) for number in inside}
    assert by_id[face_id(9)]["title"] == HOSTILE
    assert by_id[face_id(10)]["title"] == f"'{FORMULA}"
    assert float(by_id[face_id(11)]["sharpness"]) == 1.1
    assert by_id[face_id(11)]["cluster"] == "3"


def test_ids_and_the_command_of_review_are_copied(shown: OpenMap):
    shown.tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown.lasso((-0.4, -0.4), (1.4, -0.4), (1.4, 0.4), (-0.4, 0.4))
    said = shown.tab.locator("#selection output")
    for button, copied in (
        ("Copy ids", f"{face_id(0)}\n{face_id(1)}"),
        ("Copy review command", "aahq-build review --faces style-map-faces.csv"),
    ):
        shown.tab.get_by_role("button", name=button).click()
        expect(said).to_contain_text("copied")
        assert shown.tab.evaluate("navigator.clipboard.readText()") == copied


def test_colours_say_the_group_and_the_legend_switches_it_off(shown: OpenMap):
    side = math.sqrt(0.33 / COUNT) * shown.scale
    x, y = shown.place_of(0)
    edge = (x - side / 2 + 1, y)
    first = [0x5A, 0xA2, 0xFF]
    shown.tab.locator("#colour").select_option("artist")  # Berta has 20 faces, Anna one less: a stranger has it
    shown.shows(*edge, [0xFF, 0xA2, 0x3A])
    shown.tab.locator("#colour").select_option("cluster")  # of as many faces the first by name
    shown.shows(*edge, first)
    rows = shown.tab.locator("#legend label")
    assert rows.all_inner_texts() == ["cluster 3\n20", "cluster 8\n20"]
    rows.first.locator("input").uncheck()
    shown.shows(*edge, GROUND)
    shown.tab.mouse.move(*shown.place_of(0))
    expect(shown.tab.locator("#hover")).to_be_hidden()
    shown.lasso((-0.4, -0.4), (7.4, -0.4), (7.4, 0.4), (-0.4, 0.4))
    expect(shown.tab.locator("#status")).to_have_text(f"4 of {COUNT} faces selected")
    rows.first.locator("input").check()
    shown.tab.locator("#map").press("Escape")
    shown.shows(*edge, first)
    shown.tab.locator("#colour").select_option("score:sharpness")
    texts = [text.split("\n") for text in rows.all_inner_texts()]
    assert sum(int(size) for _, size in texts) == COUNT
    assert texts[-1] == ["not measured", "1"]


def test_a_cluster_is_chosen_in_its_table_and_zoomed_to(shown: OpenMap):
    row = shown.tab.locator("#clusters tbody tr").nth(1)
    expect(row).to_contain_text("Berta 20")
    expect(row).to_contain_text("2.15")
    row.get_by_role("button").click()
    expect(shown.tab.locator("#status")).to_have_text(f"20 of {COUNT} faces selected")
    # its middle, between columns 5 and 6 in the third row, is now that of the screen
    shown.tab.mouse.move(shown.left + shown.width / 2, shown.top + shown.height / 2)
    expect(shown.tab.locator("#hover")).to_be_hidden()
    unit = min(
        shown.width / (3 / 7 + 1.3 * math.sqrt(0.33 / COUNT)), shown.height / (4 / 7 + 1.3 * math.sqrt(0.33 / COUNT))
    ) / (COLUMNS - 1)
    shown.tab.mouse.move(shown.left + shown.width / 2 + unit / 2, shown.top + shown.height / 2)
    expect(shown.tab.locator("#hover strong")).to_have_text(f"portrait {2 * COLUMNS + 6}")


def test_the_map_is_moved_by_keys_wheel_and_two_fingers(shown: OpenMap):
    map_ = shown.tab.locator("#map")
    for key, nearest in (("ArrowLeft", 19), ("ArrowDown", 11)):  # from the middle of the third row, between 19 and 20
        map_.press(key)
        map_.press(key)
        map_.press("Enter")
        expect(shown.tab.locator("#pinned strong")).to_have_text(f"portrait {nearest}")
    in_view = []
    for zoom in (lambda: None, lambda: map_.press("+"), lambda: shown.tab.mouse.wheel(0, -300), lambda: pinch(shown)):
        shown.tab.mouse.move(shown.left + shown.width / 2, shown.top + shown.height / 2)
        zoom()
        map_.press("v")
        in_view.append(shown.selected())
    assert in_view == sorted(in_view, reverse=True)
    assert len(set(in_view)) == 4
    map_.press("0")
    map_.press("v")
    expect(shown.tab.locator("#status")).to_have_text(f"{COUNT} of {COUNT} faces selected")


def pinch(shown: OpenMap) -> None:
    """Two fingers that move apart around the middle of the map."""
    session = shown.tab.context.new_cdp_session(shown.tab)
    x, y = shown.left + shown.width / 2, shown.top + shown.height / 2
    for kind, apart in (("touchStart", 40), ("touchMove", 60), ("touchMove", 90), ("touchEnd", 0)):
        fingers = [{"x": x + side * apart, "y": y, "id": place} for place, side in enumerate((-1, 1))] if apart else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    session.detach()


PARENT = """
(page) => new Promise((resolve) => {
  window.heard = [];
  window.addEventListener("message", (event) => {
    if (event.source === frame.contentWindow) window.heard.push(event.data);
  });
  const frame = document.createElement("iframe");
  Object.assign(frame, { id: "framed", srcdoc: page, width: 1000, height: 600, onload: resolve });
  frame.setAttribute("sandbox", "allow-scripts");
  document.body.append(frame);
})
"""


@pytest.fixture(scope="module")
def framing(browser: Browser, page_file: Path) -> Iterator[Page]:
    page = browser.new_context(viewport={"width": 1100, "height": 700}, offline=True).new_page()
    page.set_default_timeout(20_000)
    page.goto("about:blank")
    page.evaluate(PARENT, page_file.read_text())
    yield page
    page.context.close()


def say(framing: Page, message: object) -> FrameLocator:
    framing.evaluate("(said) => document.getElementById('framed').contentWindow.postMessage(said, '*')", message)
    return framing.frame_locator("#framed")


def test_in_a_frame_the_parent_shows_faces_and_hears_what_is_selected(framing: Page):
    inside = say(framing, {"type": "show", "ids": [face_id(3), face_id(4), "met-gone-0"]})
    expect(inside.locator("#status")).to_have_text(f"2 of {COUNT} faces selected")
    for message in (None, "show", {"type": "show"}, {"type": "show", "ids": 7}, {"type": "decisions"}):
        say(framing, message)
    assert framing.evaluate("heard") == []
    inside.locator("#search").fill("portrait 12")
    framing.wait_for_function("heard.length > 0")
    assert framing.evaluate("heard") == [{"type": "faces", "ids": [face_id(12)], "how": "search"}]
    inside.locator("#selection li button").click()
    framing.wait_for_function("heard.length > 1")
    assert framing.evaluate("heard[1]") == {"type": "face", "id": face_id(12)}
    inside.get_by_role("button", name="Clear").click()
    framing.wait_for_function("heard.length > 2")
    assert framing.evaluate("heard[2]") == {"type": "faces", "ids": [], "how": "key"}


def test_in_a_frame_decisions_recolour(framing: Page):
    said = {face_id(1): "keep", face_id(2): "reject", face_id(5): "reject", face_id(6): HOSTILE, "constructor": "keep"}
    inside = say(framing, {"type": "decisions", "decisions": said})
    inside.locator("#colour").select_option("decision")
    rows = inside.locator("#legend label")
    expect(rows).to_have_text(["kept by hand1", "rejected by hand2", f"not decided by hand{COUNT - 3}"])
    say(framing, {"type": "decisions", "decisions": {face_id(5): ""}})
    expect(rows).to_have_text(["kept by hand1", "rejected by hand1", f"not decided by hand{COUNT - 2}"])


def test_only_the_parent_is_listened_to(framing: Page):
    framing.evaluate(
        """(said) => {
          const stranger = document.createElement("iframe");
          stranger.srcdoc = "<script>onmessage = ({data}) => parent.frames[0].postMessage(data, '*')<\\/script>";
          stranger.onload = () => stranger.contentWindow.postMessage(said, "*");
          document.body.append(stranger);
        }""",
        {"type": "show", "ids": [face_id(30)]},
    )
    framing.wait_for_timeout(500)
    inside = say(framing, {"type": "show", "ids": [face_id(31)]})
    expect(inside.locator("#selection li")).to_have_text(["portrait 31, Berta"])
    assert all(face_id(30) not in str(message) for message in framing.evaluate("heard"))


@pytest.mark.parametrize("count", [0, 1])
def test_a_map_of_one_face_or_none_opens(browser: Browser, tmp_path: Path, count: int):
    (tmp_path / "map.html").write_text(render(faces()[:count], "Style map", ["Said of this map."]))
    page = browser.new_page(viewport={"width": 900, "height": 600})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "map.html").as_uri())
    expect(page.locator("aside")).to_contain_text("Said of this map.")
    if count:
        page.locator("#map").press("Enter")
        expect(page.locator("#pinned strong")).to_have_text("portrait 00")
    assert errors == []
    page.close()


@pytest.mark.campaign
def test_a_map_of_33000_faces_is_hovered_searched_lassoed_and_zoomed(browser: Browser, tmp_path: Path):
    columns, rows = 220, 150
    count = columns * rows
    drawn = [jpeg(np.asarray(drawn_face(number, 128))) for number in range(40)]
    base = [replace(face(number), thumbnail=drawn[number]) for number in range(COUNT)]
    many = [
        replace(
            base[number % COUNT],
            face_id=face_id(number),
            x=float(number % columns),
            y=float(number // columns),
            title=f"portrait {number:05}",
        )
        for number in range(count)
    ]
    (tmp_path / "map.html").write_text(render(many, "Style map", ["Said of this map."], CLUSTERS))
    assert (tmp_path / "map.html").stat().st_size < 60e6
    context = browser.new_context(viewport={"width": 1400, "height": 800}, offline=True)
    tab = context.new_page()
    tab.goto((tmp_path / "map.html").as_uri())
    expect(tab.locator("#legend label")).to_have_count(2)
    shown = OpenMap(tab, columns, rows)
    title = tab.locator("#hover strong")
    for number in (0, count - 1, 12_345, 31_000):
        tab.mouse.move(*shown.place_of(number))
        expect(title).to_have_text(f"portrait {number:05}")
    shown.lasso((9.5, 19.5), (29.5, 19.5), (29.5, 24.5), (9.5, 24.5))
    expect(tab.locator("#status")).to_have_text(f"{20 * 5} of {count} faces selected")
    tab.locator("#search").fill("portrait 12345")
    expect(tab.locator("#status")).to_have_text(f"1 of {count} faces selected")
    expect(tab.locator("#selection li")).to_have_text("portrait 12345, Anna")
    tab.get_by_role("button", name="Zoom to them").click()
    middle = shown.left + shown.width / 2, shown.top + shown.height / 2
    with Image.open(io.BytesIO(drawn[12_345 % COUNT])) as picture:
        colour = [int(value) for value in np.asarray(picture)[62:66, 62:66].mean(axis=(0, 1))]
    shown.shows(*middle, colour)
    tab.mouse.move(*middle)
    expect(title).to_have_text("portrait 12345")
    context.close()
