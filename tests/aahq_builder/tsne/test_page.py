"""The map page in a real browser: opens from a file without a network, shows a face, runs nobody's script."""

from pathlib import Path

import numpy as np
import pytest

from aahq_builder.thumbnails import jpeg
from aahq_builder.tsne.page import OTHERS, colour_groups, render
from aahq_builder.tsne.shown import MapFace
from tests.browser import chromium
from tests.drawn_build import drawn_face

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


def face(number: int, title: str) -> MapFace:
    picture = jpeg(np.asarray(drawn_face(number)))
    return MapFace(
        f"met-{number}-0", f"met-{number}", float(number), 0.0, title, HOSTILE, "CC0-1.0", "met", "", picture
    )


def test_rare_artists_share_one_colour():
    names = [f"artist {number:02}" for number in range(12)] + ["artist 11"]
    groups = colour_groups(names)
    assert groups[11] == groups[12] == "artist 11"
    assert groups[0] == "artist 00"
    assert groups[10] == OTHERS


@pytest.mark.slow
def test_hostile_titles_stay_text(tmp_path: Path):
    page = tmp_path / "map.html"
    page.write_text(render([face(0, HOSTILE), face(1, "calm"), face(2, "calm")], "Style map", [HOSTILE]))
    with chromium() as browser:
        tab = browser.new_page()
        requests: list[str] = []
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(page.as_uri())
        tab.wait_for_selector("canvas")
        box = tab.locator(".bk-Figure").bounding_box()
        for step in range(12):  # sweep the row of faces
            tab.mouse.move(box["x"] + box["width"] * step / 11, box["y"] + box["height"] / 2)
        tab.wait_for_timeout(300)
        assert tab.title() == "Style map"
        assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
