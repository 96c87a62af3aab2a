"""What the map's page is written with: pictures in atlases, columns, scripts in order, text that ends nothing."""

import io
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from aahq_builder.thumbnails import jpeg
from aahq_builder.tsne.page.atlases import ATLAS_PX, along_curve, draw_atlases, tile_side
from aahq_builder.tsne.page.columns import LONGEST, cluster_rows, face_columns
from aahq_builder.tsne.page.render import MODULES, STATIC, as_json, join_modules, render
from aahq_builder.tsne.shown import Cluster, MapFace

HOSTILE = "</script><!-- <img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
IMPORT = re.compile(r'^import .* from "\./(\w+\.js)";$', re.MULTILINE)


def grey(level: int) -> bytes:
    return jpeg(np.full((128, 128, 3), level, dtype=np.uint8))


def face(number: int, x: float = 0.0, y: float = 0.0) -> MapFace:
    work = f"met-{number:016x}"
    return MapFace(f"{work}-0", work, x, y, f"work {number}", "Jane Doe", "CC0-1.0", "met", "", grey(100))


def test_faces_are_ordered_along_the_z_curve():
    # of a 4 x 4 lattice: quarter by quarter, each from the lower left to the upper right
    lattice = np.array([[x, y] for y in range(4) for x in range(4)], dtype=float)
    order = lattice[along_curve(lattice)].tolist()
    corner = [[0, 0], [1, 0], [0, 1], [1, 1]]
    assert order == [[x + 2 * dx, y + 2 * dy] for dx, dy in corner for x, y in corner]


@pytest.mark.parametrize("px", [48, 128])
def test_every_thumbnail_lies_in_its_cell(px: int):
    columns = ATLAS_PX // px
    count = columns**2 + 3  # one atlas and the beginning of another
    levels = [(index * 37) % 256 for index in range(count)]
    pictures = [
        np.asarray(Image.open(io.BytesIO(atlas))) for atlas in draw_atlases([grey(level) for level in levels], px)
    ]
    assert [picture.shape for picture in pictures] == [(ATLAS_PX, ATLAS_PX, 3), (px, ATLAS_PX, 3)]
    for index, level in enumerate(levels):
        row, column = divmod(index % columns**2, columns)
        middle = pictures[index // columns**2][row * px + px // 2, column * px + px // 2]
        assert abs(middle.astype(int) - level).max() <= 3


def test_a_page_of_33000_faces_has_small_thumbnails():
    assert (tile_side(100), tile_side(33_000)) == (128, 48)


def test_positions_fill_the_unit_square_and_no_value_is_nan():
    faces = [
        face(0, -30, 5),
        replace(face(1, 10, 15), scores={"sharpness": math.nan, "contrast": 0.123456}),
        face(2, 0, 5),
    ]
    columns = face_columns(faces)
    assert columns["x"] == [-0.5, 0.5, 0.25]
    assert columns["y"] == [-0.125, 0.125, -0.125]
    assert columns["scores"] == {"contrast": [None, 0.1235, None], "sharpness": [None, None, None]}
    json.dumps(columns, allow_nan=False)


def test_faces_at_one_place_and_no_faces_have_columns():
    assert face_columns([face(0, 7, 7), face(1, 7, 7)])["x"] == [0, 0]
    assert face_columns([])["id"] == []


def test_a_face_without_a_position_is_refused():
    with pytest.raises(AssertionError, match="finite"):
        face_columns([face(0), face(1, math.nan)])


def test_names_are_listed_once_and_no_title_fills_the_page():
    columns = face_columns([replace(face(0), artist="B"), replace(face(1), artist="A", title="x" * 10_000), face(2)])
    assert columns["artist"] == {"names": ["A", "B", "Jane Doe"], "of": [1, 0, 2]}
    assert len(columns["title"][1]) == LONGEST


def test_the_largest_cluster_stands_first():
    clusters = [
        Cluster(number, "met-0", size, [], [], {"sharpness": math.inf}) for number, size in ((4, 2), (7, 9), (1, 2))
    ]
    rows = cluster_rows(clusters)
    assert [row["number"] for row in rows] == [7, 1, 4]
    assert rows[0]["scores"] == {"sharpness": None}


def test_no_text_ends_the_facts():
    text = as_json({"title": HOSTILE})
    assert "<" not in text
    assert json.loads(text) == {"title": HOSTILE}


def test_hostile_text_stands_nowhere_as_html():
    page = render([replace(face(0), title=HOSTILE, artist=HOSTILE, page_url=HOSTILE)], HOSTILE, [HOSTILE])
    assert "<img" not in page
    assert page.count("<!--") == 0
    assert page.count("<script") == 3  # facts, script, one atlas
    assert "met-0000000000000000-0" in page  # a takedown finds the page by the ids that it names


def test_every_module_stands_behind_those_it_imports():
    assert sorted(MODULES) == sorted(path.name for path in STATIC.glob("*.js"))
    for place, name in enumerate(MODULES):
        assert set(IMPORT.findall((STATIC / name).read_text())) <= set(MODULES[:place]), name
    assert not re.search(r"^(import|export)\b", join_modules(), re.MULTILINE)


def contrast(one: str, other: str) -> float:
    """Contrast of two colours #rrggbb (WCAG 2.2)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_colour_is_seen_on_the_ground_and_no_two_are_the_same():
    ground, *colours = re.findall(r'"(#[0-9a-f]{6})"', (STATIC / "groups.js").read_text())
    assert len(colours) == 9 + 6 + 2 + 2
    assert all(contrast(colour, ground) >= 3 for colour in colours)
    assert len(set(colours[:9])) == 9
